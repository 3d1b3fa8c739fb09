import Determinism
import Scenarios
import Traces

/// How large a failing scenario is, for people.
package struct ScenarioSize: Hashable, Sendable {
  package var nodes: Int
  /// Faults that took hold of something, weather (`Knob.isWeather`), and nodes that do not heal in the calm.
  package var faults: Int
  /// Operations that clients called.
  package var operations: Int
  /// Messages that reached a running server.
  package var deliveries: Int
  /// How long the run is.
  package var time: Duration

  /// The size of a scenario that was run.
  package init(_ scenario: Scenario, _ outcome: RunOutcome) {
    nodes = scenario.cluster.nodes
    faults = outcome.faults.count + scenario.weather
    operations = outcome.statistics.operations
    deliveries = outcome.statistics.messagesDelivered
    time = outcome.statistics.virtualTime
  }
}

/// How large a failing scenario is, to the shrinker: of two measures the one that is less at the first place where they
/// differ is the smaller.
///
/// In this order:
/// 1. faults that take hold of something, and on the correct rules of nothing;
/// 2. whether the run goes on behind the storm;
/// 3. nodes beyond three: in a smaller cluster hardly anything can be cut off, which makes for odder faults;
/// 4. faults; weather and nodes that do not heal in the calm count as one each, so that neither is cheaper than a fault;
/// 5. operations that are called, then those that are planned;
/// 6. nodes; clients, then keys;
/// 7. whether dice decide over election timers; then the timers that run out in the storm;
/// 8. how far the settings are from plain ones (`Knob`);
/// 9. how far faults, then operations are from the simplest of their kind;
/// 10. messages that arrive, those that take longer than they need, then those whose fate is fixed, then events;
/// 11. forced elections that come later than they say; times that are not round; how long the run and its faults last;
///     bytes of keys and values; how long faults would last if the run went on.
struct ScenarioMeasure: Comparable, Sendable {
  private let parts: [Int]

  init(_ scenario: Scenario, _ trial: Trial, _ outcome: RunOutcome) {
    let operations = scenario.workload.clients.flatMap(\.operations)
    let end = outcome.statistics.virtualTime
    let lasting = scenario.faults.reduce(end) { $0 + scenario.timeInForce($1, until: end) }
    parts = [
      trial.idleFaults,
      scenario.keepsCalm ? 1 : 0,
      max(3, scenario.cluster.nodes),
      scenario.faults.count + scenario.weather,
      outcome.statistics.operations, operations.count,
      scenario.cluster.nodes, scenario.workload.clients.count, scenario.workload.keys.count,
      scenario.overrides?.elections == nil ? 1 : 0, outcome.elections.count { $0.at <= scenario.stormEnd },
      scenario.overrides?.elections?.count ?? 0,
      Knob.all.reduce(0) { $0 + $1.cost(scenario) },
      scenario.faults.reduce(0) { $0 + $1.complexity(in: scenario, until: end) },
      operations.reduce(0) { $0 + $1.complexity },
      outcome.statistics.messagesDelivered, outcome.statistics.messagesDelayed, scenario.overrides?.messages.count ?? 0,
      outcome.statistics.events,
      (scenario.overrides?.elections ?? []).count { !outcome.elections.contains($0) },
      scenario.moments.reduce(0) { $0 + $1.roughness },
      Int(lasting.nanoseconds), scenario.textBytes,
      Int(scenario.faults.reduce(Duration.zero) { $0 + $1.duration }.nanoseconds),
    ]
  }

  static func < (one: ScenarioMeasure, other: ScenarioMeasure) -> Bool {
    one.parts.lexicographicallyPrecedes(other.parts)
  }
}

extension Trial {
  /// How many faults took hold of something, and on the correct rules of nothing.
  package var idleFaults: Int {
    guard let outcome, let correct = onCorrectRules else { return 0 }
    return outcome.faults.count { fault in !correct.faults.contains(fault.id) }
  }
}

extension Scenario {
  /// Whether the run goes on behind the storm.
  var keepsCalm: Bool { !(overrides?.leavesOutCalm ?? false) }

  /// Disturbances that are no faults (`Knob.isWeather`), and the nodes that do not heal in the calm.
  var weather: Int {
    let outsiders = keepsCalm ? calm.fates.count { $0 != .member && $0 != .free } : 0
    return outsiders + Knob.all.count { $0.isWeather && $0.cost(self) > 0 }
  }

  /// How long a fault is in force before `end`.
  fileprivate func timeInForce(_ fault: Fault, until end: Duration) -> Duration {
    guard case .time(let at) = fault.trigger else { return fault.duration }
    return max(.zero, min(fault.duration, end - at))
  }

  /// Every time that somebody set.
  fileprivate var moments: [Duration] {
    let faults = faults.flatMap { fault -> [Duration] in
      if case .time(let at) = fault.trigger { [at, fault.duration] } else { [fault.duration] }
    }
    let operations = workload.clients.flatMap(\.operations).flatMap {
      [$0.at, $0.think, $0.patience ?? .zero, $0.awaitsChange ?? .zero]
    }
    return faults + operations + (overrides?.elections ?? []).map(\.at)
  }

  fileprivate var textBytes: Int {
    let requests = workload.clients.flatMap(\.operations).reduce(0) { $0 + $1.key.utf8.count + $1.request.textBytes }
    return workload.keys.reduce(requests) { $0 + $1.utf8.count }
  }
}

extension Duration {
  /// How far it is from round: 0 for hundredths of a second, 1 for milliseconds, more for less.
  fileprivate var roughness: Int {
    let steps: [Int64] = [10_000_000, 1_000_000, 100_000, 1_000]
    return steps.firstIndex { nanoseconds % $0 == 0 } ?? steps.count
  }
}

extension Fault {
  /// How far it is from the simplest of its kind.
  fileprivate func complexity(in scenario: Scenario, until end: Duration) -> Int {
    let specification = action.specification
    var sum = specification.complexity
    switch trigger {
    case .time(let at): if duration > .zero, (at + duration) < end { sum += 1 }
    case .moment(_, _, let after): sum += after > .zero ? 4 : 3
    }
    switch specification.target {
    case .leader?, .subject?: sum += 2
    case .nodes(let nodes)?: sum += nodes.count
    case nil: break
    }
    return sum
  }
}

extension PlannedOperation {
  /// How far it is from the simplest.
  fileprivate var complexity: Int {
    let ofRequest =
      switch request {
      case .get: 0
      case .put: 1
      case .delete: 2
      case .append: 3
      case .create: 4
      case .cas(_, let guess): guess == nil ? 4 : 5
      }
    return ofRequest + (think > .zero ? 1 : 0) + (patience == nil ? 0 : 1) + (leavesSession ? 1 : 0)
      + (awaitsChange == nil ? 0 : 1) + (fill == nil ? 0 : 1)
  }
}

extension PlannedRequest {
  fileprivate var textBytes: Int {
    switch self {
    case .get, .delete: 0
    case .put(let value), .append(let value), .create(let value): value.utf8.count
    case .cas(let new, let guess): new.utf8.count + (guess?.utf8.count ?? 0)
    }
  }
}
