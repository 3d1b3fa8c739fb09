import Determinism
import Scenarios

// Fewer nodes, plainer settings, fewer elections.
extension ShrinkSession {
  /// Takes away two nodes at once, which keeps a majority what it was to the others, then single ones.
  mutating func dropNodes(downTo least: Int) {
    pass = "taking away nodes"
    while !isInterrupted {
      let scenario = best.scenario
      let nodes = NodeID.first(scenario.cluster.nodes)
      let pairs = nodes.flatMap { one in nodes.filter { $0 > one }.map { [one, $0] } }
      let groups = (pairs + nodes.map { [$0] }).filter { nodes.count - $0.count >= least }
      if takeFirst(of: groups.count, { scenario.withoutNodes(groups[$0]) }) == nil { return }
    }
  }

  /// Makes settings plain: all at once, then fewer and fewer.
  mutating func calmKnobs() {
    pass = "plain settings"
    let knobs = Knob.all
    takeAway({ _ in knobs.count }) { best, range in
      var scenario = best.scenario
      for knob in knobs[range] { scenario = knob.plainer(scenario).first ?? scenario }
      return scenario
    }
    simplifyEach({ _ in knobs.count }) { knobs[$1].plainer($0.scenario) }
  }

  /// Lets election timers run out when they did, and no others.
  mutating func forceElections() {
    guard !isLiveness, !best.scenario.keepsCalm, best.scenario.overrides?.elections == nil else { return }
    pass = "fixing when elections begin"
    let elections = best.outcome.elections.filter { $0.at <= best.scenario.stormEnd }
    takeFirst(of: [best.scenario.fixing { $0.elections = elections }])
  }

  /// Takes away as many elections as can be.
  mutating func dropElections() {
    pass = "taking away elections"
    takeAway({ $0.scenario.overrides?.elections?.count ?? 0 }) { $0.scenario.withoutElections($1) }
  }
}
