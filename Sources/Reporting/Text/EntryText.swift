import Determinism
import Raft
import Traces

/// How entries are called.
enum EntryText {
  private static let few = 3

  /// `entry 3 of term 2 (put x = 1)`, `entries 3 and 4 of term 2 (put x = 1; no-op)`.
  ///
  /// - Parameters:
  ///   - term: need not be told.
  ///   - interest: if given, the indices of which the content is told.
  static func names(
    _ entries: [TracedEntry], besides term: Term? = nil, _ interest: SortedTable<LogIndex, Bool>? = nil
  ) -> String {
    var groups: [[TracedEntry]] = []
    for entry in entries {
      if let last = groups.last?.last, last.term == entry.term, last.index.next == entry.index {
        groups[groups.count - 1].append(entry)
      } else {
        groups.append([entry])
      }
    }
    return Words.list(groups.map { name($0, besides: term, interest) })
  }

  private static func name(
    _ group: [TracedEntry], besides term: Term?, _ interest: SortedTable<LogIndex, Bool>?
  ) -> String {
    guard let first = group.first, let last = group.last else { return "" }
    let told = group.filter { interest?[$0.index] ?? true }
    let shown = told.prefix(few).map(\.text).joined(separator: "; ")
    let content = "\(shown)\(told.count > few ? "; …" : "")"
    let range =
      group.count == 1
      ? "entry \(first.index)" : "entries \(first.index)\(group.count == 2 ? " and" : " to") \(last.index)"
    let origin = first.term == term ? "" : " of term \(first.term)"
    return "\(range)\(origin)\(content.isEmpty ? "" : " (\(content))")"
  }
}
