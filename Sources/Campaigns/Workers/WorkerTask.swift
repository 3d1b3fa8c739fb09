import Determinism
import Runs

/// What a worker is asked to do.
package struct WorkerTask: Codable, Hashable, Sendable {
  package enum Kind: String, Codable, Sendable {
    /// To run and judge a seed.
    case run
    /// To make a failing seed minimal.
    case shrink
  }

  package var kind: Kind
  package var seed: UInt64
  /// On how many threads, if it is to be shrunk.
  package var threads = 1
  /// How often it was given to a worker that was killed.
  package var attempt = 0
  /// The known bug that is looked for, whatever the campaign is about; `nil` if this is a seed of the campaign.
  package var canary: String?
}

/// What a worker answers.
package struct WorkerAnswer: Codable, Sendable {
  /// Of a seed that was run.
  package var result: SeedResult?
  /// Of one that was shrunk; `nil` too if that could not be done.
  package var minimal: FailureRecord.Minimal?
  /// Why a seed was not shrunk.
  package var refusal: String?
  /// Why something could not be saved, or run a second time.
  package var problem: WorkerProblem?
  /// Processor time and wall time that it took.
  package var processorTime = Duration.zero
  package var wallTime = Duration.zero
}

/// A problem with files that a worker met.
package struct WorkerProblem: Codable, Hashable, Sendable {
  package enum Kind: String, Codable, Sendable {
    case system, content, limit
  }

  package var kind: Kind
  package var sentence: String

  init(_ problem: FileProblem) {
    kind =
      switch problem.kind {
      case .system: .system
      case .content: .content
      case .limit: .limit
      }
    sentence = problem.description
  }

  /// The same as it was thrown.
  package var fileProblem: FileProblem {
    switch kind {
    case .system: FileProblem(.system, sentence)
    case .content: FileProblem(.content, sentence)
    case .limit: FileProblem(.limit, sentence)
    }
  }
}
