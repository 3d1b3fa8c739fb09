import Determinism
import Scenarios

// Fewer nodes, plainer settings, fewer elections.
extension ShrinkSession {
  /// Takes away two nodes at once, which keeps a majority what it was to the others, then single ones.
  mutating func dropNodes(downTo least: Int) {
    pass = "taking away nodes"
    while !isOver {
      let scenario = best.scenario
      let nodes = NodeID.first(scenario.cluster.nodes)
      let pairs = nodes.flatMap { one in nodes.filter { $0 > one }.map { [one, $0] } }
      let groups = (pairs + nodes.map { [$0] }).filter { nodes.count - $0.count >= least }
      if takeFirst(of: groups.count, { scenario.withoutNodes(groups[$0]) }) == nil { return }
    }
  }

  /// Takes a cluster of three, and the weather away, before anything else: what is left of the storm often fails all the same,
  /// somewhere.
  mutating func begin() {
    guard best.scenario.keepsCalm else { return }
    pass = "a smaller cluster without weather"
    // Many bytes take their time in every run, and hardly anything hangs on them but what a disk keeps of a write.
    if case .stopped = signature {} else { takeFirst(of: [best.scenario.withShortValues]) }
    let nodes = NodeID.first(best.scenario.cluster.nodes)
    let triples = nodes.flatMap { one in
      nodes.filter { $0 > one }.flatMap { two in nodes.filter { $0 > two }.map { [one, two, $0] } }
    }
    let most = isLiveness ? Self.fewBeginnings : Self.manyBeginnings
    let step = max(1, triples.count / most)
    let smaller = triples.indices.filter { $0 % step == 0 && nodes.count > 3 }.compactMap { place in
      best.scenario.withoutNodes(nodes.filter { !triples[place].contains($0) })
    }
    if !takeFirst(of: smaller.map(\.withoutWeather)) { takeFirst(of: smaller) }
    calmWeather()
  }

  /// Takes the weather away, all of it or what can be.
  mutating func calmWeather() {
    pass = "no weather"
    guard best.scenario.weather > 0, !takeFirst(of: [best.scenario.withoutWeather]) else { return }
    let weather = Knob.all.filter(\.isWeather)
    simplifyEach({ _ in weather.count }) { weather[$1].plainer($0.scenario) }
  }

  private static var manyBeginnings: Int { 10 }
  private static var fewBeginnings: Int { 3 }

  /// Makes settings plain: all at once, then fewer and fewer.
  mutating func calmKnobs() {
    pass = "plain settings"
    let knobs = Knob.all
    takeAway({ _ in knobs }) { best, some in
      var scenario = best.scenario
      for knob in some { scenario = knob.plainer(scenario).first ?? scenario }
      return scenario
    }
    simplifyEach({ _ in knobs.count }) { knobs[$1].plainer($0.scenario) }
  }

  /// Lets election timers run out when they did, and no others.
  mutating func forceElections() {
    guard hasEnd, best.scenario.overrides?.elections == nil else { return }
    pass = "fixing when elections begin"
    forceElections(best.outcome.elections)
  }

  /// Lets forced elections say when they come, where they come late.
  mutating func nameElections() {
    guard best.scenario.overrides?.elections != nil else { return }
    forceElections(best.outcome.elections)
  }

  private mutating func forceElections(_ elections: [ForcedElection]) {
    let elections = elections.filter { $0.at <= best.scenario.stormEnd }
    takeFirst(of: [best.scenario.fixing { $0.elections = elections }])
  }

  /// Takes away as many elections as can be.
  mutating func dropElections() {
    pass = "taking away elections"
    takeAway({ 0..<($0.scenario.overrides?.elections?.count ?? 0) }) { $0.scenario.withoutElections($1) }
  }
}

extension Scenario {
  /// The same in a cluster of three.
  var growing: Scenario {
    var scenario = self
    for _ in cluster.nodes..<max(3, cluster.nodes) {
      scenario.cluster.nodes += 1
      scenario.clocks.driftPartsPerMillion.append(0)
      scenario.clocks.wallOffset.append(.zero)
      scenario.calm.fates.append(.member)
    }
    return scenario
  }

  /// The same with no value filled up.
  fileprivate var withShortValues: Scenario {
    var scenario = self
    for place in operationPlaces { scenario[place].fill = nil }
    return scenario
  }

  /// The same without weather.
  var withoutWeather: Scenario {
    Knob.all.filter(\.isWeather).reduce(self) { $1.plainer($0).first ?? $0 }
  }
}
