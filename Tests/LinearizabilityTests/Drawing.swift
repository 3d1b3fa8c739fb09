import Histories

@testable import Linearizability

/// A history drawn as bars, one client a line:
///
///     c0 |--------- write 2 ---------|
///     c1    |- read 2 -|
///     c2                    |- cas 1 3 -> ? -|
///
/// A bar begins at `|` and ends at `|`; one that ends in `>` has an unknown result. A read ends with what it read, and
/// `nil` is absent. A cas is followed by `ok`, `no` (a mismatch) or `no V` (a mismatch that saw V).
enum Drawing {
  /// A call or a return in a column.
  private struct Mark {
    let column: Int
    let process: Int
    let isCall: Bool
    let action: Action
    let outcome: Outcome?
  }

  /// The history of this drawing, on one key.
  static func history(_ drawing: String) -> History {
    var marks: [Mark] = []
    for (process, line) in drawing.split(separator: "\n").enumerated() {
      marks += bars(of: Array(line), process: process)
    }
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    // Calls come before returns of the same moment.
    for mark in marks.sorted(by: { ($0.column, $0.isCall ? 0 : 1) < ($1.column, $1.isCall ? 0 : 1) }) {
      if mark.isCall {
        recorder.invoke(process: mark.process, at: Int64(mark.column), key: Array("x".utf8), mark.action)
      } else if let outcome = mark.outcome {
        recorder.complete(process: mark.process, at: Int64(mark.column), outcome)
      }
    }
    return recorder.finish()
  }

  private static func bars(of line: [Character], process: Int) -> [Mark] {
    var marks: [Mark] = []
    var start: Int?
    for (column, character) in line.enumerated() where character == "|" || character == ">" {
      guard let first = start else {
        start = column
        continue
      }
      let words = String(line[(first + 1)..<column]).split { $0 == "-" || $0 == " " }.map(String.init)
      let (action, answer) = meaning(of: words)
      // A client whose call ends unknown goes on under a new name, so each bar is a client of its own.
      let client = process * 100 + marks.count / 2
      marks.append(Mark(column: first, process: client, isCall: true, action: action, outcome: nil))
      let outcome: Outcome = character == ">" ? .info : .ok(answer)
      marks.append(Mark(column: column, process: client, isCall: false, action: action, outcome: outcome))
      start = nil
    }
    return marks
  }

  private static func meaning(of words: [String]) -> (Action, Answer) {
    func value(_ place: Int) -> [UInt8]? {
      words.indices.contains(place) && words[place] != "nil" ? Array(words[place].utf8) : nil
    }
    switch words.first {
    case "write": return (.put(value(1) ?? []), .done)
    case "append": return (.append(value(1) ?? []), .done)
    case "delete": return (.delete, .done)
    case "cas":
      let action = Action.compareAndSet(expected: value(1), new: value(2))
      guard words.indices.contains(3), words[3] == "no" else { return (action, .swapped) }
      return (action, words.count > 4 ? .mismatch(seen: value(4)) : .unseenMismatch)
    default: return (.get, .value(value(1)))
    }
  }
}
