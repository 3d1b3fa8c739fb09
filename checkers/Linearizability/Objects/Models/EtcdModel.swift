import Determinism
import Histories

/// etcd: every call that changes a key raises the revision of the whole store by one, all calls answer the revision, and
/// every key knows that of its last change and how many changes it has seen. A range sees the keys as they are, or as they
/// were at a revision that it names. Leases are there before they are used, and end when they are revoked.
struct EtcdModel: ObjectModel {
  var names = ObjectNames()
  var keys = ObjectNames() { didSet { rankKeys() } }
  /// The numbers of the keys in the order of their bytes, and where each stands there.
  private var sorted: [Int32] = []
  private var ranks: [Int32] = []
  /// The revisions that ranges name, the least first.
  private(set) var asked: [Int64]
  /// The key whose only byte is 0: as an end of a range it means that there is none.
  private var endless: Int32?

  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) {
    try ObjectReader.expectNone(initial, "for etcd starts empty")
    asked = Self.revisionsAsked(in: reader.part)
  }

  var initial: EtcdState { EtcdState(keyCount: sorted.count) }

  private static func revisionsAsked(in part: Subhistory) -> [Int64] {
    var asked: [Int64] = []
    for operation in part.operations {
      guard part.history.values.withBytes(of: operation.argument, { $0.map(mayName) ?? false }) else { continue }
      let argument = part.history.plainValue(operation.argument)
      if case .integer(let revision) = ObjectReader.entry("revision", of: argument) { asked.append(revision) }
    }
    asked.sort()
    var last: Int64 = 0
    return asked.filter { revision in
      defer { last = revision }
      return revision > last
    }
  }

  /// Whether these bytes have a part of the word revision in them.
  private static func mayName(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    (2..<max(2, bytes.count)).contains { end in
      bytes[end] == UInt8(ascii: "v") && bytes[end - 1] == UInt8(ascii: "e") && bytes[end - 2] == UInt8(ascii: "r")
    }
  }

  private mutating func rankKeys() {
    let bytes = keys.values.map { (key) -> [UInt8] in if case .text(let text) = key { text.bytes } else { [] } }
    sorted = bytes.indices.sorted { bytes[$0].lexicographicallyPrecedes(bytes[$1]) }.map { Int32($0) }
    ranks = Array(repeating: 0, count: sorted.count)
    for (rank, key) in sorted.enumerated() { ranks[Int(key)] = Int32(rank) }
    endless = bytes.firstIndex(of: [0]).map { Int32($0) }
  }

  func operation(_ operation: Histories.Operation, _ reader: inout ObjectReader) throws(ModelMisfit) -> EtcdCall {
    try reader.etcdCall(operation)
  }

  func forgettingAnswer(of operation: EtcdCall) -> EtcdCall { EtcdCall(request: operation.request, answer: nil) }

  func onlyLooks(_ operation: EtcdCall, from state: EtcdState) -> Bool { operation.onlyLooks }

  func successors(of state: EtcdState, by operation: EtcdCall) -> [EtcdState] {
    var next = state
    var changes: [EtcdState.Change] = []
    return apply(operation, to: &next, &changes) == nil ? [] : [next]
  }

  func bytes(of state: EtcdState) -> Int { state.bytes }
}

// What calls do.
extension EtcdModel {
  /// Lets a call happen.
  ///
  /// - Returns: whether it changed a key; `nil`, and nothing is changed, if its answer does not fit.
  func apply(_ call: EtcdCall, to state: inout EtcdState, _ changes: inout [EtcdState.Change]) -> Bool? {
    switch call.request {
    case .range(let range, let revision):
      guard fits(call, false, state), let entries = entries(at: revision, of: state) else { return nil }
      return call.answer?.results.map { finds($0[0], range, entries) } ?? true ? false : nil
    case .revoke(let lease):
      let ranks = state.entries.indices.filter { state.entries[$0].value >= 0 && state.entries[$0].lease == lease }
      guard lease != 0, fits(call, !ranks.isEmpty, state) else { return nil }
      state.revoke(lease, &changes)
      guard !ranks.isEmpty else { return false }
      begin(&state, &changes)
      for rank in ranks { state.set(rank, to: EtcdState.Entry(), &changes) }
      return true
    case .transaction(let conditions, let then, let otherwise):
      let holds = conditions.allSatisfy { self.holds($0, state) }
      if let answer = call.answer, answer.results != nil, answer.isFailure == holds { return nil }
      return take(holds ? then : otherwise, of: call, &state, &changes)
    }
  }

  /// Whether the revision is as it was answered.
  private func fits(_ call: EtcdCall, _ isWrite: Bool, _ state: EtcdState) -> Bool {
    guard let told = call.answer?.revision else { return true }
    return told == state.revision + (isWrite ? 1 : 0)
  }

  private func holds(_ condition: EtcdCall.Condition, _ state: EtcdState) -> Bool {
    let entry = state.entries[Int(ranks[Int(condition.key)])]
    return condition.number == (condition.isVersion ? entry.version : entry.revision)
  }

  private func begin(_ state: inout EtcdState, _ changes: inout [EtcdState.Change]) {
    let place = asked.partitionPoint { $0 >= state.revision }
    state.beginRevision(isAskedFor: place < asked.count && asked[place] == state.revision, &changes)
  }

  private func take(
    _ steps: [EtcdCall.Step], of call: EtcdCall, _ state: inout EtcdState, _ changes: inout [EtcdState.Change]
  ) -> Bool? {
    var isWrite = false
    for step in steps {
      switch step {
      case .put(_, _, let lease):
        // etcd refuses all of it.
        if state.isRevoked(lease) { return nil }
        isWrite = true
      case .delete(let key): isWrite = isWrite || state.entries[Int(ranks[Int(key)])].value >= 0
      case .range: break
      }
    }
    guard fits(call, isWrite, state) else { return nil }
    let mark = changes.count
    if isWrite { begin(&state, &changes) }
    for (place, step) in steps.enumerated() where !take(step, call.answer?.results?[place], &state, &changes) {
      state.undo(&changes, to: mark)
      return nil
    }
    return isWrite
  }

  /// - Returns: whether the result fits.
  private func take(
    _ step: EtcdCall.Step, _ result: EtcdCall.Result?, _ state: inout EtcdState, _ changes: inout [EtcdState.Change]
  ) -> Bool {
    switch step {
    case .range(let range): return result.map { finds($0, range, state.entries) } ?? true
    case .put(let key, let value, let lease):
      let rank = Int(ranks[Int(key)])
      let entry = EtcdState.Entry(
        value: value, revision: state.revision, version: state.entries[rank].version + 1, lease: lease)
      state.set(rank, to: entry, &changes)
      return true
    case .delete(let key):
      let rank = Int(ranks[Int(key)])
      let isThere = state.entries[rank].value >= 0
      if isThere { state.set(rank, to: EtcdState.Entry(), &changes) }
      return result == nil || result == .deleted(isThere ? 1 : 0)
    }
  }

  /// The keys at a revision, or now if that is 0; `nil` if it is still to come.
  private func entries(at revision: Int64, of state: EtcdState) -> [EtcdState.Entry]? {
    if revision == 0 || revision == state.revision { return state.entries }
    let place = asked.partitionPoint { $0 >= revision }
    return revision < state.revision && state.past.indices.contains(place) ? state.past[place] : nil
  }

  /// The ranks of a range.
  private func ranks(of range: EtcdCall.KeyRange) -> Range<Int> {
    let first = Int(ranks[Int(range.start)])
    let end = range.end.map { $0 == endless ? sorted.count : Int(ranks[Int($0)]) } ?? first + 1
    return first..<max(first, end)
  }

  /// Whether a range finds this.
  private func finds(_ result: EtcdCall.Result, _ range: EtcdCall.KeyRange, _ entries: [EtcdState.Entry]) -> Bool {
    guard case .found(let found, let count) = result else { return false }
    var total = 0
    for rank in ranks(of: range) where entries[rank].value >= 0 {
      total += 1
      if range.limit > 0, total > range.limit { continue }
      guard total <= found.count else { return false }
      let (one, entry) = (found[total - 1], entries[rank])
      guard one.key == sorted[rank], one.value == entry.value, one.revision == 0 || one.revision == entry.revision,
        one.version == 0 || one.version == entry.version
      else { return false }
    }
    let isWhole = range.limit == 0 || total <= range.limit
    // Where the count is not told, it is 0.
    return found.count == (isWhole ? total : Int(range.limit)) && (count == total || count == 0)
  }
}

// What calls have to do with each other.
extension EtcdModel {
  private func bit(_ key: Int32) -> UInt64 { 1 << UInt64(key & 63) }

  /// The keys that a call names, one bit for each 64th.
  func touched(by call: EtcdCall) -> UInt64 {
    var bits: UInt64 = 0
    switch call.request {
    case .revoke, .range: break
    case .transaction(let conditions, _, _): for condition in conditions { bits |= bit(condition.key) }
    }
    for step in call.allSteps { bits |= touched(by: step) }
    return bits
  }

  private func touched(by step: EtcdCall.Step) -> UInt64 {
    switch step {
    case .put(let key, _, _), .delete(let key): bit(key)
    case .range(let range): ranks(of: range).reduce(0) { $0 | bit(sorted[$1]) }
    }
  }

  /// The keys that are to blame for an answer that does not fit this state; `nil` if that is not known.
  func misfit(of call: EtcdCall, _ state: EtcdState) -> UInt64? {
    guard case .range(let range, let revision) = call.request, range.limit == 0,
      let entries = entries(at: revision, of: state), case .found(let found, _)? = call.answer?.results?.first
    else { return nil }
    var bits: UInt64 = 0
    var next = 0
    for rank in ranks(of: range) {
      let one = next < found.count && found[next].key == sorted[rank] ? found[next] : nil
      next += one == nil ? 0 : 1
      let entry = entries[rank]
      let isSame = one.map { $0.value == entry.value && $0.revision == entry.revision } ?? (entry.value < 0)
      if !isSame || one?.version != nil && one?.version != entry.version { bits |= bit(sorted[rank]) }
    }
    return bits == 0 || next < found.count ? nil : bits
  }
}

// As clauses behind "it".
extension EtcdModel {
  func description(of operation: EtcdCall) -> String {
    let answer = operation.answer
    var clause: String
    switch operation.request {
    case .range(let range, let revision):
      clause = description(of: .range(range), answer?.results?[0])
      if revision != 0 { clause += " as of revision \(revision)" }
    case .revoke(let lease): clause = "revoked lease \(lease)"
    case .transaction(let conditions, let then, let otherwise):
      let isFailure = answer?.isFailure ?? false
      let steps = isFailure ? otherwise : then
      let deeds = steps.enumerated().map { description(of: $1, answer?.results?[$0]) }
      clause = Self.shortened(deeds.isEmpty ? ["did nothing"] : deeds)
      if !conditions.isEmpty {
        let all = conditions.map { "\(key($0.key)) in \($0.isVersion ? "version" : "revision") \($0.number)" }
        clause += isFailure ? ", not having found \(Self.shortened(all))" : ", having found \(Self.shortened(all))"
      }
    }
    return clause + (answer?.revision.map { " at revision \($0)" } ?? "")
  }

  private func description(of step: EtcdCall.Step, _ result: EtcdCall.Result?) -> String {
    switch step {
    case .put(let key, let value, _): return "put \(self.key(key)) = \(names.value(value))"
    case .delete(let key): return result == .deleted(0) ? "deleted no \(self.key(key))" : "deleted \(self.key(key))"
    case .range(let range):
      let keys = range.end.map { "keys from \(key(range.start)) to before \(key($0))" } ?? key(range.start)
      guard case .found(let found, _)? = result else { return "read \(keys)" }
      if found.isEmpty { return "read \(keys), and found nothing" }
      return "read " + Self.shortened(found.map { show($0.key, $0.value, $0.revision) })
    }
  }

  func description(of state: EtcdState) -> String {
    let held = state.entries.indices.filter { state.entries[$0].value >= 0 }
    return "etcd is at revision \(state.revision) and holds \(show(held, state))"
  }

  func description(of state: EtcdState, facing operation: EtcdCall) -> String {
    let bits = touched(by: operation)
    let held = state.entries.indices.filter { bits & bit(sorted[$0]) != 0 && state.entries[$0].value >= 0 }
    if bits == 0 { return "etcd is at revision \(state.revision)" }
    return "etcd is at revision \(state.revision) and holds \(show(held, state))\(held.isEmpty ? " of that" : "")"
  }

  private func show(_ ranks: [Int], _ state: EtcdState) -> String {
    let shown = ranks.map { show(sorted[$0], state.entries[$0].value, state.entries[$0].revision) }
    return shown.isEmpty ? "nothing" : Self.shortened(shown)
  }

  private func show(_ key: Int32, _ value: Int32, _ revision: Int64) -> String {
    "\(self.key(key)) = \(names.value(value))\(revision == 0 ? "" : " of revision \(revision)")"
  }

  private func key(_ number: Int32) -> String { keys.value(number) }

  private static func shortened(_ clauses: [String]) -> String {
    let shown = clauses.prefix(8).joined(separator: ", ")
    return clauses.count > 8 ? "\(shown) and \(clauses.count - 8) more" : shown
  }
}
