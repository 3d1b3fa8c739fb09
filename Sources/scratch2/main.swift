import Determinism
import FoundationEssentials
import Histories
import KnownBugs
import Reporting
import Runs
import Scenarios

let arguments = CommandLine.arguments
for argument in arguments.dropFirst() where argument.contains("=") {
  let parts = argument.split(separator: "=").map(String.init)
  let (name, path) = (parts[0], parts[1])
  guard let data = FileManager.default.contents(atPath: path) else { print(name, "?"); continue }
  do {
    let saved = try CaseFile(reading: Array(data), path: path)
    let report = saved.run.simulate(tracing: true).judged()
    guard let failing = FailingRun(report, minimality: saved.minimality, replay: "raftcheck replay \(path)") else { print(name, "does not fail"); continue }
    let page = Page(of: failing, caseText: String(decoding: data, as: UTF8.self))
    try Files.write(page.bytes, to: "/tmp/pages/\(name).html")
    try Files.write(Array(Story(of: failing).text().utf8), to: "/tmp/pages/\(name).txt")
    print(name, failing.signature, "trace", report.outcome.trace.count, "bytes", page.bytes.count)
  } catch { print(name, "\(error)") }
}
if arguments.count > 1, arguments[1] == "stress" {
  for bug in KnownBug.catalogue {
    var found = 0
    for seed in UInt64(100)..<130 where found < 2 {
      let report = Run(seed: seed, bug: bug).simulate(tracing: true).judged()
      guard let failing = FailingRun(report, replay: "x") else { continue }
      found += 1
      let clock = ContinuousClock()
      let start = clock.now
      let page = Page(of: failing)
      print(bug.name, seed, failing.signature, report.outcome.trace.count, page.bytes.count, clock.now - start)
    }
  }
}
