import Determinism
import Histories
import Linearizability
import Reporting
import Runs
import Terminal

/// What is printed about a history that was shrunk.
struct SmallHistoryOutput {
  private let checked: CheckedHistory
  private let remarks: CheckRemarks
  private let essence: Essence?
  private let time: Duration
  private let out: String?

  /// - Parameters:
  ///   - remarks: on what the verdict rests.
  ///   - essence: `nil` if the history has an order, or nobody knows.
  ///   - time: of judging and shrinking.
  init(_ checked: CheckedHistory, _ remarks: CheckRemarks, _ essence: Essence?, time: Duration, out: String?) {
    (self.checked, self.remarks, self.essence, self.time, self.out) = (checked, remarks, essence, time, out)
  }

  private var name: String { checked.recorded.name }

  /// For people.
  func lines(in layout: Layout) -> [StoryLine] {
    let judgement = checked.judgement
    guard let essence else {
      let (word, tone, reason): (String, StoryTone, String) =
        switch judgement.verdict {
        case _ where !checked.observesSomething: ("NOTHING OBSERVED", .doubtful, checked.emptiness)
        case .linearizable: ("LINEARIZABLE", .good, "there is nothing to shrink")
        case .unknown(let limit): ("UNDECIDED", .doubtful, checked.reason(limit))
        case .notLinearizable where checked.isMadeSmall:
          ("NOT LINEARIZABLE", .bad, "its limits did not let it get small")
        case .notLinearizable:
          ("NOT LINEARIZABLE", .bad, Self.refusal(judgement.model) + (out == nil ? "" : "; nothing was written"))
        }
      let lines = layout.wrapped(headline(word, tone, reason), indent: 2) + assumptions(in: layout)
      guard let counterexample = judgement.counterexamples.first else { return lines }
      return lines + [StoryLine()] + layout.block(counterexample.explanation, margin: 2)
    }
    let size = "\(Words.count(judgement.operations, "operation")), \(Words.count(judgement.keys.count, "key"))"
    return layout.wrapped(headline("NOT LINEARIZABLE", .bad, "\(judgement.model.name.rawValue)   \(size)"), indent: 2)
      + lines(of: essence, in: layout) + assumptions(in: layout)
  }

  private func assumptions(in layout: Layout) -> [StoryLine] {
    AssumptionText(checked, remarks).paragraphs.flatMap { [StoryLine()] + layout.paragraph("  ", nil, $0) }
  }

  /// What has no order, without a headline.
  func lines(of essence: Essence, in layout: Layout) -> [StoryLine] {
    let shrunk = "shrunk in \(Figures.milliseconds(time)) to \(self.size(essence))\(minimality(essence))"
    return layout.wrapped(StoryLine(essence.account.sentence, .strong)) + layout.wrapped(StoryLine(shrunk))
      + [StoryLine()] + drawing(of: essence, in: layout) + [StoryLine()]
      + essence.account.steps.enumerated().flatMap { layout.paragraph("  \($0 + 1). ", nil, $1) }
      + (essence.account.remarks.isEmpty ? [] : [StoryLine()])
      + essence.account.remarks.flatMap { layout.block($0, margin: 2) } + places(of: essence, in: layout)
      + (out.map { [StoryLine()] + layout.wrapped(written(essence, to: $0), indent: 2) } ?? [])
  }

  /// That the file is written, and what is not as it was in it.
  private func written(_ essence: Essence, to out: String) -> StoryLine {
    let isRenamed = essence.members.contains { $0.operation.process != $0.origin.process }
    return StoryLine("the small history is in ") + .whole(out)
      + StoryLine(isRenamed ? ", some of it under other clients, for no client has two operations open at once" : "")
  }

  /// Why a history of another model is told as it is.
  fileprivate static func refusal(_ model: Model) -> String {
    "histories of the model \(model.name.rawValue) are not made small"
  }

  private func headline(_ word: String, _ tone: StoryTone, _ rest: String) -> StoryLine {
    StoryLine(word, tone) + StoryLine("   ") + .whole(name) + StoryLine(rest.isEmpty ? "" : "   \(rest)")
  }

  /// More operations than that are not drawn, nor named line by line.
  private static let drawingLimit = 40

  private func drawing(of essence: Essence, in layout: Layout) -> [StoryLine] {
    guard essence.members.count <= Self.drawingLimit else { return [StoryLine("  so many operations are not drawn")] }
    return Bars(of: essence, width: layout.width - 2).printed(behind: "  ")
  }

  /// The lines of the file in which the operations are.
  private func places(of essence: Essence, in layout: Layout) -> [StoryLine] {
    let inOrder = essence.members.sorted { $0.origin.call < $1.origin.call }
    let lines = inOrder.prefix(Self.drawingLimit).flatMap { member -> [StoryLine] in
      guard let line = member.callLine else { return [] }
      let place = StoryLine("  ") + .whole("\(name):\(line):")
      return layout.wrapped(place + StoryLine(" \(essence.wording.exchange(member))"), indent: 4)
    }
    return lines.isEmpty ? [] : [StoryLine()] + lines
  }

  private func size(_ essence: Essence) -> String {
    let known = Words.count(essence.essentialCount, "operation")
    let forgotten = essence.members.count { $0.isForgotten }
    let open = essence.unknownCount - forgotten
    return known + (forgotten == 0 ? "" : "\(open == 0 ? " and" : ",") \(forgotten) whose return does not matter")
      + (open == 0 ? "" : " and \(open) that may have happened")
  }

  private func minimality(_ essence: Essence) -> String {
    if let shortfall = essence.shortfall { return ", perhaps not the fewest: \(shortfall)" }
    let count = essence.trials.count
    return "; nothing more can be left out (\(Words.count(count, "way")) tried)"
  }

  /// For programs.
  var json: String { JSONText.of(.smallHistory, SmallHistoryObject(checked, remarks, essence, time: time, out: out)) }
}

/// What `shrink --json` prints about a history.
private struct SmallHistoryObject: Encodable {
  let argument: [String]?
  let assumptions: [AssumptionObject]?
  let expansions: Int
  let file: String
  let isMinimal: Bool?
  let keyOperations: Int?
  let limit: String?
  let model: String
  let operations: Int
  let out: String?
  /// After each event of the small history.
  let possibleValues: [String]?
  let remarks: [String]?
  let sentence: String?
  let shrunk: [MemberObject]?
  /// Histories that were decided.
  let trials: Int?
  let verdict: String
  let wallNanoseconds: Int64
  /// The weakenings that are left.
  let weakenings: [WeakeningObject]?

  init(_ checked: CheckedHistory, _ others: CheckRemarks, _ essence: Essence?, time: Duration, out: String?) {
    argument = essence?.account.steps
    assumptions = AssumptionText(checked, others).objects
    expansions = checked.judgement.expansions
    file = checked.recorded.name
    isMinimal = essence.map { $0.shortfall == nil }
    keyOperations = essence?.keyOperations
    if case .unknown(let reached) = checked.judgement.verdict {
      limit = checked.reason(reached)
    } else {
      limit =
        essence?.shortfall
        ?? (checked.isMadeSmall || checked.judgement.counterexamples.isEmpty
          ? nil : SmallHistoryOutput.refusal(checked.judgement.model))
    }
    model = checked.judgement.model.name.rawValue
    operations = checked.judgement.operations
    self.out = essence == nil ? nil : out
    possibleValues = essence?.account.possibleValues
    remarks = essence?.account.remarks
    sentence = essence?.account.sentence
    shrunk = essence.map { essence in
      essence.members.indices.map { MemberObject(essence, $0) }
    }
    trials = essence?.decisions
    verdict = checked.verdictName
    wallNanoseconds = time.nanoseconds
    weakenings = essence.map { essence in essence.trials.map { WeakeningObject(essence, $0) } }
  }
}

private struct MemberObject: Encodable {
  let callLine: Int?
  let endLine: Int?
  let isCulprit: Bool
  let isEssential: Bool
  let operation: String
  let place: Int
  let process: Int

  init(_ essence: Essence, _ number: Int) {
    let member = essence.members[number]
    (callLine, endLine, place) = (member.callLine, member.endLine, member.place)
    isCulprit = number == essence.culprit
    isEssential = member.isEssential
    operation = essence.wording.exchange(member)
    process = member.origin.process
  }
}

private struct WeakeningObject: Encodable {
  let thing: String
  let without: String

  init(_ essence: Essence, _ trial: Essence.Trial) {
    thing = essence.sentence(of: trial)
    without = trial.isLinearizable.map { $0 ? "linearizable" : "not-linearizable" } ?? "unknown"
  }
}
