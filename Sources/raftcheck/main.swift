import Scenarios
import Simulation
import Histories

let args = CommandLine.arguments
let from = UInt64(args[1])!, to = UInt64(args[2])!
var tot = RunStatistics(); var five = 0, sync = 0, fails = 0, cut = 0, events = 0, noFinal = 0
var kinds = [FaultKind: Int]()
for seed in from..<to {
  let s = Scenario(seed: seed)
  var sim = Simulation(s)
  let o = sim.run()
  events += o.statistics.events
  tot.operationsOK += o.statistics.operationsOK; tot.operationsFailed += o.statistics.operationsFailed; tot.operationsUnknown += o.statistics.operationsUnknown
  if o.statistics.leaderChangesWithOpenOperations >= 5 { five += 1 }
  if o.statistics.crashesBeforeSync > 0 { sync += 1 }
  if o.statistics.finalReads < o.statistics.finalReadsExpected { noFinal += 1; if noFinal < 5 { print("final", seed, s.cluster.nodes, o.statistics) } }
  for k in FaultKind.allCases { kinds[k, default: 0] += o.statistics[kind: k] }
  if o.isCut { cut += 1 }
  if let f = o.failure { fails += 1; print(seed, f) }
  if to - from < 5 { print(seed, o.eventHash, o.statistics, s.cluster) }
}
let n = Int(to - from)
print("n", n, "five", five*100/n, "%, sync", sync*100/n, "% ok", tot.operationsOK*100/tot.operations, "info%", Double(tot.operationsUnknown*100)/Double(tot.operations), "ops", tot.operations/n, "events", events/n, "fails", fails, "cut", cut, "nofinal", noFinal)
for k in FaultKind.allCases { print(k, kinds[k]!) }
