import Determinism

extension StateMachine {
  /// The first thing in which this state differs from another one, for people: `x is 1, and at n2 nothing`. Keys come
  /// first, for these clients see; `nil` if there is nothing.
  ///
  /// - Parameter there: where the other state is, such as `at n2`.
  /// - Complexity: O(n) in the keys and sessions of both.
  package func firstDifference(from other: StateMachine, there: String) -> String? {
    let keys = (store.keys + other.store.keys).sorted()
    if let key = keys.first(where: { store[$0] != other.store[$0] }) {
      let (one, two) = (store[key], other.store[key])
      return "\(Self.show(key.bytes)) is \(Self.show(one, unlike: two)), and \(there) \(Self.show(two, unlike: one))"
    }
    let names = (sessions.keys + other.sessions.keys).sorted()
    if let name = names.first(where: { sessions[$0] != other.sessions[$0] }) {
      return "session \(name.rawValue) \(Self.difference(sessions[name], other.sessions[name], there: there))"
    }
    return logTime == other.logTime ? nil : "the log's time is \(Self.times(logTime, other.logTime, there: there))"
  }

  private static func difference(_ one: Session?, _ two: Session?, there: String) -> String {
    guard let one else { return "is not open, and \(there) it is" }
    guard let two else { return "is open, and \(there) it is not" }
    if one.last?.sequence != two.last?.sequence {
      return "has seen \(show(one.last?.sequence)), and \(there) \(show(two.last?.sequence))"
    }
    if one.last != two.last { return "remembers another answer than \(there)" }
    return "was last used when the log's time was \(times(one.lastUsed, two.lastUsed, there: there))"
  }

  private static func show(_ sequence: SequenceNumber?) -> String {
    sequence.map { "command \($0.rawValue)" } ?? "no command"
  }

  private static func times(_ one: WallInstant, _ two: WallInstant, there: String) -> String {
    let (first, second) = (Duration(nanoseconds: one.nanoseconds), Duration(nanoseconds: two.nanoseconds))
    let areNear = first.description == second.description
    return areNear
      ? "\(one.nanoseconds) ns, and \(there) \(two.nanoseconds) ns" : "\(first), and \(there) \(second)"
  }

  /// The most characters of a key or a value that are shown.
  private static let shownCharacters = 24

  /// A key or a value, in quotes where it could be taken for something else. Of a long one, what is around the place in
  /// which it differs from another one.
  private static func show(_ bytes: [UInt8]?, unlike other: [UInt8]? = nil) -> String {
    guard let bytes else { return "nothing" }
    let isPlain = !bytes.isEmpty && bytes.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ",") }
    let common = zip(bytes, other ?? []).prefix { $0 == $1 }.count
    let start = bytes.count <= shownCharacters ? 0 : max(0, min(common - shownCharacters / 2, bytes.count - shownCharacters))
    let part = String(decoding: bytes[start...].prefix(shownCharacters), as: UTF8.self)
    let text = (start > 0 ? "…" : "") + part + (bytes.count > start + shownCharacters ? "…" : "")
    return isPlain ? text : text.debugDescription
  }
}
