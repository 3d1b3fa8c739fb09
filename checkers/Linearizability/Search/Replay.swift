import Histories

/// Goes through an order of operations and believes nothing of it: neither what an engine says, nor how it prepared
/// the operations.
struct Replay {
  let part: Subhistory
  let specification: SequentialSpecification

  /// How many operations are replayed between two questions whether to stop.
  private static let pollInterval = 1 << 16

  /// The value that `order` leaves, with `nil` for an absent one; `nil` if an answer does not fit or an operation stands
  /// behind one that was called only after it had returned.
  func value(after order: [Operation]) -> [UInt8]?? {
    var cell = ReplayedCell(specification.initial, part.history.values)
    var latestCall = -1
    for operation in order {
      if !operation.isUnknown, let end = operation.end, end < latestCall { return nil }
      latestCall = max(latestCall, operation.call)
      guard cell.step(operation) else { return nil }
    }
    return .some(cell.value)
  }

  /// The place of the last operation of `order`, which is possible, that leaves this value; `nil` if none does.
  func lastPlace(of value: ValueID, along order: [Operation]) -> Int? {
    var cell = ReplayedCell(specification.initial, part.history.values)
    var last: Int?
    for (place, operation) in order.enumerated() {
      _ = cell.step(operation)
      if cell.holds(value) { last = place }
    }
    return last
  }

  /// Whether `order` is possible and holds every operation known to have taken effect, each once, and none that did not.
  func confirms(_ order: [Operation]) -> Bool {
    let calls = part.operations.map(\.call)
    let offsets = order.map { operation in Int32(calls.partitionPoint { $0 >= operation.call }) }
    guard offsets.allSatisfy({ Int($0) < calls.count }) else { return false }
    return zip(order, offsets).allSatisfy { $0 == part.operations[Int($1)] } && confirms(offsets)
  }

  /// The same of an order of offsets.
  ///
  /// - Parameter shouldStop: asked now and then; `true` ends it as not confirmed.
  /// - Complexity: O(n), strings aside.
  func confirms(_ order: [Int32], shouldStop: () -> Bool = { false }) -> Bool {
    var isPlaced = [Bool](repeating: false, count: part.operations.count)
    var cell = ReplayedCell(specification.initial, part.history.values)
    var latestCall = -1
    for (number, offset) in order.enumerated() {
      if number % Self.pollInterval == Self.pollInterval - 1, shouldStop() { return false }
      let operation = part.operations[Int(offset)]
      guard operation.kind != .fail, !isPlaced[Int(offset)] else { return false }
      if !operation.isUnknown, let end = operation.end, end < latestCall { return false }
      latestCall = max(latestCall, operation.call)
      guard cell.step(operation) else { return false }
      isPlaced[Int(offset)] = true
    }
    return part.operations.indices.allSatisfy { isPlaced[$0] || part.operations[$0].kind != .ok }
  }

  /// The step from `state` by one operation.
  func step(from state: [UInt8]?, by operation: Operation) -> SequentialSpecification.Step {
    var answer: Answer?
    if case .ok(let given) = part.history.outcome(of: operation) { answer = given }
    // An operation cut off at the end of what is known keeps its place in the history, but not its answer.
    if operation.isUnknown { answer = nil }
    return specification.step(from: state, by: part.history.action(of: operation), answering: answer)
  }
}

/// The cell of a replay: what `SequentialSpecification` says, by numbers of values, for there may be millions of steps.
private struct ReplayedCell {
  private let values: ValueTable
  /// The value; `nil` if it is the string `bytes`, which may have no number.
  private var id: ValueID?
  private var bytes: [UInt8] = []

  init(_ initial: [UInt8]?, _ values: ValueTable) {
    self.values = values
    id = values.find(initial)
    if id == nil { bytes = initial ?? [] }
  }

  /// Takes the step; returns whether the answer fits.
  @inline(__always)
  mutating func step(_ operation: Operation) -> Bool {
    switch operation.function {
    case .get: return operation.isUnknown || holds(operation.seen)
    case .put: id = operation.argument
    case .delete: id = .absent
    case .append:
      if let id { bytes = values[id] ?? [] }
      id = nil
      bytes += values[operation.argument] ?? []
    case .compareAndSet: return compareAndSet(operation)
    case .object(let function): return move(function == .acquire, operation)
    }
    return true
  }

  /// A lock changes hands.
  private mutating func move(_ isTaken: Bool, _ operation: Operation) -> Bool {
    guard holds(isTaken ? .absent : operation.argument) else { return operation.isUnknown }
    id = isTaken ? operation.argument : .absent
    return true
  }

  private mutating func compareAndSet(_ operation: Operation) -> Bool {
    let isExpected = holds(operation.argument)
    let fits =
      switch operation.answer {
      case .mismatch: !isExpected && holds(operation.seen)
      case .unseenMismatch: !isExpected
      case .swapped: isExpected
      case .none, .value, .done: true
      }
    if isExpected { id = operation.replacement }
    return fits
  }

  /// Whether this is the value.
  func holds(_ value: ValueID) -> Bool {
    if let id { return id == value }
    return value != .absent && values.byteCount(of: value) == bytes.count && values.isBeginning(value, of: bytes)
  }

  /// The value; `nil` is absent.
  var value: [UInt8]? { id.map { values[$0] } ?? bytes }
}
