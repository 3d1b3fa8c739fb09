import Determinism
import Judging
import Linearizability
import Reporting
import Runs
import Terminal

/// What is printed about one file.
struct CheckedFileOutput {
  private let checked: CheckedHistory
  private let remarks: CheckRemarks
  private let limits: JudgingLimits
  private let comparesExpected: Bool
  private let nameWidth: Int

  /// - Parameters:
  ///   - remarks: on what the verdict rests.
  ///   - limits: what the check was allowed to cost.
  ///   - nameWidth: of the longest file's name, so that columns line up.
  init(
    _ checked: CheckedHistory, _ remarks: CheckRemarks, _ limits: JudgingLimits, _ comparesExpected: Bool,
    nameWidth: Int
  ) {
    self.checked = checked
    self.remarks = remarks
    self.limits = limits
    self.comparesExpected = comparesExpected
    self.nameWidth = nameWidth
  }

  /// For people.
  func lines(in layout: Layout) -> [StoryLine] {
    let judgement = checked.judgement
    var lines = headline(in: layout)
    lines += difference(in: layout) + remarkOnModel(in: layout)
    guard checked.observesSomething else {
      return lines + layout.paragraph("  ", nil, "\(checked.emptiness) Nothing was shown.")
    }
    switch judgement.verdict {
    case .linearizable: break
    case .unknown(let limit):
      lines += layout.paragraph("  ", nil, "Undecided: \(reason(limit)); \(spent) were spent.")
    case .notLinearizable(let counterexample):
      // What was expected needs no explanation.
      if comparesExpected && checked.isAsExpected { break }
      if let remark = checked.remarkOnKeys { lines += [StoryLine()] + layout.paragraph("  ", nil, remark) }
      lines += [StoryLine()] + layout.block(counterexample.explanation, margin: 2) + [StoryLine()]
      for (place, operation) in checked.places {
        lines += layout.wrapped(StoryLine("  ") + .whole("\(place):") + StoryLine(" \(operation)"), indent: 4)
      }
      if !checked.places.isEmpty { lines.append(StoryLine()) }
    }
    for paragraph in AssumptionText(checked, remarks).paragraphs {
      lines += layout.paragraph("  ", nil, paragraph) + [StoryLine()]
    }
    return lines
  }

  /// In columns, so that the lines of many files can be compared, if there is room for them.
  private func headline(in layout: Layout) -> [StoryLine] {
    let judgement = checked.judgement
    let (word, tone): (String, StoryTone) =
      switch judgement.verdict {
      case _ where !checked.observesSomething: ("NOTHING OBSERVED", .doubtful)
      case .linearizable: ("LINEARIZABLE", .good)
      case .notLinearizable: ("NOT LINEARIZABLE", .bad)
      case .unknown: ("UNDECIDED", .doubtful)
      }
    let size = "\(Words.count(judgement.operations, "operation")), \(Words.count(judgement.keys.count, "key"))"
    var rest = "   \(judgement.model.name.rawValue)   \(size)   \(Figures.milliseconds(checked.time))"
    if judgement.keysInGivenOrder == judgement.keys.count, !judgement.keys.isEmpty {
      rest += "   by the order given"
    } else if judgement.keysInGivenOrder > 0 {
      rest += "   \(Words.count(judgement.keysInGivenOrder, "key")) by the order given"
    }
    if comparesExpected { rest += "   \(expectation)" }
    if let jepsen = checked.jepsen {
      rest += "   " + (jepsen.agrees.map { $0 ? "Jepsen agrees" : "JEPSEN DIFFERS" } ?? "not compared with Jepsen")
    }
    let name = checked.recorded.name.printable
    let columns =
      StoryLine(Layout.padded(word, to: 16), tone) + StoryLine("   ") + .whole(Layout.padded(name, to: nameWidth))
      + StoryLine(rest)
    if columns.count <= layout.width { return [columns] }
    return layout.wrapped(StoryLine(word, tone) + StoryLine("   ") + .whole(name) + StoryLine(rest), indent: 2)
  }

  /// Which other models the operations may be meant for, where nobody said which.
  private func remarkOnModel(in layout: Layout) -> [StoryLine] {
    let header = checked.recorded.history.header
    guard header.isModelFound, let names = header.model?.namesakes.map(\.rawValue), !names.isEmpty else { return [] }
    return layout.paragraph(
      "  ", nil,
      "The model was found by the names of the operations, which are also those of "
        + "\(names.joined(separator: ", ")) (--model).")
  }

  /// What Jepsen said, where it is not the same.
  private func difference(in layout: Layout) -> [StoryLine] {
    guard let jepsen = checked.jepsen, jepsen.agrees != true else { return [] }
    let says = "\(jepsen.checker.name.printable) says \(jepsen.checker.verdict.rawValue)"
    let hint =
      jepsen.checker.seeksOrder || jepsen.agrees == nil
      ? "" : "; no checker there is known to seek an order of the operations"
    return layout.paragraph("  ", nil, "In \(jepsen.file.printable) \(says)\(hint).")
  }

  /// Limits in the words in which they were given.
  private func reason(_ limit: Limit) -> String {
    switch limit {
    case .stopped where checked.judgement.ranOutOfTime:
      "the time limit of \(Figures.time(.nanoseconds(Int64((limits.time ?? .zero) / .nanoseconds(1))))) was reached"
    case .bytes: "the memory limit of \(Figures.size(limits.residentBytes ?? limits.bytes)) was reached"
    default: checked.reason(limit)
    }
  }

  private var spent: String {
    let judgement = checked.judgement
    return "\(Figures.milliseconds(checked.time)) of judging, \(Words.count(judgement.expansions, "expansion")) and "
      + Figures.size(judgement.peakBytes)
  }

  private var expectation: String {
    if !checked.observesSomething { return "no verdict to be expected" }
    guard let expected = checked.expected else { return "the first line has no \"expected\" key" }
    return checked.isAsExpected ? "as expected" : "expected \(expected.rawValue)"
  }
}
