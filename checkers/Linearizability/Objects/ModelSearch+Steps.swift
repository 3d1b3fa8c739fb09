extension ModelSearch {
  /// Places an operation next. The state stays as it is.
  mutating func place(_ number: Int) {
    if number < problem.completedCount {
      byCall.remove(number)
      byReturn.remove(number)
      placedCompleted[number / 64] |= 1 << UInt64(number % 64)
      placedCompletedCount += 1
    } else {
      let unknown = number - problem.completedCount
      unknownByCall.remove(unknown)
      placedUnknown[unknown / 64] |= 1 << UInt64(unknown % 64)
    }
    trail.append(Int32(number))
  }

  /// Takes back the operations placed since the trail was `mark` long.
  mutating func undo(to mark: Int, _ stateBefore: Int32) {
    while trail.count > mark {
      let number = Int(trail.removeLast())
      if number < problem.completedCount {
        byReturn.restore(number)
        byCall.restore(number)
        placedCompleted[number / 64] &= ~(1 << UInt64(number % 64))
        placedCompletedCount -= 1
      } else {
        let unknown = number - problem.completedCount
        unknownByCall.restore(unknown)
        placedUnknown[unknown / 64] &= ~(1 << UInt64(unknown % 64))
      }
    }
    state = stateBefore
  }

  /// Places every operation that only looks, can come next and fits the state.
  mutating func absorb(_ shouldStop: () -> Bool) {
    var isStable = false
    while !isStable, !byReturn.isEmpty {
      isStable = true
      let earliestReturn = problem.ends[byReturn.first]
      var number = byCall.first
      while number != byCall.end, Rules.canComeNext(call: problem.calls[number], earliestReturn: earliestReturn) {
        if isOver(shouldStop) { return }
        let following = byCall.next(number)
        let entry = transition(state, problem.classes[number])
        let leavesState = entry.count == 1 && target(entry, 0) == state
        if entry.count > 0, Rules.absorbs(onlyLooks: entry.onlyLooks, leavesState: leavesState) {
          place(number)
          // The earliest return may be a later one now, so that more operations can come next.
          isStable = false
        }
        number = following
      }
    }
  }

  /// Collects the steps that can come next: first by completed operations, earliest return first, then by the others, as
  /// they were called.
  ///
  /// - Parameter unknown: the class of the operation of unknown result behind which they come, if what can change places
  ///   with it is left out; else −1.
  /// - Returns: the number of the first completed operation that cannot come next since it was called too late.
  mutating func collectCandidates(behind unknown: Int32, _ shouldStop: () -> Bool) -> Int {
    let earliestReturn = problem.ends[byReturn.first]
    collection &+= 1
    chosen.removeAll(keepingCapacity: true)
    var number = byCall.first
    while number != byCall.end, Rules.canComeNext(call: problem.calls[number], earliestReturn: earliestReturn) {
      choose(number)
      number = byCall.next(number)
    }
    let bound = number
    let ends = problem.ends
    chosen.sort { ends[Int($0)] < ends[Int($1)] }
    for number in chosen {
      if isOver(shouldStop) { return bound }
      addSteps(Int(number), behind: unknown)
    }
    number = unknownByCall.first
    while number != unknownByCall.end {
      let meant = number + problem.completedCount
      if isOver(shouldStop) { return bound }
      guard Rules.canComeNext(call: problem.calls[meant], earliestReturn: earliestReturn) else { break }
      let operation = Int(problem.classes[meant])
      if collections[operation] != collection || !Rules.standsForLater() {
        collections[operation] = collection
        addSteps(meant, behind: unknown)
      }
      number = unknownByCall.next(number)
    }
    return bound
  }

  /// Takes one of a class.
  private mutating func choose(_ number: Int) {
    let operation = Int(problem.classes[number])
    if collections[operation] == collection {
      let place = Int(chosenPlaces[operation])
      if Rules.comesFirst(end: problem.ends[number], otherEnd: problem.ends[Int(chosen[place])]) {
        chosen[place] = Int32(number)
      }
      return
    }
    (collections[operation], chosenPlaces[operation]) = (collection, Int32(chosen.count))
    chosen.append(Int32(number))
  }

  private mutating func addSteps(_ number: Int, behind unknown: Int32) {
    if unknown >= 0, canChangePlaces(number, with: unknown) { return }
    let entry = transition(state, problem.classes[number])
    for place in 0..<Int(entry.count) {
      candidates.append(Candidate(number: Int32(number), target: target(entry, place)))
    }
  }

  /// Whether the model says that an operation goes as well before one of unknown result, and it is to come before it.
  private func canChangePlaces(_ number: Int, with unknown: Int32) -> Bool {
    let operation = problem.classes[number]
    let isUnknown = number >= problem.completedCount
    if isUnknown, operation == unknown || Rules.isInOrder(first: unknown, second: operation) { return false }
    return model.commute(problem.operations[Int(unknown)], problem.operations[Int(operation)])
  }

  /// Leaves out the candidates that go as well before the operation of unknown result that was placed last, or without
  /// it. `before` is the state in which that was placed, and nothing was placed behind it.
  ///
  /// What goes without it leads to a configuration that has spent less. What goes before it leads to the same one: of two
  /// operations of unknown result the one of the smaller class comes first, any other goes before one of unknown result.
  /// Each change brings completed operations forward, or puts one more pair in order, so that every order has one
  /// like it from which nothing is left out.
  mutating func leaveOut(
    from first: Int, behind unknown: Int32, _ before: Int32, _ shouldStop: () -> Bool
  ) {
    var kept = first
    for place in first..<candidates.count {
      if isOver(shouldStop) { return }
      let candidate = candidates[place]
      if canLeaveOut(candidate, behind: unknown, before) { continue }
      candidates[kept] = candidate
      kept += 1
    }
    candidates.removeLast(candidates.count - kept)
  }

  private mutating func canLeaveOut(_ candidate: Candidate, behind unknown: Int32, _ before: Int32) -> Bool {
    let operation = problem.classes[Int(candidate.number)]
    let earlier = transition(before, operation)
    if leads(earlier, to: candidate.target) { return true }
    let isUnknown = Int(candidate.number) >= problem.completedCount
    if isUnknown, operation == unknown || Rules.isInOrder(first: unknown, second: operation) { return false }
    for place in 0..<Int(earlier.count) {
      let behind = transition(target(earlier, place), unknown)
      if leads(behind, to: candidate.target) { return true }
    }
    return false
  }

  /// Whether the operation that returns first can still follow, as far as the model knows.
  func mayGoOn() -> Bool {
    guard Model.knowsOutlook, asksOutlook else { return true }
    let first = byReturn.first
    var others: [Model.Operation] = []
    var number = byCall.first
    while number != byCall.end, problem.calls[number] < problem.ends[first] {
      if number != first { others.append(problem.operations[Int(problem.classes[number])]) }
      number = byCall.next(number)
    }
    number = unknownByCall.first
    while number != unknownByCall.end, problem.calls[problem.completedCount + number] < problem.ends[first] {
      others.append(problem.operations[Int(problem.classes[problem.completedCount + number])])
      number = unknownByCall.next(number)
    }
    return model.canFollow(problem.operations[Int(problem.classes[first])], from: states[Int(state)], after: others)
  }
}
