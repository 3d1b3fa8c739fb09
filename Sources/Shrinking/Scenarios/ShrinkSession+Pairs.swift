import Determinism
import Scenarios

// Two things at once: where each of them alone cannot be left out.
extension ShrinkSession {
  /// Puts one fault in the place of two: one of them that lasts as long as both do, or a node that is cut off or down.
  mutating func joinFaults() {
    pass = "joining faults"
    guard best.scenario.faults.count <= Self.fewThings else { return }
    while !isOver {
      let scenario = best.scenario
      let places = scenario.faults.indices
      let pairs = places.flatMap { kept in places.filter { $0 != kept }.map { (kept, $0) } }
      let ways = scenario.waysToJoinFaults
      let taken = takeFirst(of: pairs.count * ways) { number in
        scenario.joiningFaults(pairs[number / ways].0, pairs[number / ways].1, way: number % ways)
      }
      guard taken != nil else { return }
    }
  }

  /// Takes away two things at a time.
  mutating func dropPairs() {
    pass = "taking away two things at once"
    var from = 0
    while !isOver {
      let scenario = best.scenario
      let count = scenario.removableThings
      guard count <= Self.fewThings else { return }
      let pairs = (0..<count).flatMap { one in (0..<one).map { (one, $0) } }
      guard from < pairs.count else { return }
      let start = from
      let taken = takeFirst(of: pairs.count - start) { number in
        let pair = pairs[start + number]
        // The later one first: it does not move the other.
        return scenario.withoutThing(pair.0).withoutThing(pair.1)
      }
      guard let taken else { return }
      from = max(0, start + taken - count)
    }
  }

  /// Takes away one thing, and lets something else that hangs on it come about in another way: a fault that begins a
  /// little sooner or later, or whose dice are cast anew, or an election that does.
  mutating func dropAndMend() {
    pass = "taking away one thing, moving another"
    guard best.scenario.removableThings <= Self.fewThings else { return }
    simplifyEach({ $0.scenario.removableThings }) { $0.scenario.withoutThing($1).mendings }
  }

  /// Only so many things are looked at two by two.
  private static var fewThings: Int { 32 }
}

extension Scenario {
  /// How many faults, operations and forced elections there are.
  fileprivate var removableThings: Int {
    faults.count + operationPlaces.count + (overrides?.elections?.count ?? 0)
  }

  /// The same without one of them: faults come first, then operations.
  fileprivate func withoutThing(_ number: Int) -> Scenario {
    if number < faults.count { return withoutFaults(number..<number + 1) }
    let operation = number - faults.count
    let operations = operationPlaces.count
    if operation < operations { return withoutOperations(operation..<operation + 1) }
    let election = operation - operations
    return withoutElections(election..<election + 1)
  }

  /// In how many ways one fault can take the place of two: what it does, and for each of these when.
  fileprivate var waysToJoinFaults: Int { 3 * (1 + 2 * cluster.nodes) }

  /// The same with one fault in the place of two, in one of these ways.
  fileprivate func joiningFaults(_ kept: Int, _ other: Int, way: Int) -> Scenario? {
    guard case .time(let mine) = faults[kept].trigger, case .time(let others) = faults[other].trigger
    else { return nil }
    let (myEnd, othersEnd) = (mine + faults[kept].duration, others + faults[other].duration)
    let (begin, end) = [(min(mine, others), max(myEnd, othersEnd)), (mine, myEnd), (others, othersEnd)][way % 3]
    var scenario = self
    let hit = way / 3 - 1
    if hit >= 0 {
      let target = FaultTarget.nodes([NodeID(UInt8(hit / 2 + 1))])
      scenario.faults[kept].action =
        hit % 2 == 0
        ? .partition(shape: .one, side: target, direction: .both) : .kill(target: target, tearing: false)
    }
    scenario.faults[kept].trigger = .time(at: begin)
    scenario.faults[kept].duration = end - begin
    return scenario.withoutFaults(other..<other + 1)
  }
}

extension Scenario {
  /// The same with one fault or election a little elsewhere.
  fileprivate var mendings: [Scenario] {
    let shifts = [1, 2, 5, 10, 20, 50, 100].flatMap { [Duration.milliseconds($0), .milliseconds(-$0)] }
    var scenarios: [Scenario] = []
    for (place, fault) in faults.enumerated() {
      guard case .time(let at) = fault.trigger else { continue }
      for shift in shifts where at + shift >= .zero {
        scenarios.append(changingFault(at: place) { $0.trigger = .time(at: at + shift) })
      }
      if fault.action.specification.drawsLots {
        for id in freeFaultIdentities { scenarios.append(changingFault(at: place) { $0.id = id }.withFaultsInOrder) }
      }
    }
    for (place, election) in (overrides?.elections ?? []).enumerated() {
      for shift in shifts where election.at + shift >= .zero && election.at + shift <= stormEnd {
        scenarios.append(
          fixing { overrides in
            overrides.elections?[place].at = election.at + shift
            overrides.elections?.sort()
          })
      }
    }
    return scenarios
  }

  /// Some that no fault has.
  private var freeFaultIdentities: [Int] {
    Array((0..<faults.count + 8).filter { id in !faults.contains { $0.id == id } }.prefix(8))
  }

  private var withFaultsInOrder: Scenario {
    var scenario = self
    scenario.faults.sort { $0.id < $1.id }
    return scenario
  }
}
