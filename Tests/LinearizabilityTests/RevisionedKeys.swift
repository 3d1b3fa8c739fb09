@testable import Linearizability

/// A call of a small store that counts its writes, with its answer.
struct KeyCall: TimedCall {
  enum Function: Hashable { case put, delete, swap, read }

  let call: Int32
  let end: Int32
  let function: Function
  let key: Int
  /// What is put, and the value that a swap replaces; 0 is absence.
  var value: Int32 = 0
  var expected: Int32 = 0
  /// The answers: the revision, whether something was written, and, of a read, the value with its revision.
  var revision: Int64 = 0
  var hasWritten = false
  /// Whether the answer leaves that open.
  var hidesWrite = false
  var seen: Int32 = 0
  var seenRevision: Int64 = 0

  /// What it does by itself, whatever it was answered; `nil` if it writes nothing in this state.
  func written(to value: Int32) -> Int32? {
    switch function {
    case .put: return self.value
    case .delete: return value == 0 ? nil : 0
    case .swap: return value == expected ? self.value : nil
    case .read: return nil
    }
  }

  var abstract: RevisionCall {
    let code = Int32([Function.put: 0, .delete: 1, .swap: 2, .read: 3][function] ?? 0)
    let effect = ((code * 4 + Int32(key)) * 4 + value) * 4 + expected
    let isUnknown = end == .max
    let isWrite = isUnknown ? function != .read : hasWritten
    return RevisionCall(
      call: call, end: end, revision: isUnknown ? nil : revision, isWrite: isWrite && !hidesWrite,
      mayWrite: hidesWrite && !isUnknown, effect: effect)
  }
}

extension SequentialObjects {
  struct Entry: Hashable {
    var value: Int32 = 0
    var revision: Int64 = 0
  }

  struct KeyState: Hashable {
    var revision: Int64 = 1
    var entries = Array(repeating: Entry(), count: 3)
  }

  static let revisionedKeys = SequentialObject<KeyCall, KeyState>(initial: KeyState()) { call, state in
    var next = state
    let written = call.written(to: state.entries[call.key].value)
    if let written {
      next.revision += 1
      next.entries[call.key] = Entry(value: written, revision: written == 0 ? 0 : next.revision)
    }
    guard call.end != .max else { return [next] }
    guard call.revision == next.revision, call.hidesWrite || call.hasWritten == (written != nil) else { return [] }
    let entry = Entry(value: call.seen, revision: call.seenRevision)
    return call.function != .read || state.entries[call.key] == entry ? [next] : []
  }
}

/// The contents of the small store, to be walked through.
struct RevisionedKeys: RevisionedStore {
  let calls: [KeyCall]
  private var entries = Array(repeating: SequentialObjects.Entry(), count: 3)
  private var undone: [(key: Int, entry: SequentialObjects.Entry)] = []
  private var evidence: [Int64: RevisionEvidence] = [:]

  init(_ calls: [KeyCall], hasEvidence: Bool = true) {
    self.calls = calls
    guard hasEvidence else { return }
    for (place, read) in calls.enumerated() where read.function == .read && read.end != .max && read.seen != 0 {
      let writers = calls.indices.filter { place in
        let call = calls[place]
        let isWriter = call.function == .put || call.function == .swap
        let mayWrite = call.end == .max || call.hidesWrite
        return isWriter && mayWrite && call.key == read.key && call.value == read.seen
      }
      evidence[read.seenRevision] = RevisionEvidence(observer: Int32(place), writers: writers.map { Int32($0) })
    }
  }

  mutating func write(_ place: Int32, revision: Int64) -> Bool {
    let call = calls[Int(place)]
    let entry = entries[call.key]
    guard let written = call.written(to: entry.value) else { return false }
    undone.append((call.key, entry))
    entries[call.key] = SequentialObjects.Entry(value: written, revision: written == 0 ? 0 : revision)
    return true
  }

  func answers(_ place: Int32, revision: Int64) -> Bool {
    let call = calls[Int(place)]
    let entry = entries[call.key]
    if call.function == .read { return call.seen == entry.value && call.seenRevision == entry.revision }
    return call.written(to: entry.value) == nil
  }

  var mark: Int { undone.count }

  mutating func undo(to mark: Int) {
    while undone.count > mark {
      let last = undone.removeLast()
      entries[last.key] = last.entry
    }
  }

  func touched(by place: Int32) -> UInt64 { 1 << UInt64(calls[Int(place)].key) }

  func misfit(of place: Int32) -> UInt64 { touched(by: place) }

  func evidence(for revision: Int64) -> RevisionEvidence? { evidence[revision] }
}

extension RandomObjects {
  /// Calls of the small store.
  mutating func revisions(upTo limit: Int = 7) -> [KeyCall] {
    let count = 1 + below(limit)
    var intervals = intervals(count)
    swapEnds(&intervals)
    let keys = 1 + below(3)
    let values = 1 + below(3)
    let chanceOfUnknown = 1 + below(5)
    var state = SequentialObjects.revisionedKeys.initial
    return (0..<count).map { number in
      let function: KeyCall.Function = [.put, .put, .delete, .swap, .read, .read, .read][below(7)]
      let isUnknown = below(10) < chanceOfUnknown && function != .read
      var call = KeyCall(
        call: intervals[number].call, end: isUnknown ? .max : intervals[number].end, function: function,
        key: below(keys), value: Int32(1 + below(values)), expected: Int32(below(values + 1)))
      let entry = state.entries[call.key]
      (call.seen, call.seenRevision) = (entry.value, entry.revision)
      if !isUnknown || below(2) == 0, let written = call.written(to: entry.value) {
        state.revision += 1
        state.entries[call.key] = .init(value: written, revision: written == 0 ? 0 : state.revision)
        call.hasWritten = true
      }
      call.revision = state.revision
      call.hidesWrite = !isUnknown && (function == .delete || function == .swap) && below(3) == 0
      switch below(40) {
      case 0: call.revision += Int64(below(3) - 1)
      case 1: call.seen = Int32(below(values + 1))
      case 2: call.seenRevision += Int64(below(3) - 1)
      case 3: if function != .read && function != .put { call.hasWritten.toggle() }
      default: break
      }
      return call
    }
  }
}
