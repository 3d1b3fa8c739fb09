import Determinism
import Histories
import Testing

@testable import Linearizability

@Suite("Long histories of etcd")
struct EtcdWalkTests {
  /// Calls of one client, of which every 40th is of unknown outcome, half of these without effect; lists of all keys now
  /// and then.
  private func part(_ count: Int, changing lines: (inout [String]) -> Void = { _ in }) throws -> Subhistory {
    var dice = Dice(seed: 5).sequence(Purpose(rawValue: 77), 1)
    var etcd = NaiveEtcd()
    var process = 0
    var text: [String] = []
    for number in 0..<count {
      let key = "\"k\(dice.next().below(5))\""
      let request =
        number % 3 == 0
        ? "{:range [\"k\" \"l\"]}"
        : number % 7 == 0 ? "{:then [[:delete \(key)]]}" : "{:then [[:put \(key) \"\(number)\"]]}"
      let asked = try #require(PlainValue(written: Array(request.utf8)))
      let (next, answer) = try #require(etcd.taking(asked))
      text.append("{:process \(process), :type :invoke, :f :txn, :value \(request)}")
      if number % 40 == 19 {
        if number % 80 == 19 { etcd = next }
        text.append("{:process \(process), :type :info, :f :txn, :value nil}")
        process += 1
      } else {
        etcd = next
        text.append("{:process \(process), :type :ok, :f :txn, :value \(answer.description)}")
      }
    }
    lines(&text)
    var reader = HistoryReader(model: .etcd)
    try reader.read(Array(text.joined(separator: "\n").utf8))
    return try #require(Subhistory.parts(of: reader.finish()).first)
  }

  @Test("Writes of unknown outcome are put where they belong, without a search")
  func unknownWrites() throws {
    let part = try part(4_000)
    let checker = ObjectChecker(Model(.etcd))
    let (decision, expansions) = checker.decide(part, within: Budget())
    #expect(decision.answer == true)
    #expect(expansions == 0)
    if case .linearizable(let order) = decision { #expect(checker.confirms(order, of: part)) }
  }

  @Test("A read that contradicts a write that is known is told together with it")
  func contradiction() throws {
    let part = try part(4_000) { lines in
      // The last list of all keys says that the first of them holds something else.
      guard let place = lines.lastIndex(where: { $0.contains(":ok") && $0.contains("[\"k0\" \"") }),
        let value = lines[place].firstRange(of: "[\"k0\" \"")
      else { return }
      lines[place].insert("9", at: value.upperBound)
    }
    guard
      case .notLinearizable(.object(let ground)) = ObjectChecker(Model(.etcd)).decide(part, within: Budget()).decision
    else {
      Issue.record("it has an order")
      return
    }
    let violation = try #require(ground.violation)
    #expect(violation.rule == .wrongAnswer)
    #expect(violation.calls.count == 2)
    let named = violation.calls.map { part.history.plainValue(part.operations[Int($0)].argument).description }
    #expect(named.first?.contains(":put \"k0\"") == true)
    #expect(named.last == "{:range [\"k\" \"l\"]}")
  }

  @Test("Revisions that no store has are refused or have no order", arguments: ["-1", "\(Int64.min)", "\(Int64.max)"])
  func revisionsOfNoStore(_ revision: String) throws {
    for answer in [
      "{:results [[0]], :revision \(revision)}", "{:results [[1 [\"k0\" \"1\" \(revision) 1]]], :revision 2}",
      "{:results [[1 [\"k0\" \"1\" 2 \(revision)]]], :revision \(revision)}",
    ] {
      let part = try part(6) { lines in
        lines += [
          "{:process 1, :type :invoke, :f :txn, :value {:range [\"k0\"]}}",
          "{:process 1, :type :ok, :f :txn, :value \(answer)}",
        ]
      }
      for asksFastWays in [true, false] {
        let checker = ObjectChecker(Model(.etcd), asksFastWays: asksFastWays)
        #expect(checker.decide(part, within: Budget()).decision.answer != true)
      }
    }
  }
}
