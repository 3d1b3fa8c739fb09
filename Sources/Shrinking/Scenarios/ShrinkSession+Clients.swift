import Determinism
import Scenarios

// Fewer and simpler operations.
extension ShrinkSession {
  /// Takes away clients, keys and operations.
  mutating func dropOperations() {
    pass = "taking away operations"
    takeAway({ $0.scenario.workload.clients.indices }) { best, clients in
      var scenario = best.scenario
      for client in clients.reversed() { scenario = scenario.withoutClient(client) }
      return scenario
    }
    if best.scenario.workload.keys.count > 1 {
      let keys = best.scenario.workload.keys
      takeFirst(
        of: keys.map { kept in
          let workload = best.scenario.workload
          return best.scenario.keepingOperations { workload.clients[$0].operations[$1].key == kept }.withoutIdleKeys
        })
    }
    takeAway({ $0.scenario.operationPlaces.indices }) { $0.scenario.withoutOperations($1) }
  }

  /// Lets one client do what two did, and ask for one key where there were two.
  mutating func joinClients() {
    pass = "putting clients together"
    takeFirst(of: [best.scenario.withoutIdleKeys])
    let scenario = best.scenario
    guard scenario.operationPlaces.count <= Self.fewOperations else { return }
    let clients = scenario.workload.clients.indices
    takeFirst(
      of: clients.flatMap { one in
        clients.filter { $0 > one }.map { scenario.joiningClients(one, $0) }
      })
    let keys = best.scenario.workload.keys
    for key in keys.dropFirst() { takeFirst(of: [best.scenario.renaming(key: key, to: keys[0]).withoutIdleKeys]) }
  }

  /// Only so many are put together in all ways.
  private static var fewOperations: Int { 12 }

  /// Makes each operation as simple as it can be.
  mutating func simplifyOperations() {
    pass = "simplifying operations"
    guard best.scenario.operationPlaces.count <= 4 * Self.fewOperations else { return }
    simplifyEach({ $0.scenario.operationPlaces.count }) { best, number in
      let place = best.scenario.operationPlaces[number]
      return best.scenario[place].simpler.map { simpler in
        var scenario = best.scenario
        scenario[place] = simpler
        return scenario
      }
    }
  }

  /// Lets operations ask those first with whom less happens.
  mutating func redirectOperations() {
    guard best.scenario.operationPlaces.count <= Self.fewOperations else { return }
    pass = "asking other servers first"
    simplifyEach({ $0.scenario.operationPlaces.count }) { best, number in
      let place = best.scenario.operationPlaces[number]
      let nodes: [NodeID?] = [nil] + NodeID.first(best.scenario.cluster.nodes)
      return nodes.map { node in
        var scenario = best.scenario
        scenario[place].firstNode = node
        return scenario
      }
    }
  }

  /// Lets a client call only when it is about to be answered, rather than ask in vain before.
  mutating func callLater() {
    guard best.scenario.operationPlaces.count <= Self.fewOperations else { return }
    pass = "asking less often"
    simplifyEach({ $0.scenario.operationPlaces.count }) { best, number in
      let place = best.scenario.operationPlaces[number]
      guard let end = best.end(of: place) else { return [] }
      let times = [0, 10, 20, 30, 50, 100].map { (end - .milliseconds($0)).roundedDown(to: .milliseconds(10)) }
      return times.filter { $0 > best.scenario[place].at }.map { time in
        var scenario = best.scenario
        scenario[place].at = time
        return scenario
      }
    }
  }

  /// Gives keys, values and operations the plainest names there are.
  mutating func renameAll() {
    pass = "choosing names"
    guard !takeFirst(of: [best.scenario.withPlainKeys.withPlainValues]) else { return }
    takeFirst(of: [best.scenario.withPlainKeys])
    guard best.scenario.operationPlaces.count <= Self.fewOperations else { return }
    simplifyEach({ $0.scenario.operationPlaces.count }) { [$0.scenario.withPlainValue(of: $1)] }
  }
}

extension ShrinkSession.Best {
  /// When an operation that was called ended, if it did.
  fileprivate func end(of place: (client: Int, place: Int)) -> Duration? {
    let clients = scenario.workload.clients.count
    let own = outcome.history.operations().filter { $0.process % clients == place.client }
    guard own.indices.contains(place.place), let end = own[place.place].end else { return nil }
    return .nanoseconds(outcome.history.events[end].time)
  }
}

extension PlannedOperation {
  /// What does less, or is easier to tell.
  fileprivate var simpler: [PlannedOperation] {
    var candidates: [PlannedOperation] = []
    func add(_ change: (inout PlannedOperation) -> Void) {
      var operation = self
      change(&operation)
      candidates.append(operation)
    }
    add {
      ($0.think, $0.patience, $0.leavesSession, $0.awaitsChange, $0.fill) = (.zero, nil, false, nil, nil)
    }
    add { $0.request = .get }
    let value = "\(id)"
    switch request {
    case .get, .put: break
    case .delete: add { $0.request = .put(value: value) }
    case .append(let value):
      add { $0.request = .put(value: value) }
      add { $0.request = .delete }
    case .create(let value):
      add { $0.request = .put(value: value) }
      add { $0.request = .delete }
    case .cas(let new, let guess):
      add { $0.request = .put(value: new) }
      add { $0.request = .delete }
      add { $0.request = .append(value: new) }
      if guess != nil { add { $0.request = .cas(new: new, guess: nil) } }
    }
    if think > .zero { add { $0.think = .zero } }
    if patience != nil { add { $0.patience = nil } }
    if leavesSession { add { $0.leavesSession = false } }
    if awaitsChange != nil { add { $0.awaitsChange = nil } }
    if fill != nil { add { $0.fill = nil } }
    return candidates
  }
}

extension Scenario {
  /// The same with one client's operations done by another one, in between its own.
  fileprivate func joiningClients(_ one: Int, _ other: Int) -> Scenario {
    var scenario = self
    let both = workload.clients[one].operations + workload.clients[other].operations
    scenario.workload.clients[one].operations = both.sorted { ($0.at, $0.id) < ($1.at, $1.id) }
    scenario.workload.clients[other].operations = []
    return scenario.withoutClient(other)
  }

  fileprivate func renaming(key: String, to other: String) -> Scenario {
    var scenario = self
    for place in operationPlaces where scenario[place].key == key { scenario[place].key = other }
    scenario.workload.keys = workload.keys.map { $0 == key ? other : $0 }
    var seen: [String] = []
    scenario.workload.keys.removeAll { key in
      defer { seen.append(key) }
      return seen.contains(key)
    }
    return scenario
  }

  /// Keys x, y, z.
  fileprivate var withPlainKeys: Scenario {
    let names = ["x", "y", "z"]
    var scenario = self
    for (number, key) in workload.keys.enumerated() {
      scenario = scenario.renaming(key: key, to: number < names.count ? names[number] : "k\(number)")
    }
    return scenario
  }

  /// Values 1, 2, 3 in the order of time, and so the operations' identities.
  fileprivate var withPlainValues: Scenario {
    var scenario = self
    for (number, place) in operationPlaces.enumerated() { scenario[place].id = number }
    for number in operationPlaces.indices { scenario = scenario.withPlainValue(of: number) }
    return scenario
  }

  /// The value of an operation, by its place in the order of time, as plain as it can be.
  fileprivate func withPlainValue(of number: Int) -> Scenario {
    var scenario = self
    let place = operationPlaces[number]
    let value = "\(number + 1)"
    switch self[place].request {
    case .get, .delete: break
    case .put: scenario[place].request = .put(value: value)
    case .append: scenario[place].request = .append(value: value)
    case .create: scenario[place].request = .create(value: value)
    case .cas(_, let guess): scenario[place].request = .cas(new: value, guess: guess.map { _ in "0" })
    }
    return scenario
  }
}
