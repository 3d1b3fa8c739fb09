import Histories

/// A call of etcd with its answer, keys and values by number.
struct EtcdCall: Hashable, Sendable {
  /// Keys from `start` to before `end`.
  struct KeyRange: Hashable, Sendable {
    let start: Int32
    /// `nil` for `start` alone.
    let end: Int32?
    /// At most so many of them; 0 for all.
    let limit: Int64
  }

  enum Step: Hashable, Sendable {
    case range(KeyRange)
    /// `lease` is 0 for a key that belongs to none.
    case put(key: Int32, value: Int32, lease: Int64)
    case delete(key: Int32)
  }

  /// What must hold for a transaction to take its first steps: the revision of the key's last change, 0 if it is absent, or
  /// how many changes it has seen.
  struct Condition: Hashable, Sendable {
    let key: Int32
    let isVersion: Bool
    let number: Int64
  }

  enum Request: Hashable, Sendable {
    /// Of the keys at `revision`, or now if that is 0.
    case range(KeyRange, revision: Int64)
    case transaction([Condition], then: [Step], otherwise: [Step])
    /// Deletes all keys of the lease at once.
    case revoke(lease: Int64)
  }

  /// A key as a range found it. A revision or version of 0 says nothing.
  struct Found: Hashable, Sendable {
    let key: Int32
    let value: Int32
    let revision: Int64
    let version: Int64
  }

  enum Result: Hashable, Sendable {
    case done
    case deleted(Int64)
    case found([Found], count: Int64)
  }

  struct Answer: Hashable, Sendable {
    /// `nil` if it was not told.
    var revision: Int64?
    /// Whether the conditions did not hold.
    var isFailure = false
    /// `nil` if nothing of them is known.
    var results: [Result]?
  }

  let request: Request
  /// `nil` if nothing was learnt.
  var answer: Answer?

  /// Both ways that it may go.
  var allSteps: [Step] {
    switch request {
    case .range(let range, _): [.range(range)]
    case .transaction(_, let then, let otherwise): then + otherwise
    case .revoke: []
    }
  }

  /// Whether it leaves all keys as they are, whatever they hold.
  var onlyLooks: Bool {
    if case .revoke = request { return false }
    return allSteps.allSatisfy { if case .range = $0 { true } else { false } }
  }
}

/// Reads the calls of etcd.
extension ObjectReader {
  mutating func etcdCall(_ operation: Histories.Operation) throws(ModelMisfit) -> EtcdCall {
    let argument = argument(operation)
    guard let request = etcdRequest(argument) else {
      throw misfit(
        operation, expected: "{:range [\"a\"]}, {:then [[:put \"a\" \"1\"]]} or another request of etcd", argument)
    }
    var call = EtcdCall(request: request, answer: nil)
    guard let answer = answer(operation), answer != .absent else { return call }
    call.answer = etcdAnswer(answer, to: request)
    if call.answer == nil {
      throw misfit(operation, expected: "{:revision 7 :results [...]} with a result for each step", answer)
    }
    return call
  }

  private mutating func key(_ value: PlainValue) -> Int32? {
    if case .text = value { keys.number(of: value) } else { nil }
  }

  /// A word in whichever way a format writes it.
  private static func word(_ value: PlainValue) -> String? {
    switch value {
    case .text(let text), .keyword(let text), .symbol(let text): text.description
    default: nil
    }
  }

  /// A revision or version, which is never less than 0.
  private static func revision(_ value: PlainValue) -> Int64? { integer(value).flatMap { $0 < 0 ? nil : $0 } }

  private mutating func etcdRequest(_ value: PlainValue) -> EtcdCall.Request? {
    if let lease = Self.entry("revoke", of: value) { return Self.integer(lease).map { .revoke(lease: $0) } }
    if let range = Self.entry("range", of: value) {
      let revision = Self.entry("revision", of: value).map { Self.revision($0) } ?? 0
      guard case .list(let parts) = range, let keys = keyRange(parts), let revision else { return nil }
      return .range(keys, revision: revision)
    }
    var conditions: [EtcdCall.Condition] = []
    for part in Self.entry("if", of: value).map({ Self.members($0) ?? [$0] }) ?? [] {
      guard let condition = condition(part) else { return nil }
      conditions.append(condition)
    }
    guard Self.entry("then", of: value) != nil, let then = steps("then", value), let otherwise = steps("else", value)
    else { return nil }
    return .transaction(conditions, then: then, otherwise: otherwise)
  }

  private mutating func keyRange(_ parts: [PlainValue]) -> EtcdCall.KeyRange? {
    guard (1...3).contains(parts.count), let start = key(parts[0]) else { return nil }
    var (end, limit): (Int32?, Int64) = (nil, 0)
    if parts.count > 1, parts[1] != .text("") {
      end = key(parts[1])
      if end == nil { return nil }
    }
    if parts.count > 2 {
      guard let number = Self.integer(parts[2]), number >= 0 else { return nil }
      limit = number
    }
    return EtcdCall.KeyRange(start: start, end: end, limit: limit)
  }

  private mutating func condition(_ value: PlainValue) -> EtcdCall.Condition? {
    guard case .list(let parts) = value, parts.count == 3, let key = key(parts[0]), let number = Self.integer(parts[2])
    else { return nil }
    switch Self.word(parts[1]) {
    case "version": return EtcdCall.Condition(key: key, isVersion: true, number: number)
    case "revision": return EtcdCall.Condition(key: key, isVersion: false, number: number)
    default: return nil
    }
  }

  private mutating func steps(_ name: StaticString, _ value: PlainValue) -> [EtcdCall.Step]? {
    guard let all = Self.entry(name, of: value) else { return [] }
    guard case .list(let members) = all else { return nil }
    var steps: [EtcdCall.Step] = []
    for member in members {
      guard case .list(let parts) = member, parts.count > 1, let step = step(parts) else { return nil }
      steps.append(step)
    }
    return steps
  }

  private mutating func step(_ parts: [PlainValue]) -> EtcdCall.Step? {
    switch (Self.word(parts[0]), parts.count) {
    case ("range", _): return keyRange(Array(parts.dropFirst())).map { .range($0) }
    case ("delete", 2): return key(parts[1]).map { .delete(key: $0) }
    case ("put", 3), ("put", 4):
      guard let key = key(parts[1]), let lease = parts.count == 4 ? Self.integer(parts[3]) : 0 else { return nil }
      return .put(key: key, value: names.number(of: parts[2]), lease: lease)
    default: return nil
    }
  }

  private mutating func etcdAnswer(_ value: PlainValue, to request: EtcdCall.Request) -> EtcdCall.Answer? {
    var answer = EtcdCall.Answer()
    if let revision = Self.entry("revision", of: value), revision != .absent {
      guard let number = Self.revision(revision) else { return nil }
      answer.revision = number
    }
    answer.isFailure = Self.entry("failed", of: value) == .bool(true)
    guard let results = Self.entry("results", of: value) else { return answer }
    var steps: [EtcdCall.Step] = []
    switch request {
    case .range(let range, _): steps = [.range(range)]
    case .transaction(_, let then, let otherwise): steps = answer.isFailure ? otherwise : then
    case .revoke: break
    }
    guard case .list(let members) = results, members.count == steps.count else { return nil }
    var read: [EtcdCall.Result] = []
    for (step, member) in zip(steps, members) {
      guard let result = result(of: step, member) else { return nil }
      read.append(result)
    }
    answer.results = read
    return answer
  }

  private mutating func result(of step: EtcdCall.Step, _ value: PlainValue) -> EtcdCall.Result? {
    switch step {
    case .put: return .done
    case .delete: return Self.integer(value).map { .deleted($0) }
    case .range:
      guard case .list(let members) = value, let count = members.first.flatMap(Self.integer) else { return nil }
      var found: [EtcdCall.Found] = []
      for member in members.dropFirst() {
        guard case .list(let parts) = member, parts.count == 4, let key = key(parts[0]),
          let revision = Self.revision(parts[2]), let version = Self.revision(parts[3])
        else { return nil }
        found.append(
          EtcdCall.Found(key: key, value: names.number(of: parts[1]), revision: revision, version: version))
      }
      return .found(found, count: count)
    }
  }
}
