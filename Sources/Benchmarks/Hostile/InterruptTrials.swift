import Determinism
import Glibc

/// Real work, and a signal at a random moment.
package enum InterruptTrials {
  /// A trial with this case or the run that it is of.
  package static func draw(from sample: CaseTrials.Sample, _ draws: inout DiceSequence) -> HostileTrial {
    var trial = work(sample, &draws)
    // Each doubling is as likely as the others: much happens early.
    let moment = draws.logarithmic(
      .milliseconds(1)...(trial.command == "run" || trial.command == "shrink" ? .seconds(4) : .milliseconds(500)))
    let signal = draws.pick([SIGINT, SIGINT, SIGINT, SIGINT, SIGTERM, SIGKILL])
    trial.interrupts = [HostileTrial.Interrupt(at: moment, signal: signal)]
    trial.codes.append(130)
    trial.time = moment + patience
    return trial
  }

  /// How long what was interrupted may go on.
  private static let patience = Duration.seconds(2)

  private static func work(_ sample: CaseTrials.Sample, _ draws: inout DiceSequence) -> HostileTrial {
    let saved = [(name: "case.json", bytes: sample.bytes), (name: "history.jsonl", bytes: sample.history)]
    switch draws.next().below(8) {
    case 0, 1: return HostileTrial(.interrupts, ["run"] + sample.origin + ["--out", "out"], codes: [0, 1, 2])
    case 2:
      let first = draws.next().below(1_000_000)
      let words = ["fuzz", "--seeds", "\(first)..<\(first + 40)", "--operations", "40", "--out", "out"]
      let bug = sample.origin.firstIndex(of: "--bug").map { Array(sample.origin[$0...($0 + 1)]) } ?? []
      return HostileTrial(.interrupts, words + bug, codes: [0, 1, 2])
    case 3, 4:
      let out = draws.pick([[], ["--out", "small"]])
      var trial = HostileTrial(.interrupts, ["shrink"] + out + ["case.json"], codes: [0, 1, 2])
      trial.files = saved
      return trial
    case 5:
      var trial = HostileTrial(
        .interrupts, ["show", "case.json"] + draws.pick([[], ["--html", "page.html"]]), codes: [0, 1, 2])
      trial.files = saved
      return trial
    default:
      var workload = Workload("interrupted", operations: draws.pick([1_000, 20_000]), clients: 20)
      (workload.values, workload.isSpoiled) = (draws.pick([nil, 5]), true)
      let words = draws.pick([["check"], ["check", "--json"], ["shrink"], ["shrink", "--out", "small.jsonl"]])
      var trial = HostileTrial(.interrupts, words + ["history.jsonl"], codes: [0, 1, 2])
      trial.files = [("history.jsonl", workload.history(seed: draws.next().bits).jsonLines())]
      return trial
    }
  }
}
