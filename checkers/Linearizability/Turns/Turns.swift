import Histories

/// Lets engines take turns over one key until one of them has decided it.
///
/// Each turn is as much work, whatever the engine, and each round's turns are larger than those of the round before. So the
/// whole costs a fixed multiple of what the engine costs that is soonest done with the key, which nobody knows before. Work
/// is counted and not timed, and all of it is done by one thread: the same key is always decided by the same engine.
///
/// The memory is that of all engines together. One that finds no room is given up; only the one that decides in the end
/// takes the room of others, of the largest first.
struct Turns<Rules: SlotRules> {
  private let part: Subhistory
  private let specification: SequentialSpecification
  private let budget: Budget
  /// Those that are not given up and have not ended without an answer, in their order; `nil` before their first turn.
  private var contenders: [(kind: ContenderKind, engine: (any Contender)?)]
  /// What those spent that are gone.
  private var spentBefore = 0

  init(_ part: Subhistory, _ specification: SequentialSpecification, _ kinds: [ContenderKind], within budget: Budget) {
    (self.part, self.specification, self.budget) = (part, specification, budget)
    contenders = kinds.map { ($0, nil) }
  }

  /// The work of a first turn: so much, and so much more for each operation.
  private static var firstWork: Int { 10_000 }
  private static var firstWorkPerOperation: Int { 150 }
  /// How much larger the next round's turns are.
  private static var growth: Int { 2 }

  /// Decides.
  ///
  /// - Returns: what was found out, and the configurations that all engines together looked at.
  mutating func decide(shouldStop: () -> Bool) -> (decision: Decision, expansions: Int) {
    var turn = Self.firstWork + Self.firstWorkPerOperation * part.operations.count
    while !contenders.isEmpty {
      var place = 0
      while place < contenders.count {
        let decision = takeTurn(place, upTo: turn, shouldStop)
        if decision.answer != nil { return (decision, expansions) }
        switch decision {
        case .unknown(.expansions):
          guard expansions < budget.expansions else { return (.unknown(.expansions(budget.expansions)), expansions) }
          place += 1
        case .unknown(.bytes): place = makeRoom(for: place)
        case .unknown: return (decision, expansions)
        case .linearizable, .notLinearizable, .notApplicable: giveUp(place)
        }
      }
      turn = turn.multipliedReportingOverflow(by: Self.growth).overflow ? turn : turn * Self.growth
    }
    return (.unknown(.bytes(budget.bytes)), expansions)
  }

  private var expansions: Int { contenders.reduce(spentBefore) { $0 + ($1.engine?.expansions ?? 0) } }

  /// Lets one of them go on, and prepares it if this is its first turn.
  private mutating func takeTurn(_ place: Int, upTo work: Int, _ shouldStop: () -> Bool) -> Decision {
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
    return engine.run(upTo: work, within: Budget(expansions: left, bytes: room), shouldStop: shouldStop)
  }

  private mutating func giveUp(_ place: Int) {
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

  private var isEndlessExact: Bool {
    contenders.contains { $0.kind == .endless && ($0.engine as? SlotContender<Rules>)?.isExact ?? false }
  }

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
      guard SlotWindows<Rules>.bytes(forOperations: part.operations.count) <= bytes else {
        return .refused(.unknown(.bytes(budget.bytes)))
      }
      return SlotWindows<Rules>(part, specification).map { .ready(WindowContender($0)) } ?? .refused(.notApplicable)
    case .search: return .ready(SearchContender(Search(Preparation(part, specification, shouldStop: shouldStop))))
    }
  }

  private func makeSlots(_ mode: SlotMode, within bytes: Int, _ shouldStop: () -> Bool) -> Made {
    switch part.prepareSlots(specification, within: bytes, Rules.self, shouldStop: shouldStop) {
    case .ready(let problem): .ready(SlotContender(problem, mode))
    case .refused(.bytes): .refused(.unknown(.bytes(budget.bytes)))
    case .refused(let limit): .refused(.unknown(limit))
    }
  }
}
