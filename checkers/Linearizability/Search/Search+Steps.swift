extension Search {
  /// Places an operation next.
  mutating func place(_ number: Int) {
    let operation = operations[number]
    if number < completedCount {
      byCall.remove(number)
      byReturn.remove(number)
      placedCompleted[number / 64] |= 1 << UInt64(number % 64)
      placedCompletedCount += 1
    } else {
      let unknown = number - completedCount
      unknownByCall.remove(unknown)
      placedUnknown[unknown / 64] |= 1 << UInt64(unknown % 64)
    }
    count(operation, -1)
    trail.append(Int32(number))
    switch operation.effect {
    case .require, .forbid: break
    case .set, .swap: state = operation.result
    case .append: state = preparation.appended(operation.operand, to: state)
    }
  }

  /// Takes back the operations placed since the trail was `mark` long.
  mutating func undo(to mark: Int, _ stateBefore: StateID) {
    while trail.count > mark {
      let number = Int(trail.removeLast())
      if number < completedCount {
        byReturn.restore(number)
        byCall.restore(number)
        placedCompleted[number / 64] &= ~(1 << UInt64(number % 64))
        placedCompletedCount -= 1
      } else {
        let unknown = number - completedCount
        unknownByCall.restore(unknown)
        placedUnknown[unknown / 64] &= ~(1 << UInt64(unknown % 64))
      }
      count(operations[number], 1)
    }
    state = stateBefore
  }

  /// Adds an operation to the numbers of demands and producers left, or takes it out of them.
  mutating func count(_ operation: PreparedOperation, _ change: Int32) {
    let isDemand = operation.effect == .require || operation.effect == .swap
    if isDemand, !operation.isUnknown, operation.operand >= 0 {
      demands[Int(operation.operand)] += change
      demandCount += Int(change)
    }
    if operation.effect == .append {
      let suffix = Int(operation.operand)
      for place in preparation.endingStarts[suffix]..<preparation.endingStarts[suffix + 1] {
        producers[Int(preparation.endings[place])] += change
      }
    }
    guard operation.effect == .set || operation.effect == .swap, operation.result >= 0 else { return }
    producers[Int(operation.result)] += change
    if operation.effect == .set { rootCount += Int(change) }
  }

  /// Whether the step from the value `before` to the present one took away what can never come back although a
  /// completed operation still has to see it.
  func losesDemandedValue(_ before: StateID) -> Bool {
    if state == before { return false }
    if state == .unmentioned, rootCount == 0, demandCount > 0 { return true }
    return before >= 0 && Int(before) < demands.count && demands[Int(before)] > 0 && producers[Int(before)] == 0
  }

  /// Places every operation that changes nothing, can come next and fits the value.
  mutating func absorb() {
    var isStable = false
    while !isStable, !byReturn.isEmpty {
      isStable = true
      let earliestReturn = operations[byReturn.first].end
      var number = byCall.first
      while number != byCall.end, operations[number].call < earliestReturn {
        let operation = operations[number]
        let following = byCall.next(number)
        work += 1
        let fits =
          operation.effect == .require && operation.operand == state
          || operation.effect == .forbid && operation.operand != state
        if fits {
          place(number)
          // The earliest return may be a later one now, so that more operations can come next.
          isStable = false
        }
        number = following
      }
    }
  }

  /// Collects the writes that can come next: first the completed ones, earliest return first, then the others. Of those
  /// that do the same only the first, for they can take each other's place.
  ///
  /// - Returns: the number of the first completed operation that cannot come next since it was called too late.
  mutating func collectCandidates() -> Int {
    let first = candidates.count
    let earliestReturn = operations[byReturn.first].end
    var number = byCall.first
    while number != byCall.end, operations[number].call < earliestReturn {
      work += 1
      if isEnabled(operations[number]) { insertCandidate(number, from: first) }
      number = byCall.next(number)
    }
    let bound = number
    work += 4 * (candidates.count - first)
    dropTwins(from: first)
    number = unknownByCall.first
    while number != unknownByCall.end, operations[completedCount + number].call < earliestReturn {
      let operation = operations[completedCount + number]
      work += 1
      if isEnabled(operation), mayMatter(operation), !hasTwin(operation, from: first, upTo: candidates.count) {
        candidates.append(Int32(completedCount + number))
      }
      number = unknownByCall.next(number)
    }
    return bound
  }

  private func isEnabled(_ operation: PreparedOperation) -> Bool {
    switch operation.effect {
    case .require, .forbid: false
    case .set, .append: true
    case .swap: operation.operand == state
    }
  }

  /// Whether a write of unknown result changes what can be observed. Where nothing observes what a value is not, a value
  /// that nobody mentions is never of use, and writing the value that is there never is.
  private func mayMatter(_ operation: PreparedOperation) -> Bool {
    if operation.effect == .append { return state != .unmentioned || preparation.hasForbid }
    return operation.result != state && (operation.result != .unmentioned || preparation.hasForbid)
  }

  /// Inserts a candidate behind those that return earlier.
  private mutating func insertCandidate(_ number: Int, from first: Int) {
    candidates.append(Int32(number))
    var place = candidates.count - 1
    while place > first, operations[Int(candidates[place - 1])].end > operations[number].end {
      candidates.swapAt(place, place - 1)
      place -= 1
    }
  }

  private mutating func dropTwins(from first: Int) {
    var kept = first
    for place in first..<candidates.count {
      let candidate = candidates[place]
      if hasTwin(operations[Int(candidate)], from: first, upTo: kept) { continue }
      candidates[kept] = candidate
      kept += 1
    }
    candidates.removeLast(candidates.count - kept)
  }

  private func hasTwin(_ operation: PreparedOperation, from first: Int, upTo end: Int) -> Bool {
    for place in first..<end {
      let other = operations[Int(candidates[place])]
      if other.effect == operation.effect, other.operand == operation.operand, other.result == operation.result {
        return true
      }
    }
    return false
  }
}
