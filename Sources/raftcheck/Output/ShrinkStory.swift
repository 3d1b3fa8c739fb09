import Determinism
import Histories
import Linearizability
import Reporting
import Runs

/// What is printed about a history that was shrunk.
struct ShrinkStory {
  private let checked: CheckedHistory
  private let essence: Essence?
  private let time: Duration
  private let out: String?

  /// - Parameters:
  ///   - essence: `nil` if the history has an order, or nobody knows.
  ///   - time: of judging and shrinking.
  init(_ checked: CheckedHistory, _ essence: Essence?, time: Duration, out: String?) {
    (self.checked, self.essence, self.time, self.out) = (checked, essence, time, out)
  }

  private var name: String { checked.recorded.name }

  /// For people.
  func text(on console: Console) -> String {
    guard let essence else {
      switch checked.judgement.verdict {
      case .linearizable:
        let reason = checked.judgement.operations == 0 ? "it has no operations" : "there is nothing to shrink"
        return "\(console.paint("LINEARIZABLE", .good))   \(name)   \(reason)"
      case .unknown(let limit): return "\(console.paint("UNDECIDED", .doubtful))   \(name)   \(limit)"
      case .notLinearizable: return "\(console.paint("NOT LINEARIZABLE", .bad))   \(name)"
      }
    }
    let judgement = checked.judgement
    var lines = [
      "\(console.paint("NOT LINEARIZABLE", .bad))   \(name)   \(judgement.model.name.rawValue)   "
        + "\(Figures.count(judgement.operations, "operation")), \(Figures.count(judgement.keys.count, "key"))",
      "\(console.paint(essence.account.sentence, .strong))",
      "shrunk in \(Figures.milliseconds(time)) to \(size(essence)), \(minimality(essence))", "",
    ]
    if essence.members.count <= Self.drawingLimit {
      lines += drawing(of: essence, on: console)
    } else {
      lines.append("  so many operations are not drawn")
    }
    lines.append("")
    for (number, step) in essence.account.steps.enumerated() { lines.append("\(number + 1). \(step)".indented(by: 2)) }
    if !essence.account.remarks.isEmpty { lines.append("") }
    for remark in essence.account.remarks { lines.append(remark.indented(by: 2)) }
    let places = essence.members.prefix(Self.drawingLimit).compactMap { member in
      member.callLine.map { "  \(name):\($0): \(essence.wording.exchange(member))" }
    }
    if !places.isEmpty { lines += [""] + places }
    if let out { lines += ["", "the small history is in \(out)"] }
    return lines.joined(separator: "\n")
  }

  /// More operations than that are not drawn, nor named line by line.
  private static let drawingLimit = 40
  private static let width = 98

  private func drawing(of essence: Essence, on console: Console) -> [String] {
    Bars(of: essence, width: Self.width).lines.map { spans in
      let painted = spans.map { span in
        switch span.role {
        case .plain, .bar: span.text
        case .markedBar, .remark: console.paint(span.text, .bad)
        }
      }
      return "  \(painted.joined())"
    }
  }

  private func size(_ essence: Essence) -> String {
    let known = Figures.count(essence.essentialCount, "operation")
    let forgotten = essence.members.count { $0.isForgotten }
    let open = essence.unknownCount - forgotten
    return known + (forgotten == 0 ? "" : "\(open == 0 ? " and" : ",") \(forgotten) whose return is of no account")
      + (open == 0 ? "" : " and \(open) that may have happened")
  }

  private func minimality(_ essence: Essence) -> String {
    if let shortfall = essence.shortfall { return "perhaps not the fewest: \(shortfall)" }
    return essence.trials.count == 1
      ? "the one further weakening gives an order"
      : "each of \(Figures.grouped(essence.trials.count)) further weakenings gives an order"
  }

  /// For programs.
  var json: String { JSONText.of(ShrinkObject(checked, essence, time: time, out: out)) }
}

/// What `shrink --json` prints about a history.
private struct ShrinkObject: Encodable {
  let argument: [String]?
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
  let version: String
  let wallNanoseconds: Int64
  /// The weakenings that are left.
  let weakenings: [WeakeningObject]?

  init(_ checked: CheckedHistory, _ essence: Essence?, time: Duration, out: String?) {
    argument = essence?.account.steps
    expansions = checked.judgement.expansions
    file = checked.recorded.name
    isMinimal = essence.map { $0.shortfall == nil }
    keyOperations = essence?.keyOperations
    if case .unknown(let reached) = checked.judgement.verdict {
      limit = "\(reached)"
    } else {
      limit = essence?.shortfall
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
    verdict = checked.judgement.verdict.name
    version = Program.version
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
