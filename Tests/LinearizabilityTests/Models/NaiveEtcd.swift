import Histories

@testable import Linearizability

/// etcd over plain values: what is asked and answered as in `checkers/README.md`.
struct NaiveEtcd {
  struct Entry: Equatable {
    var key: String
    var value: PlainValue
    var revision: Int64
    var version: Int64
    var lease: Int64
  }

  private(set) var revision: Int64 = 1
  private(set) var entries: [Entry] = []
  private var revoked: [Int64] = []
  /// What was held at each revision that is over, the first one first.
  private var past: [[Entry]] = []

  init() {}

  // MARK: As a state

  init(_ state: PlainValue) {
    guard case .list(let parts) = state, parts.count > 3 else { return }
    revision = Self.integer(parts[0])
    entries = Self.entries(parts[1])
    revoked = Self.members(parts[2]).map(Self.integer)
    past = Self.members(parts[3]).map(Self.entries)
  }

  var state: PlainValue {
    .list([
      .integer(revision), Self.value(entries), .list(revoked.map { .integer($0) }), .list(past.map(Self.value)),
    ])
  }

  private static func value(_ entries: [Entry]) -> PlainValue {
    .list(
      entries.map {
        .list([
          .text(PlainText($0.key)), $0.value, .integer($0.revision), .integer($0.version), .integer($0.lease),
        ])
      })
  }

  private static func entries(_ value: PlainValue) -> [Entry] {
    members(value).map { one in
      let parts = members(one)
      return Entry(
        key: text(parts[0]), value: parts[1], revision: integer(parts[2]), version: integer(parts[3]),
        lease: integer(parts[4]))
    }
  }

  static func members(_ value: PlainValue?) -> [PlainValue] {
    if case .list(let members) = value { members } else { [] }
  }

  private static func integer(_ value: PlainValue?) -> Int64 {
    if case .integer(let number) = value { number } else { 0 }
  }

  private static func text(_ value: PlainValue) -> String {
    if case .text(let text) = value { text.description } else { "" }
  }

  static func entry(_ name: String, _ value: PlainValue?) -> PlainValue? {
    guard case .map(let entries) = value else { return nil }
    return entries.first { $0.key == .keyword(PlainText(name)) }?.value
  }

  // MARK: What it does

  /// What a request is answered, and what is held behind it; `nil` for one that is refused.
  func taking(_ request: PlainValue) -> (NaiveEtcd, answer: PlainValue)? {
    var next = self
    if let keys = Self.entry("range", request) {
      let asked = Self.integer(Self.entry("revision", request))
      guard asked <= revision else { return nil }
      let held = asked == 0 || asked == revision ? entries : past[Int(asked) - 1]
      return (self, answer([Self.range(Self.members(keys), held)]))
    }
    if let lease = Self.entry("revoke", request).map(Self.integer) {
      next.revoked = (revoked.filter { $0 != lease } + [lease]).sorted()
      if next.entries.contains(where: { $0.lease == lease }) { next.begin() }
      next.entries.removeAll { $0.lease == lease }
      return (next, .map([PlainValue.Entry(.keyword("revision"), .integer(next.revision))]))
    }
    let holds = Self.members(Self.entry("if", request)).allSatisfy { condition in
      let parts = Self.members(condition)
      let entry = entries.first { $0.key == Self.text(parts[0]) }
      return Self.integer(parts[2]) == (parts[1] == .keyword("version") ? entry?.version : entry?.revision) ?? 0
    }
    let steps = Self.members(Self.entry(holds ? "then" : "else", request)).map(Self.members)
    if steps.contains(where: { $0.count == 4 && $0[0] == .keyword("put") && revoked.contains(Self.integer($0[3])) }) {
      return nil
    }
    let isWrite = steps.contains { step in
      step[0] == .keyword("put") || step[0] == .keyword("delete") && entries.contains { $0.key == Self.text(step[1]) }
    }
    if isWrite { next.begin() }
    let results = steps.map { next.take($0) }
    return (next, next.answer(results, isFailure: !holds))
  }

  private mutating func begin() {
    past.append(entries)
    revision += 1
  }

  private mutating func take(_ step: [PlainValue]) -> PlainValue {
    if step[0] == .keyword("range") { return Self.range(Array(step.dropFirst()), entries) }
    let key = Self.text(step[1])
    let old = entries.first { $0.key == key }
    entries.removeAll { $0.key == key }
    if step[0] == .keyword("delete") { return .integer(old == nil ? 0 : 1) }
    let lease = step.count == 4 ? Self.integer(step[3]) : 0
    entries.append(
      Entry(key: key, value: step[2], revision: revision, version: (old?.version ?? 0) + 1, lease: lease))
    entries.sort { $0.key < $1.key }
    return .absent
  }

  private static func range(_ keys: [PlainValue], _ held: [Entry]) -> PlainValue {
    let first = text(keys[0])
    let end = keys.count > 1 ? text(keys[1]) : ""
    let limit = keys.count > 2 ? Int(integer(keys[2])) : 0
    let inside = held.filter { end.isEmpty ? $0.key == first : $0.key >= first && $0.key < end }
    let shown = limit == 0 ? inside : Array(inside.prefix(limit))
    return .list(
      [.integer(Int64(inside.count))]
        + shown.map { .list([.text(PlainText($0.key)), $0.value, .integer($0.revision), .integer($0.version)]) })
  }

  private func answer(_ results: [PlainValue], isFailure: Bool = false) -> PlainValue {
    var parts = [
      PlainValue.Entry(.keyword("results"), .list(results)), .init(.keyword("revision"), .integer(revision)),
    ]
    if isFailure { parts.insert(.init(.keyword("failed"), .bool(true)), at: 0) }
    return .map(parts)
  }

  /// The states that may follow an operation.
  static func next(_ state: PlainValue, _ one: NaiveOperation) -> [PlainValue] {
    guard let (next, answer) = NaiveEtcd(state).taking(one.argument) else { return [] }
    guard let told = one.answer else { return [next.state] }
    // An answer in part tells the revision alone.
    let isSame = entry("results", told) == nil ? entry("revision", told) == entry("revision", answer) : told == answer
    return isSame ? [next.state] : []
  }
}
