import Reporting
import Traces

/// Of what kind something is that a report tells of: the type in JUnit, and the rule in code scanning.
enum ReportKind: Hashable, Sendable {
  /// Seeds failed.
  case failure(SeedFailure)
  /// A saved case was not as it must be.
  case savedCase
  /// A second run of the same seeds was another one.
  case nondeterminism
  /// The program contradicted itself.
  case internalError
  /// Seeds failed and are not counted, for one before them was under way.
  case uncounted
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
      + [.savedCase, .nondeterminism, .internalError, .uncounted, .blindTester]
  }

  /// One word: `invariant/ElectionSafety`, `campaign/blind-tester`.
  var name: String {
    switch self {
    case .failure(let failure): failure.description
    case .savedCase: "campaign/saved-case"
    case .nondeterminism: "campaign/nondeterminism"
    case .internalError: "campaign/internal-error"
    case .uncounted: "campaign/not-counted"
    case .blindTester: "campaign/blind-tester"
    case .nothingRan: "campaign/nothing-ran"
    case .problem: "campaign/problem"
    }
  }

  /// What must hold, and what follows where it does not.
  var demand: Demand {
    switch self {
    case .failure(.run(let signature)): Demand(signature)
    case .failure(.worker(let stop)): Self.demand(of: stop)
    case .savedCase:
      Demand(
        "Saved cases hold", "A case that failed once holds on the published rules, and fails with its known bug.",
        else: "A mistake that was mended is back, or a bug is not seen any more.")
    case .nondeterminism:
      Demand(
        "Runs repeat", "The same seed gives the same run, in every process.",
        else: "No failure can be seen again for sure.")
    case .internalError:
      Demand(
        "The judge agrees with itself", "What the judge answers holds when it is looked at once more.",
        else: "Its verdicts mean nothing.")
    case .uncounted:
      Demand(
        "Seeds hold", "No seed fails, whether or not the campaign came to count it.",
        else: "It is counted when the campaign goes on.")
    case .blindTester:
      Demand(
        "Known bugs are caught", "A campaign catches a known bug that is switched on.",
        else: "That nothing else was found means nothing.")
    case .nothingRan:
      Demand("Seeds are run", "A campaign runs at least one seed.", else: "Nothing is known.")
    case .problem:
      Demand(
        "Files and processes work", "A campaign can read and write its files, and start its processes.",
        else: "It ends early.")
    }
  }

  private static func demand(of stop: WorkerStop) -> Demand {
    let consequence = "Nothing is known of what the seed would have shown."
    return switch stop {
    case .trap: Demand("Seeds do not trap", "The process of a seed comes to its end.", else: consequence)
    case .seedTimeout: Demand("Seeds end", "A seed gets by with its processor time.", else: consequence)
    case .seedMemory: Demand("Seeds fit", "A seed gets by with its memory.", else: consequence)
    case .killed: Demand("Nobody kills seeds", "Nobody else kills the process of a seed.", else: consequence)
    }
  }

  /// What to do about it.
  var advice: String {
    switch self {
    case .failure(.run):
      "Each result is a bucket of failing seeds that are taken for one bug, and names the smallest run that was found. "
        + "In the campaign's folder, failures/BUCKET holds it; where it was made minimal, report.html tells its story, and "
        + "repro.sh replays it. "
        + "Without the folder, the command of the result runs the seed again."
    case .failure(.worker):
      "Each result is a bucket of seeds that ended their process. In the campaign's folder, failures/BUCKET/report.txt "
        + "holds what the process wrote to standard error. The command of the result runs the seed again."
    case .savedCase: "The command of the result replays the case."
    case .nondeterminism:
      "The seeds are in the folder found of the campaign's folder. Run one twice with --check-determinism."
    case .internalError: "This is a mistake of raftcheck: its own checks contradict each other."
    case .uncounted:
      "The seeds are in the folder found of the campaign's folder. Go on with the campaign, and they are counted."
    case .blindTester:
      "Try raftcheck bugs run with the name of the bug, with this version and with one that caught it."
    case .nothingRan: "Give the campaign more seeds, or more time."
    case .problem: "Read the sentence, and start the same campaign again: it goes on with what is there."
    }
  }
}
