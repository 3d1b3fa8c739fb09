import Reporting
import Traces

/// Of what kind something is that a report tells of: the type in JUnit, and the rule in code scanning.
enum ReportKind: Hashable, Sendable {
  /// Seeds failed.
  case failure(SeedFailure)
  /// A second run of the same seeds was another one.
  case nondeterminism
  /// The program contradicted itself.
  case internalError
  /// The known bug that was looked for besides was not caught.
  case blindTester
  /// There was no seed to run.
  case nothingRan
  /// Something could not be read, written or started, and ended the campaign.
  case problem

  /// All that can be found out about what is tested, or about the tester. Always the same, whatever a campaign finds.
  static var findable: [ReportKind] {
    let signatures =
      [FailureSignature.linearizability] + Invariant.allCases.map { .invariant($0) }
      + LivenessFailure.allCases.map { .liveness($0) } + StopCause.allCases.map { .stopped($0) }
    let stops = WorkerStop.allCases.filter { $0 != .killed }
    return signatures.map { .failure(.run($0)) } + stops.map { .failure(.worker($0)) }
      + [.nondeterminism, .internalError, .blindTester]
  }

  /// One word: `invariant/ElectionSafety`, `campaign/blind-tester`.
  var name: String {
    switch self {
    case .failure(let failure): failure.description
    case .nondeterminism: "campaign/nondeterminism"
    case .internalError: "campaign/internal-error"
    case .blindTester: "campaign/blind-tester"
    case .nothingRan: "campaign/nothing-ran"
    case .problem: "campaign/problem"
    }
  }

  /// What must hold, in one sentence.
  var requirement: String {
    switch self {
    case .failure(.run(let signature)): signature.requirement
    case .failure(.worker(.trap)): "The simulator of a seed does not trap."
    case .failure(.worker(.seedTimeout)): "A seed ends within its processor time."
    case .failure(.worker(.seedMemory)): "A seed gets by with its memory."
    case .failure(.worker(.killed)): "Nobody kills the process of a seed."
    case .nondeterminism: "The same seed gives the same run, in every process."
    case .internalError: "The judge's answer explains the history, or its counterexample has no explanation."
    case .blindTester: "A campaign catches a known bug that is switched on."
    case .nothingRan: "A campaign runs seeds."
    case .problem: "A campaign can read and write its files, and start its workers."
    }
  }

  /// What to do about it.
  var advice: String {
    switch self {
    case .failure(.run):
      "Each result is a bucket of failing seeds that are taken for one bug, and names the smallest run that was found. "
        + "In the campaign's folder, failures/BUCKET/report.html tells its story, and failures/BUCKET/repro.sh replays it. "
        + "Without the folder, the command of the result runs the seed again."
    case .failure(.worker):
      "Each result is a bucket of seeds that ended their process. In the campaign's folder, failures/BUCKET/report.txt "
        + "holds the last lines that the process wrote. The command of the result runs the seed again."
    case .nondeterminism:
      "The seeds are in the folder found of the campaign's folder. Run one twice with --check-determinism."
    case .internalError: "This is a mistake of raftcheck: its own checks contradict each other."
    case .blindTester:
      "That nothing else was found means nothing, as long as a bug that is switched on is not found. "
        + "Run `raftcheck bugs run` with the name of the bug."
    case .nothingRan: "Give the campaign more seeds, or more time."
    case .problem: "Read the sentence, and start the same campaign again: it goes on with what is there."
    }
  }
}
