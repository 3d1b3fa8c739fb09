import Determinism
import Judging
import Linearizability
import Runs

/// What is printed about one file.
struct CheckStory {
  private let checked: CheckedHistory
  private let limits: JudgingLimits
  private let comparesExpected: Bool
  private let nameWidth: Int

  /// - Parameters:
  ///   - limits: what the check was allowed to cost.
  ///   - nameWidth: of the longest file's name, so that columns line up.
  init(_ checked: CheckedHistory, _ limits: JudgingLimits, _ comparesExpected: Bool, nameWidth: Int) {
    self.checked = checked
    self.limits = limits
    self.comparesExpected = comparesExpected
    self.nameWidth = nameWidth
  }

  /// For people.
  func text(on console: Console) -> String {
    let judgement = checked.judgement
    let (word, tone): (String, Console.Tone) =
      switch judgement.verdict {
      case .linearizable: ("LINEARIZABLE", .good)
      case .notLinearizable: ("NOT LINEARIZABLE", .bad)
      case .unknown: ("UNDECIDED", .doubtful)
      }
    let size = "\(Figures.count(judgement.operations, "operation")), \(Figures.count(judgement.keys.count, "key"))"
    var line = [
      console.paint(word.padded(to: 16), tone), checked.recorded.name.padded(to: nameWidth),
      judgement.model.name.rawValue, size, Figures.milliseconds(checked.time),
    ]
    if comparesExpected { line.append(expectation) }
    var lines = [line.joined(separator: "   ")]
    switch judgement.verdict {
    case .linearizable: break
    case .unknown(let limit): lines.append("  Undecided: \(reason(limit)); \(spent) were spent.")
    case .notLinearizable(let counterexample):
      // What was expected needs no explanation.
      if comparesExpected && checked.isAsExpected { break }
      lines += ["", counterexample.explanation.indented(by: 2), ""]
      for (place, operation) in checked.places { lines.append("  \(place): \(operation)") }
      if !checked.places.isEmpty { lines.append("") }
    }
    return lines.joined(separator: "\n")
  }

  /// Limits in the words in which they were given.
  private func reason(_ limit: Limit) -> String {
    switch limit {
    case .stopped where checked.judgement.ranOutOfTime:
      "the time limit of \(Figures.time(.nanoseconds(Int64((limits.time ?? .zero) / .nanoseconds(1))))) was reached"
    case .bytes: "the memory limit of \(Figures.size(limits.residentBytes ?? limits.bytes)) was reached"
    default: "\(limit)"
    }
  }

  private var spent: String {
    let judgement = checked.judgement
    return "\(Figures.milliseconds(checked.time)) of judging, \(Figures.count(judgement.expansions, "expansion")) and "
      + Figures.size(judgement.peakBytes)
  }

  private var expectation: String {
    guard let expected = checked.expected else { return "the first line has no \"expected\" key" }
    return checked.isAsExpected ? "as expected" : "expected \(expected.rawValue)"
  }
}
