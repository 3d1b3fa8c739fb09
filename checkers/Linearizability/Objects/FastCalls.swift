import Determinism
import Histories

/// The calls of a part, as the exact ways of its object take them: by numbers of values, for there may be a million.
struct FastCalls {
  private let part: Subhistory
  private let model: ModelName
  private var collection: [CollectionCall] = []
  private var set: [SetCall] = []
  private var elements: [Int32] = []
  private var identities: [IdentifierCall] = []
  private var etcd: EtcdRevisions?
  /// Where each call stands among the operations of the part.
  private var offsets: [Int32] = []
  /// The part's own numbers, where the history has many more values than the part; else the history's count.
  private var numbers: LookupTable<UInt32, Int32>?
  private var valueCount: Int

  /// The memory that the calls of so many operations take with all that is found out of them, in bytes, about.
  static func bytes(forOperations count: Int, _ model: ModelName) -> Int { (model == .etcd ? 768 : 128) * count }

  /// - Parameter position: what the clients knew before the event there; later calls never were, and what was open then is
  ///   of unknown outcome.
  /// - Returns: `nil` if there is no such way for this object, or some value is none that it knows.
  init?(_ part: Subhistory, _ model: Model, before position: Int = .max) {
    guard model.initial == nil else { return nil }
    (self.part, self.model) = (part, model.name)
    valueCount = part.history.values.count + 1
    if model.name == .etcd {
      etcd = EtcdRevisions(part, before: position)
      guard let etcd else { return nil }
      offsets = etcd.offsets
      return
    }
    if valueCount > 4 * part.operations.count { (numbers, valueCount) = (LookupTable(), 0) }
    for (offset, operation) in part.operations.enumerated()
    where operation.kind != .fail && operation.call < position {
      let end = operation.isUnknown ? Int.max : operation.end ?? .max
      let isRead =
        switch model.name {
        case .set: addSet(operation, end < position ? Int32(end) : .max)
        case .uniqueIDs: addIdentity(operation, end < position ? Int32(end) : .max)
        case .unorderedQueue, .fifoQueue, .stack: addCollection(operation, end < position ? Int32(end) : .max)
        default: Optional<Bool>.none
        }
      guard let isRead else { return nil }
      if isRead { offsets.append(Int32(offset)) }
    }
  }

  /// The same calls at an earlier time; `nil` if something is not known here.
  func cut(before position: Int) -> FastCalls? {
    guard let etcd else { return FastCalls(part, Model(model), before: position) }
    guard let earlier = etcd.cut(before: position) else { return nil }
    var cut = self
    (cut.etcd, cut.offsets) = (earlier, earlier.offsets)
    return cut
  }

  /// The number of a value; `nil` stands for one that the history has nowhere else.
  private mutating func number(of id: ValueID?) -> Int32 {
    let raw = id?.rawValue ?? UInt32(part.history.values.count)
    guard numbers != nil else { return Int32(raw) }
    if let known = numbers?[raw] { return known }
    numbers?[raw] = Int32(valueCount)
    valueCount += 1
    return Int32(valueCount - 1)
  }

  /// - Returns: whether it matters; `nil` if it is not known here.
  private mutating func addCollection(_ operation: Operation, _ end: Int32) -> Bool? {
    let call = Int32(operation.call)
    switch operation.function {
    case .object(.enqueue), .object(.push):
      guard operation.argument != .absent else { return nil }
      collection.append(CollectionCall(call: call, end: end, kind: .add, value: number(of: operation.argument)))
    case .object(.dequeue), .object(.pop):
      let seen = end == .max ? ValueID.absent : operation.seen
      let kind: CollectionCall.Kind = seen == .absent && end != .max ? .sawEmpty : .take
      collection.append(CollectionCall(call: call, end: end, kind: kind, value: number(of: seen)))
    default: return nil
    }
    return true
  }

  private mutating func addIdentity(_ operation: Operation, _ end: Int32) -> Bool? {
    if end == .max || operation.seen == .absent { return false }
    let value = number(of: operation.seen)
    identities.append(IdentifierCall(call: Int32(operation.call), end: end, value: value))
    return true
  }

  private mutating func addSet(_ operation: Operation, _ end: Int32) -> Bool? {
    let (call, element) = (Int32(operation.call), number(of: operation.argument))
    switch operation.function {
    case .object(.add): set.append(SetCall(call: call, end: end, kind: .add, value: element))
    case .object(.contains):
      if end == .max { return false }
      guard case .bool(let isThere) = part.history.plainValue(operation.seen) else { return nil }
      set.append(SetCall(call: call, end: end, kind: isThere ? .sawPresent : .sawAbsent, value: element))
    case .get:
      if end == .max || operation.seen == .absent { return false }
      guard let members = ObjectReader.members(part.history.plainValue(operation.seen)) else { return nil }
      let first = elements.count
      for member in members {
        // What nobody added has a number of its own, which breaks a rule.
        elements.append(number(of: part.history.id(of: member)))
      }
      let count = Int32(elements.count - first)
      set.append(SetCall(call: call, end: end, kind: .read, value: Int32(first), count: count))
    default: return nil
    }
    return true
  }

  /// What the exact way says, by offsets among the operations of the part.
  func decide(shouldStop: () -> Bool) -> FastDecision {
    let found: FastDecision =
      switch model {
      case .set: FastObjects.growOnlySet(set, elements: elements)
      case .uniqueIDs: FastObjects.uniqueIDs(identities)
      case .unorderedQueue: FastObjects.unorderedQueue(collection)
      case .fifoQueue: FastObjects.fifoQueue(collection)
      case .stack: FastObjects.stack(collection)
      case .etcd: etcd?.decide(shouldStop: shouldStop) ?? .notApplicable
      default: .notApplicable
      }
    switch found {
    case .linearizable(let order):
      return confirms(order) ? .linearizable(order.map { offsets[Int($0)] }) : .notApplicable
    case .notLinearizable(let violation):
      return .notLinearizable(FastViolation(violation.rule, violation.calls.map { offsets[Int($0)] }))
    case .notApplicable: return .notApplicable
    }
  }
}

// MARK: Replay

extension FastCalls {
  /// Whether the calls, in this order, respect real time and explain every answer, and none that ended is missing. It
  /// believes nothing of the way by which the order was found.
  private func confirms(_ order: [Int32]) -> Bool {
    var isPlaced = [Bool](repeating: false, count: offsets.count)
    var latestCall: Int32 = -1
    for place in order {
      let (call, end) = interval(Int(place))
      guard !isPlaced[Int(place)], end > latestCall else { return false }
      isPlaced[Int(place)] = true
      latestCall = max(latestCall, call)
    }
    guard offsets.indices.allSatisfy({ isPlaced[$0] || interval($0).end == .max }) else { return false }
    switch model {
    case .set: return confirmsSet(order)
    case .uniqueIDs: return confirmsIdentities(order)
    case .etcd: return etcd?.confirms(order) ?? false
    default: return confirmsCollection(order)
    }
  }

  private func interval(_ place: Int) -> (call: Int32, end: Int32) {
    if let call = etcd?.calls[place] { return (Int32(call.call), Int32(call.end ?? Int(Int32.max))) }
    return switch model {
    case .set: (set[place].call, set[place].end)
    case .uniqueIDs: (identities[place].call, identities[place].end)
    default: (collection[place].call, collection[place].end)
    }
  }

  private func confirmsIdentities(_ order: [Int32]) -> Bool {
    var isGiven = [Bool](repeating: false, count: valueCount)
    for place in order {
      let value = Int(identities[Int(place)].value)
      guard !isGiven[value] else { return false }
      isGiven[value] = true
    }
    return true
  }

  private func confirmsSet(_ order: [Int32]) -> Bool {
    var isThere = [Bool](repeating: false, count: valueCount)
    // By element: the last read, by its number, that counted it.
    var counted = [Int](repeating: -1, count: isThere.count)
    var size = 0
    for (number, place) in order.enumerated() {
      let call = set[Int(place)]
      let value = Int(call.value)
      switch call.kind {
      case .add:
        if !isThere[value] { size += 1 }
        isThere[value] = true
      case .sawPresent: if !isThere[value] { return false }
      case .sawAbsent: if isThere[value] { return false }
      case .remove: return false
      case .read:
        var found = 0
        for element in elements[value..<value + Int(call.count)] where counted[Int(element)] != number {
          guard isThere[Int(element)] else { return false }
          counted[Int(element)] = number
          found += 1
        }
        guard found == size else { return false }
      }
    }
    return true
  }

  private func confirmsCollection(_ order: [Int32]) -> Bool {
    // A stack takes from the end, a queue from the front, and where there is no order each value counts.
    var held: [Int32] = []
    var front = 0
    var counts = [Int32](repeating: 0, count: valueCount)
    var size = 0
    for place in order {
      let call = collection[Int(place)]
      switch call.kind {
      case .add:
        held.append(call.value)
        counts[Int(call.value)] += 1
        size += 1
      case .sawEmpty: if size > 0 { return false }
      case .take:
        guard size > 0 else { return false }
        var value = call.value
        switch model {
        case .fifoQueue: (value, front) = (held[front], front + 1)
        case .stack: value = held.removeLast()
        default: break
        }
        guard value == call.value || call.end == .max, counts[Int(value)] > 0 else { return false }
        counts[Int(value)] -= 1
        size -= 1
      }
    }
    return true
  }
}
