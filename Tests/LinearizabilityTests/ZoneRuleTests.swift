import Histories
import Testing

@testable import Linearizability

@Suite("The rules of the zones")
struct ZoneRuleTests {
  /// A drawing that breaks one rule, and the operations that do so, by their place among the calls.
  struct Breach: CustomTestStringConvertible {
    let rule: ZoneRule
    let certificate: [Int32]
    let drawing: String

    init(_ rule: ZoneRule, _ certificate: [Int32], _ drawing: String) {
      (self.rule, self.certificate, self.drawing) = (rule, certificate, drawing)
    }

    var testDescription: String { "\(rule): \(certificate)" }
  }

  static let breaches = [
    Breach(.valueFromNowhere, [1], "c0 |- write 1 -| |- read 7 -| |- read 1 -|"),
    // The cas whose result was read stands on a value that nobody wrote.
    Breach(
      .valueFromNowhere, [0, 1],
      """
      c0 |- cas 7 8 ->
      c1   |- read 8 -|
      """),
    Breach(.mismatchOfItself, [1], "c0 |- write 1 -| |- cas 1 2 no 1 -|"),
    Breach(
      .twoSuccessors, [0, 1, 2],
      """
      c0 |- write 1 -|
      c1               |- cas 1 2 ok -|
      c2               |- cas 1 3 ok -|
      """),
    // Of those whose results are unknown only the readers say that they happened.
    Breach(
      .twoSuccessors, [0, 1, 2, 3, 4],
      """
      c0 |- write 1 -|
      c1               |- cas 1 2 ->
      c2               |- cas 1 3 ->
      c3                               |- read 2 -| |- read 3 -|
      """),
    Breach(
      .appendTwice, [0, 2, 4],
      """
      c0 |--------------------- append b ---------------------|
      c1   |- write a -| |- read ab -| |- write c -| |- read cb -|
      """),
    Breach(
      .cycle, [0, 1],
      """
      c0 |- cas 1 2 ok -|
      c1 |- cas 2 1 ok -|
      """),
    Breach(.tooEarly, [0, 1], "c0 |- read 1 -| |- write 1 -|"),
    Breach(.tooEarly, [0, 1, 2], "c0 |- write 1 -| |- cas 1 2 ok -| |- read 1 -|"),
    Breach(
      .overlap, [0, 1, 2, 3, 4, 5],
      """
      c0 |-------------------------- write 1 --------------------------|
      c1 |-------------------------- write 2 --------------------------|
      c2   |- read 1 -|             |- read 1 -|
      c3                |- read 2 -|            |- read 2 -|
      """),
    Breach(.covered, [0, 1, 2], "c0 |- write 1 -| |- write 2 -| |- read 1 -|"),
    Breach(
      .covered, [0, 1, 2],
      """
      c0 |- write 1 -|              |- read 1 -|
      c1               |- delete -|
      """),
  ]

  @Test("Each is told with the operations that break it, which have no order by themselves", arguments: breaches)
  func isTold(_ breach: Breach) {
    let model = Model(.keyValue)
    let history = Drawing.history(breach.drawing)
    let part = Subhistory.parts(of: history)[0]
    guard case .notLinearizable(.zones(let violation)) = part.decideByZones(model.specification) else {
      Issue.record("the zones found nothing")
      return
    }
    #expect(violation.rule == breach.rule)
    #expect(violation.operations == breach.certificate)
    #expect(!BruteForce.isLinearizable(part.keeping(violation.operations), model.specification))
    guard case .notLinearizable(let counterexample) = LinearizabilityChecker(model: model).check(history) else {
      Issue.record("it was found linearizable")
      return
    }
    #expect(counterexample.certificate == breach.certificate.map { part.operations[Int($0)] })
    let account = Account(part: part, model: model, prefix: [], value: model.initial)
    // Where it is said already what became of the value that the last one found, the rule says no more.
    let reason = counterexample.blocked.first?.reason ?? ""
    let isExplained = ["had returned", "has returned", "the first that does is"].contains { reason.contains($0) }
    let isShort = breach.rule == .valueFromNowhere || breach.rule == .mismatchOfItself
    for operation in counterexample.certificate where !isExplained && !isShort {
      #expect(counterexample.explanation.contains("\n  \(account.name(operation))"))
    }
  }

  @Test("There is an example of every rule, and each has a sentence of its own")
  func sentences() {
    let rules = ZoneRule.allCases
    #expect(rules.allSatisfy { rule in Self.breaches.contains { $0.rule == rule } })
    let sentences = rules.map { Account.sentence(for: $0) }.sorted()
    #expect(zip(sentences, sentences.dropFirst()).allSatisfy { $0 != $1 })
    #expect(sentences.allSatisfy { $0.first?.isUppercase == true && $0.last?.isLetter == true })
  }
}
