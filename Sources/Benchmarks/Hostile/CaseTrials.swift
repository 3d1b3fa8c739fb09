import Determinism
import Glibc

/// Cases, spoiled, before every command that reads one.
package enum CaseTrials {
  /// A case that was saved, as its file.
  package struct Sample: Sendable {
    /// The file's content.
    package let bytes: [UInt8]
    /// What its clients saw, as the file beside it.
    package let history: [UInt8]
    /// What to type to make the run that it is of.
    package let origin: [String]

    /// A case and where it is from.
    package init(bytes: [UInt8], history: [UInt8], origin: [String]) {
      (self.bytes, self.history, self.origin) = (bytes, history, origin)
    }
  }

  /// A trial with this case.
  package static func draw(from sample: Sample, _ draws: inout DiceSequence) -> HostileTrial {
    let bytes =
      switch draws.next().below(10) {
      case 0: sample.bytes
      case 1, 2: TextMutation.spoiled(sample.bytes, &draws)
      default: FieldMutation.spoiled(sample.bytes, &draws)
      }
    let name = draws.pick(["case.json", "x.json", "x"])
    var trial = trial(name, &draws)
    trial.words += ["--timeout", "5s"].map { Array($0.utf8) }
    trial.files.append((name, bytes))
    return trial
  }

  private static func trial(_ name: String, _ draws: inout DiceSequence) -> HostileTrial {
    let codes: [Int32] = [0, 1, 2, 65]
    switch draws.next().below(12) {
    case 0, 1, 2: return HostileTrial(.cases, ["replay", name], codes: codes)
    case 3:
      var trial = HostileTrial(.cases, ["replay", name, "--json"], codes: codes)
      trial.printed = .json
      return trial
    case 4, 5:
      return HostileTrial(.cases, ["replay", name, "--step"], codes: codes)
    case 6:
      var trial = HostileTrial(.cases, ["replay", name, "--step", "--json"], codes: codes)
      trial.printed = .jsonLines
      return trial
    case 7:
      var trial = HostileTrial(.cases, ["show", name, "--html", draws.pick(["-", "page.html"])], codes: codes)
      trial.printed = .content
      return trial
    case 8:
      // As long as it takes to read the case and to begin; a shrinking to its end takes seconds.
      var trial = HostileTrial(.cases, ["shrink", name, "--out", "small"], codes: codes + [130])
      trial.interrupts = [
        HostileTrial.Interrupt(at: .milliseconds(Int64(draws.next().within(5...500))), signal: SIGINT)
      ]
      return trial
    default: return HostileTrial(.cases, ["show", name], codes: codes)
    }
  }
}
