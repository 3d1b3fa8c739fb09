import Histories

/// Lets engines take turns over one key until one of them has decided it.
///
/// Each round's turns are larger than those of the round before. So the whole costs at most a fixed multiple of what the
/// engine costs that is soonest done with the key, which nobody knows before. Where many operations are open at once each
/// turn of a round is as much work, whatever the engine. Where few are, breadth first is nearly always soonest done or not
/// far from it, so that the others get less. Work is counted and not timed, and all of it is done by one thread: the same
/// key is always decided by the same engine.
///
/// The memory is that of all engines together. One that finds no room is given up; only the one that decides in the end
/// takes the room of others, of the largest first.
struct Turns {
  private let part: Subhistory
  private let specification: SequentialSpecification
  private let budget: Budget
  /// Those that are not given up and have not ended without an answer, in their order; `nil` before their first turn.
  private var contenders: [(kind: ContenderKind, engine: (any Contender)?)]
  /// What those spent that are gone.
  private var spentBefore = 0
  /// What `endless` found out about the key before it was gone.
  private var wasNarrow = false

  init(_ part: Subhistory, _ specification: SequentialSpecification, _ kinds: [ContenderKind], within budget: Budget) {
    (self.part, self.specification, self.budget) = (part, specification, budget)
    contenders = kinds.map { ($0, nil) }
  }

  /// What each may spend whatever the key.
  private static var workPerKey: Int { 10_000 }

  /// What an engine may spend for each operation in its first turn, where few operations are open at once and where many
  /// are. These were measured: the first turns let those decide that mostly do.
  private static func firstWork(of kind: ContenderKind, isNarrow: Bool) -> Int {
    switch kind {
    case .endless, .breadthFirst: isNarrow ? 800 : 100
    case .depthFirst: isNarrow ? 100 : 320
    case .windows: isNarrow ? 40 : 200
    case .search: isNarrow ? 50 : 200
    }
  }

  /// What it may spend for each operation in later rounds, times their scale, if that is more.
  private static func growingWork(of kind: ContenderKind, isNarrow: Bool) -> Int {
    guard isNarrow else { return 200 }
    return switch kind {
    case .endless, .breadthFirst: 800
    case .depthFirst, .windows, .search: 50
    }
  }

  /// The work at which this engine's turn ends, where each round's `scale` is twice that of the one before.
  private func turnEnd(of kind: ContenderKind, _ scale: Int) -> Int {
    let (growing, overflows) = Self.growingWork(of: kind, isNarrow: isNarrow).multipliedReportingOverflow(by: scale)
    let (first, count) = (Self.firstWork(of: kind, isNarrow: isNarrow), part.operations.count)
    let (work, overflowsToo) = (scale == 1 ? first : max(first, growing)).multipliedReportingOverflow(by: count)
    return overflows || overflowsToo ? .max : Self.workPerKey + min(work, .max - Self.workPerKey)
  }

  /// Whether the open operations are a bit each of one word: then breadth first is quick, and seldom misled.
  private var isNarrow: Bool { endless?.isNarrow ?? wasNarrow }

  private var endless: SlotContender? {
    contenders.lazy.compactMap { $0.engine as? SlotContender }.first { $0.mode == .endless }
  }

  /// Decides.
  ///
  /// - Returns: what was found out, and the configurations that all engines together looked at.
  mutating func decide(shouldStop: () -> Bool) -> (decision: Decision, expansions: Int) {
    var scale = 1
    while !contenders.isEmpty {
      var place = 0
      while place < contenders.count {
        let decision = takeTurn(place, scale, shouldStop)
        if decision.answer != nil { return (decision, expansions) }
        switch decision {
        case .unknown(.expansions):
          guard expansions < budget.expansions else { return (.unknown(.expansions(budget.expansions)), expansions) }
          place += 1
        case .unknown(.bytes): place = makeRoom(for: place)
        case .unknown: return (decision, expansions)
        case .linearizable, .notLinearizable, .notApplicable: end(place)
        }
      }
      scale = min(2 * scale, 1 << 40)
    }
    return (.unknown(.bytes(budget.bytes)), expansions)
  }

  private var expansions: Int { contenders.reduce(spentBefore) { $0 + ($1.engine?.expansions ?? 0) } }

  /// Lets one of them go on, and prepares it if this is its first turn.
  private mutating func takeTurn(_ place: Int, _ scale: Int, _ shouldStop: () -> Bool) -> Decision {
    let room = contenders.indices.reduce(budget.bytes) { left, other in
      other == place ? left : left - (contenders[other].engine?.bytes ?? 0)
    }
    if contenders[place].engine == nil {
      switch make(contenders[place].kind, within: room, shouldStop) {
      case .ready(let engine): contenders[place].engine = engine
      case .refused(let decision): return decision
      }
    }
    guard let engine = contenders[place].engine else { return .notApplicable }
    let left = budget.expansions - expansions + engine.expansions
    let work = turnEnd(of: contenders[place].kind, scale)
    return engine.run(upTo: work, within: Budget(expansions: left, bytes: room), shouldStop: shouldStop)
  }

  /// One has come to its end without an answer.
  private mutating func end(_ place: Int) {
    let kind = contenders[place].kind
    giveUp(place)
    guard kind == .endless, let windows = contenders.firstIndex(where: { $0.kind == .windows }) else { return }
    // A window without an order would have been one for it, too.
    giveUp(windows)
  }

  private mutating func giveUp(_ place: Int) {
    if contenders[place].kind == .endless { wasNarrow = isNarrow }
    spentBefore += contenders[place].engine?.expansions ?? 0
    contenders.remove(at: place)
  }

  /// Whether this engine decides whatever comes, given work and memory: a single one of them, so that it may have all.
  private func decides(_ place: Int) -> Bool {
    switch contenders[place].kind {
    case .breadthFirst: true
    case .endless: isEndlessExact
    case .depthFirst, .windows, .search: false
    }
  }

  private var isEndlessExact: Bool { endless?.isExact ?? false }

  /// Gives up an engine, so that the one at `place` can go on, or that one itself.
  ///
  /// - Returns: the place of the one that is next.
  private mutating func makeRoom(for place: Int) -> Int {
    let others = contenders.indices.filter { $0 != place && contenders[$0].engine?.bytes ?? 0 > 0 }
    let bytes = { [contenders] (place: Int) in contenders[place].engine?.bytes ?? 0 }
    guard decides(place), let largest = others.max(by: { bytes($0) < bytes($1) }) else {
      giveUp(place)
      return place
    }
    giveUp(largest)
    return largest < place ? place - 1 : place
  }
}

// MARK: Preparing

extension Turns {
  /// An engine before its first turn, or why there is none.
  private enum Made {
    case ready(any Contender)
    case refused(Decision)
  }

  private func make(_ kind: ContenderKind, within bytes: Int, _ shouldStop: () -> Bool) -> Made {
    switch kind {
    case .endless: return makeSlots(.endless, within: bytes, shouldStop)
    case .depthFirst: return makeSlots(.depthFirst, within: bytes, shouldStop)
    case .breadthFirst:
      // With nothing unknown the endless one has done the same.
      return isEndlessExact ? .refused(.notApplicable) : makeSlots(.breadthFirst, within: bytes, shouldStop)
    case .windows:
      guard SlotWindows<ProvenSlotRules>.bytes(forOperations: part.operations.count) <= bytes else {
        return .refused(.unknown(.bytes(budget.bytes)))
      }
      guard let windows = SlotWindows<ProvenSlotRules>(part, specification) else { return .refused(.notApplicable) }
      return .ready(WindowContender(windows))
    case .search: return .ready(SearchContender(Search(Preparation(part, specification, shouldStop: shouldStop))))
    }
  }

  private func makeSlots(_ mode: SlotMode, within bytes: Int, _ shouldStop: () -> Bool) -> Made {
    switch part.prepareSlots(specification, within: bytes, ProvenSlotRules.self, shouldStop: shouldStop) {
    case .ready(let problem): .ready(SlotContender(problem, mode))
    case .refused(.bytes): .refused(.unknown(.bytes(budget.bytes)))
    case .refused(let limit): .refused(.unknown(limit))
    }
  }
}
