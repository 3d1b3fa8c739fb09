import Determinism
import Histories

/// Calls of etcd, to be walked through by their revisions.
struct EtcdRevisions {
  private let model: EtcdModel
  /// The calls, and their places among the operations of the part.
  let calls: [ModelCall<EtcdCall>]
  let offsets: [Int32]
  private var revisions: [RevisionCall] = []

  /// So many entries may be kept of revisions that are over.
  private static let pastLimit = 1 << 20

  /// - Parameter position: what the clients knew before the event there; later calls never were, and what was open then is
  ///   of unknown outcome.
  /// - Returns: `nil` if something is no call of etcd, or some answer does not tell its revision.
  init?(_ part: Subhistory, before position: Int) {
    guard let decoded = try? EtcdModel.decode(part, .absent),
      decoded.model.asked.count * decoded.model.keys.count <= Self.pastLimit
    else { return nil }
    self.init(decoded.model, decoded.calls, decoded.offsets, before: position)
  }

  private init?(_ model: EtcdModel, _ all: [ModelCall<EtcdCall>], _ allOffsets: [Int32], before position: Int) {
    self.model = model
    var (calls, offsets): ([ModelCall<EtcdCall>], [Int32]) = ([], [])
    for (place, call) in all.enumerated() where call.call < position {
      let isOpen = call.end.map { $0 >= position } ?? true
      if isOpen, call.operation.onlyLooks { continue }
      let meant = isOpen ? model.forgettingAnswer(of: call.operation) : call.operation
      calls.append(ModelCall(call: call.call, end: isOpen ? nil : call.end, meant))
      offsets.append(allOffsets[place])
    }
    (self.calls, self.offsets) = (calls, offsets)
    guard addRevisions() else { return nil }
  }

  /// The same at an earlier time.
  func cut(before position: Int) -> EtcdRevisions? { EtcdRevisions(model, calls, offsets, before: position) }

  /// - Returns: whether every answer tells its revision.
  private mutating func addRevisions() -> Bool {
    var effects = LookupTable<EtcdCall.Request, Int32>()
    for call in calls {
      let request = call.operation.request
      guard let end = call.end, let answer = call.operation.answer else {
        if effects[request] == nil { effects[request] = Int32(effects.count) }
        revisions.append(
          RevisionCall(
            call: Int32(call.call), end: .max, revision: nil, isWrite: true, effect: effects[request] ?? 0))
        continue
      }
      guard let revision = answer.revision else { return false }
      let isWrite = call.operation.hasWritten
      revisions.append(
        RevisionCall(
          call: Int32(call.call), end: Int32(end), revision: revision, isWrite: isWrite ?? false,
          mayWrite: isWrite == nil))
    }
    return true
  }

  /// What the walk says, where no answer contradicts a write that is known.
  func decide(shouldStop: () -> Bool) -> FastDecision {
    if let violation = EtcdContradictions(calls).first { return .notLinearizable(violation) }
    var contents = EtcdContents(model, calls)
    return FastObjects.revisions(revisions, initial: 1, store: &contents, shouldStop: shouldStop)
  }

  /// Whether every call fits in this order.
  func confirms(_ order: [Int32]) -> Bool {
    var state = model.initial
    var changes: [EtcdState.Change] = []
    return order.allSatisfy { place in
      defer { changes.removeAll(keepingCapacity: true) }
      return model.apply(calls[Int(place)].operation, to: &state, &changes) != nil
    }
  }
}

extension EtcdCall {
  /// Whether it changed some key, as far as its answer says.
  var hasWritten: Bool? {
    guard let answer else { return nil }
    switch request {
    case .range: return false
    case .revoke: return nil
    case .transaction(let conditions, let then, let otherwise):
      // Without its results nobody knows which way it went.
      guard let results = answer.results else {
        let isPut = then.contains { if case .put = $0 { true } else { false } }
        return conditions.isEmpty && isPut ? true : nil
      }
      for (step, result) in zip(answer.isFailure ? otherwise : then, results) {
        switch (step, result) {
        case (.put, _): return true
        case (.delete, .deleted(let count)) where count > 0: return true
        default: break
        }
      }
      return false
    }
  }
}

/// The keys while they are walked through.
private struct EtcdContents: RevisionedStore {
  private let model: EtcdModel
  private let calls: [ModelCall<EtcdCall>]
  private var state: EtcdState
  private var changes: [EtcdState.Change] = []
  private var seen = LookupTable<Int64, RevisionEvidence>()
  /// By call: the keys that it may see or change.
  private var touched: [UInt64]

  init(_ model: EtcdModel, _ calls: [ModelCall<EtcdCall>]) {
    (self.model, self.calls) = (model, calls)
    state = model.initial
    touched = calls.map { model.touched(by: $0.operation) }
    touchRevoked()
    // By key and value: those that may have put it there.
    var numbers = LookupTable<UInt64, Int>()
    var writers: [[Int32]] = []
    for (place, call) in calls.enumerated() where call.operation.hasWritten == nil {
      for case .put(let key, let value, _) in call.operation.allSteps {
        let entry = Self.entry(key, value)
        let number = numbers[entry] ?? writers.count
        if number == writers.count {
          numbers[entry] = number
          writers.append([])
        }
        if writers[number].last != Int32(place) { writers[number].append(Int32(place)) }
      }
    }
    for (place, call) in calls.enumerated() {
      for case .found(let found, _) in call.operation.answer?.results ?? [] {
        for one in found where one.revision > 1 && seen[one.revision] == nil {
          let number = numbers[Self.entry(one.key, one.value)]
          seen[one.revision] = RevisionEvidence(
            observer: Int32(place), writers: number.map { writers[$0] } ?? [])
        }
      }
    }
  }

  /// To revoke a lease changes the keys that are put under it.
  private mutating func touchRevoked() {
    var leases = LookupTable<Int64, UInt64>()
    for (call, bits) in zip(calls, touched) {
      for case .put(_, _, let lease) in call.operation.allSteps where lease != 0 {
        leases[lease] = (leases[lease] ?? 0) | bits
      }
    }
    for (place, call) in calls.enumerated() {
      if case .revoke(let lease) = call.operation.request { touched[place] = leases[lease] ?? 0 }
    }
  }

  private static func entry(_ key: Int32, _ value: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: key)) << 32 | UInt64(UInt32(bitPattern: value))
  }

  mutating func write(_ place: Int32, revision: Int64) -> Bool {
    let mark = changes.count
    if model.apply(calls[Int(place)].operation, to: &state, &changes) == true { return true }
    state.undo(&changes, to: mark)
    return false
  }

  func answers(_ place: Int32, revision: Int64) -> Bool {
    var (state, changes) = (state, [EtcdState.Change]())
    return model.apply(calls[Int(place)].operation, to: &state, &changes) == false
  }

  var mark: Int { changes.count }

  mutating func undo(to mark: Int) { state.undo(&changes, to: mark) }

  func touched(by place: Int32) -> UInt64 { touched[Int(place)] }

  func misfit(of place: Int32) -> UInt64 { model.misfit(of: calls[Int(place)].operation, state) ?? touched(by: place) }

  func evidence(for revision: Int64) -> RevisionEvidence? { seen[revision] }
}
