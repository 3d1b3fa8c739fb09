import Histories
import Linearizability
import Reporting
import Runs
import System

/// What it would mean to take a history otherwise, in sentences.
struct AssumptionText {
  private let history: History
  private let model: Model
  private let remarks: CheckRemarks

  init(_ checked: CheckedHistory, _ remarks: CheckRemarks) {
    (history, model, self.remarks) = (checked.recorded.history, checked.judgement.model, remarks)
  }

  /// A paragraph for each.
  var paragraphs: [String] { [times].compactMap(\.self) + remarks.assumptions.map(sentence) }

  /// For programs; `nil` if there is nothing to say.
  var objects: [AssumptionObject]? {
    let objects = remarks.trials.map { AssumptionObject($0, self, history) }
    return objects.isEmpty ? nil : objects
  }

  /// The option that takes the history so, as it is typed; `nil` if there is none.
  func option(_ assumption: Assumption) -> [String]? {
    switch assumption {
    case .initial(let value?):
      // The file's own word cannot be overruled.
      guard history.header.initial == nil, let text = String(validating: value, as: UTF8.self) else { return nil }
      return ["--initial", text]
    case .nothingIsUnknown: return ["--nil", NothingMeaning.unknown.rawValue]
    case .orderOfTimes: return ["--by-time"]
    case .initial(nil), .mismatchNeverHappened, .failureIsUnknown, .typesAreOne: return nil
    }
  }

  /// What was taken otherwise, and why somebody may want that.
  func sentence(_ trial: AssumptionTrial) -> String {
    let option = option(trial.assumption).map { $0.map(\.shellWord).joined(separator: " ") }
    let places = places(of: trial.operations)
    switch trial.assumption {
    case .initial(let value):
      let first = trial.operations.first.map { "the \(name($0)) of \(place(of: $0))" } ?? "somebody"
      return "\(option ?? "An initial value of \(Wording.show(value))") makes it linearizable: \(first) found "
        + "\(Wording.show(value)) before any operation can have left it."
    case .nothingIsUnknown:
      return "\(option ?? "") makes it linearizable: a read of nil, as \(places), then says nothing. Here it says that "
        + "there was no value; Knossos's models of registers take it for not known."
    case .mismatchNeverHappened:
      return "It is linearizable if \(places), which failed, never happened. Here that it failed says that it found "
        + "another value than it expected."
    case .failureIsUnknown where trial.operations.count == 1:
      let operation = trial.operations[0]
      let one = "the \(Wording(history).request(operation)) of \(place(of: operation))"
      return "It is linearizable if \(one), which failed, took effect after all, at some time after its call. "
        + Self.falseFailure
    case .failureIsUnknown:
      return "It is linearizable if \(places), which failed, took effect after all, each at some time after its call. "
        + Self.falseFailure
    case .typesAreOne(let mixture): return sentence(mixture)
    case .orderOfTimes: return times ?? ""
    }
  }

  private static let falseFailure =
    "That happens where a client calls an operation failed, though it does not know."

  private func sentence(_ mixture: TypeMixture) -> String {
    let (written, seen) = (mixture.written, mixture.seen)
    let writer = mixture.writer.map {
      "was written as \(kind(written, beside: seen)), by the \(name($0)) of \(place(of: $0))"
    }
    return
      "\(Wording.show(written.unquoted)) \(writer ?? "was there at first as \(kind(written, beside: seen))"), and read as "
      + "\(kind(seen, beside: written)), \(shown(seen)), by the \(name(mixture.reader)) of \(place(of: mixture.reader)). "
      + "Here these are different values; taken for one they make it linearizable. A client that mixes types is the "
      + "likely cause."
  }

  /// The type in words, as precise as is needed to tell it from another one.
  private func kind(_ value: TypedValue, beside other: TypedValue) -> String {
    switch value.kind {
    case .integer: other.kind == .decimal ? "an integer" : "a number"
    case .decimal: other.kind == .integer ? "a decimal number" : "a number"
    case .keyword: "a keyword"
    case .string: "a string"
    }
  }

  private func shown(_ value: TypedValue) -> String {
    value.kind == .string ? Wording.quote(value.unquoted) : Wording.show(value.bytes)
  }

  /// That times run back, and what comes of it.
  private var times: String? {
    guard let backward = remarks.backwardTimes else { return nil }
    let lines = [backward.later, backward.earlier].map { history.fileLine(ofEventAt: $0).map { "line \($0)" } }
    let warning =
      "Time goes backwards by \(backward.count == 1 ? "a whole operation" : "\(backward.count.grouped) whole operations"): the one called on "
      + "\(lines[0] ?? "a later line") ended, by its time, before the one called on \(lines[1] ?? "an earlier line") returned, "
      + "which stands before it. Logs of several clients put one behind the other look like that. The order of the lines "
      + "counts here"
    guard let trial = remarks.orderOfTimes else { return "\(warning), and there is no order of times." }
    return switch trial.isLinearizable {
    case true?: "\(warning); --by-time takes that of the times, by which it is linearizable."
    case false?: "\(warning); --by-time takes that of the times, by which it is not linearizable."
    case nil: "\(warning); --by-time takes that of the times, which was not decided within the limits."
    }
  }

  private func name(_ operation: Operation) -> String { operation.function.name(in: model.name) }

  /// So many operations are named one by one.
  private static let nameLimit = 4

  /// `the read of lines 3-4`, `the read of lines 3-4 and the read of lines 7-8`.
  private func places(of operations: [Operation]) -> String {
    let named = operations.prefix(Self.nameLimit).map { "the \(name($0)) of \(place(of: $0))" }
    let more = operations.count - named.count
    return Words.list(named + (more > 0 ? ["\(more.grouped) others"] : []))
  }

  private func place(of operation: Operation) -> String {
    guard let line = history.callLine(of: operation) else { return "event \(operation.call)" }
    guard let end = history.endLine(of: operation), end != line else { return "line \(line)" }
    return "lines \(line)-\(end)"
  }
}
