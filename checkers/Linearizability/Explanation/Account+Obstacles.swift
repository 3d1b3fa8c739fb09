import Histories

// What an operation needs that is not there, and whether another write could bring it.
extension Account {
  /// What stands against `operation` behind the longest order; `nil` if it is no value.
  func obstacle(against operation: Operation) -> Counterexample.Obstacle? {
    let wanted: ValueID
    switch (operation.function, operation.answer) {
    case (.get, _), (.compareAndSet, .mismatch): wanted = operation.seen
    case (.compareAndSet, .swapped): wanted = operation.argument
    default: return nil
    }
    let value = part.history.values[wanted]
    guard value != self.value else { return nil }
    let replay = Replay(part: part, specification: model.specification)
    let last = replay.lastPlace(of: wanted, along: prefix)
    let isInitial = last == nil && value == model.initial
    let ending = last.map { $0 + 1 } ?? (isInitial ? prefix.firstIndex { $0.function != .get } : nil)
    let used = usedWrite(of: wanted, before: operation)
    return Counterexample.Obstacle(
      wanted: value, end: ending.flatMap { prefix.indices.contains($0) ? prefix[$0] : nil }, usedWrite: used?.write,
      user: used?.user)
  }

  /// That the only write of a value was used up, as a clause that goes on; empty if it was not, or there are several.
  func use(of value: ValueID, before reader: Operation) -> String {
    guard let used = usedWrite(of: value, before: reader) else { return "" }
    return ", and only \(name(used.write)) writes it, which was used up by \(name(used.user))"
  }

  /// The only operation that leaves a value, if it might come so late that `reader` finds the value; and an operation that
  /// found the value before, and so has used that one write up.
  private func usedWrite(of value: ValueID, before reader: Operation) -> (write: Operation, user: Operation)? {
    guard part.history.values[value] != model.initial else { return nil }
    var writes: [Operation] = []
    var user: Operation?
    for operation in part.operations where operation.call < reader.end ?? .max {
      if operation.isAppend, operation.kind != .fail { return nil }
      if let meaning = model.specification.meaning(of: operation) {
        if meaning.effect == .set || meaning.effect == .swap, meaning.result == value { writes.append(operation) }
        let observes = !operation.isUnknown && (meaning.effect == .require || meaning.effect == .swap)
        if observes, meaning.operand == value, let end = operation.end, end < reader.call, end < user?.end ?? .max {
          user = operation
        }
      }
    }
    guard writes.count == 1, let write = writes.first, let user else { return nil }
    let mayBeLate = write.isUnknown || write.end ?? .max > reader.call
    return mayBeLate && write.call != reader.call ? (write, user) : nil
  }
}
