// Operations of etcd as values, as the model `etcd` has them in every format.
extension EtcdOperation {
  /// What was asked; `nil` for what changes and tells nothing of the keys.
  var argument: PlainValue? {
    switch request {
    case .range(let range, let revision):
      let keys = Self.map(("range", .list(range.parts)))
      return revision == 0 ? keys : Self.map(("range", .list(range.parts)), ("revision", .integer(revision)))
    case .transaction(let conditions, let onSuccess, let onFailure):
      var parts: [(PlainText, PlainValue)] = [("then", .list(onSuccess.map(\.value)))]
      if !conditions.isEmpty { parts.append(("if", .list(conditions.map(\.value)))) }
      if !onFailure.isEmpty { parts.append(("else", .list(onFailure.map(\.value)))) }
      return Self.map(parts)
    case .leaseRevoke(let lease): return Self.map(("revoke", .integer(lease)))
    case .leaseGrant, .defragment, .compact: return nil
    }
  }

  /// Whether it leaves all keys as they are, whatever they hold.
  var onlyLooks: Bool {
    switch request {
    case .range, .leaseGrant, .defragment, .compact: return true
    case .leaseRevoke: return false
    case .transaction(_, let onSuccess, let onFailure):
      return (onSuccess + onFailure).allSatisfy { if case .range = $0 { true } else { false } }
    }
  }

  /// What was answered; `nil` if the answer has not one result for each step.
  var answer: PlainValue? {
    var parts: [(PlainText, PlainValue)] = []
    if response.revision > 0 { parts.append(("revision", .integer(response.revision))) }
    if response.isPartial { return Self.map(parts) }
    if response.isFailure { parts.append(("failed", .bool(true))) }
    let steps: [Step]
    switch request {
    case .range(let range, _): steps = [.range(range)]
    case .transaction(_, let onSuccess, let onFailure): steps = response.isFailure ? onFailure : onSuccess
    case .leaseGrant, .leaseRevoke, .defragment, .compact: return Self.map(parts)
    }
    guard response.results.count == steps.count else { return nil }
    parts.append(("results", .list(zip(steps, response.results).map { $1.value(of: $0) })))
    return Self.map(parts)
  }

  private static func map(_ parts: (PlainText, PlainValue)...) -> PlainValue { map(parts) }

  private static func map(_ parts: [(name: PlainText, value: PlainValue)]) -> PlainValue {
    .map(of: parts.map { PlainValue.Entry(.keyword($0.name), $0.value) })
  }
}

extension EtcdOperation.Range {
  /// `"a"` alone, `"a" "b"` for those from a to before b, and a limit.
  fileprivate var parts: [PlainValue] {
    let keys = [start] + (end.isEmpty && limit == 0 ? [] : [end])
    return keys.map { .text(PlainText(bytes: $0)) } + (limit == 0 ? [] : [.integer(limit)])
  }
}

extension EtcdOperation.Value {
  fileprivate var value: PlainValue {
    switch self {
    case .text(let text): .text(PlainText(bytes: text))
    case .hash(let hash): .tagged("hash", .integer(Int64(hash)))
    }
  }
}

extension EtcdOperation.Condition {
  fileprivate var value: PlainValue {
    let (name, number): (PlainText, Int64) = version > 0 ? ("version", version) : ("revision", revision)
    return .list([.text(PlainText(bytes: key)), .keyword(name), .integer(number)])
  }
}

extension EtcdOperation.Step {
  fileprivate var value: PlainValue {
    switch self {
    case .range(let range): .list([.keyword("range")] + range.parts)
    case .put(let key, let value, let lease):
      .list(
        [.keyword("put"), .text(PlainText(bytes: key)), value.value] + (lease == 0 ? [] : [.integer(lease)]))
    case .delete(let key): .list([.keyword("delete"), .text(PlainText(bytes: key))])
    }
  }
}

extension EtcdOperation.Result {
  /// Nothing of a put, the count of a delete, the count of all keys and what was found of a range.
  fileprivate func value(of step: EtcdOperation.Step) -> PlainValue {
    switch step {
    case .put: .absent
    case .delete: .integer(deleted)
    case .range:
      .list(
        [.integer(count)]
          + found.map { found in
            .list([
              .text(PlainText(bytes: found.key)), found.value.value, .integer(found.revision), .integer(found.version),
            ])
          })
    }
  }
}
