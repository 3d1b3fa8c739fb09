@testable import Linearizability

/// A call with its positions; the largest end stands for an unknown outcome.
protocol TimedCall: Hashable, Sendable {
  var call: Int32 { get }
  var end: Int32 { get }
}

extension CollectionCall: TimedCall {}
extension SetCall: TimedCall {}
extension IdentifierCall: TimedCall {}

/// An object by its sequential definition, and the trying of all orders.
struct SequentialObject<Call: TimedCall, State: Sendable>: Sendable {
  /// The state before all calls.
  let initial: State
  /// The states that a call can leave; none if it cannot have been answered in this way.
  let outcomes: @Sendable (Call, State) -> [State]

  /// Whether some order of the calls fits, those of unknown outcome with or without effect.
  func isLinearizable(_ calls: [Call]) -> Bool {
    isLinearizable(calls, done: 0, initial)
  }

  private func isLinearizable(_ calls: [Call], done: UInt64, _ state: State) -> Bool {
    var firstEnd = Int32.max
    for place in calls.indices where done >> place & 1 == 0 { firstEnd = min(firstEnd, calls[place].end) }
    if firstEnd == .max { return true }
    for place in calls.indices where done >> place & 1 == 0 && calls[place].call < firstEnd {
      for next in outcomes(calls[place], state)
      where isLinearizable(calls, done: done | 1 << place, next) {
        return true
      }
    }
    return false
  }

  /// Whether this order fits: all known calls once, others at most once, none before a call that ended before it.
  func replays(_ order: [Int32], of calls: [Call]) -> Bool {
    guard Set(order).count == order.count else { return false }
    let known = calls.indices.filter { calls[$0].end != .max }
    guard known.allSatisfy({ order.contains(Int32($0)) }) else { return false }
    var latestCall: Int32 = -1
    var states = [initial]
    for place in order {
      let call = calls[Int(place)]
      latestCall = max(latestCall, call.call)
      guard latestCall < call.end else { return false }
      states = states.flatMap { outcomes(call, $0) }
    }
    return !states.isEmpty
  }
}

/// The objects, as their definitions have them.
enum SequentialObjects {
  static let unorderedQueue = SequentialObject<CollectionCall, [Int32]>(initial: []) { call, state in
    switch call.kind {
    case .add: return [state + [call.value]]
    case .sawEmpty where call.end != .max: return state.isEmpty ? [state] : []
    case .take where call.end != .max: return without(state) { $0 == call.value }
    case .take, .sawEmpty: return without(state) { _ in true }
    }
  }

  static let fifoQueue = SequentialObject<CollectionCall, [Int32]>(initial: []) { call, state in
    switch call.kind {
    case .add: return [state + [call.value]]
    case .sawEmpty where call.end != .max: return state.isEmpty ? [state] : []
    case .take where call.end != .max: return state.first == call.value ? [Array(state.dropFirst())] : []
    case .take, .sawEmpty: return [Array(state.dropFirst())]
    }
  }

  static let stack = SequentialObject<CollectionCall, [Int32]>(initial: []) { call, state in
    switch call.kind {
    case .add: return [state + [call.value]]
    case .sawEmpty where call.end != .max: return state.isEmpty ? [state] : []
    case .take where call.end != .max: return state.last == call.value ? [Array(state.dropLast())] : []
    case .take, .sawEmpty: return [Array(state.dropLast())]
    }
  }

  static func growOnlySet(_ elements: [Int32]) -> SequentialObject<SetCall, Set<Int32>> {
    SequentialObject(initial: []) { call, state in
      switch call.kind {
      case .add: return [state.union([call.value])]
      case .remove: return [state.subtracting([call.value])]
      case _ where call.end == .max: return [state]
      case .sawPresent: return state.contains(call.value) ? [state] : []
      case .sawAbsent: return state.contains(call.value) ? [] : [state]
      case .read:
        let seen = elements[Int(call.value)..<Int(call.value + call.count)]
        return Set(seen) == state ? [state] : []
      }
    }
  }

  static let uniqueIDs = SequentialObject<IdentifierCall, Set<Int32>>(initial: []) { call, state in
    if call.end == .max { return [state] }
    return state.contains(call.value) ? [] : [state.union([call.value])]
  }

  private static func without(_ state: [Int32], _ isTaken: (Int32) -> Bool) -> [[Int32]] {
    state.indices.filter { isTaken(state[$0]) }.map { place in
      var rest = state
      rest.remove(at: place)
      return rest
    }
  }
}
