import Traces

/// Why a worker did not answer for a seed.
package enum WorkerStop: String, Codable, Hashable, Sendable, CaseIterable {
  /// The program trapped, or ended where it must not.
  case trap
  /// The seed took more processor time than it may, or stood still.
  case seedTimeout = "seed-timeout"
  /// It took more memory than it may.
  case seedMemory = "seed-memory"
  /// Somebody else killed the worker, twice. Nothing is known of the seed then.
  case killed
}

/// What a failing seed of a campaign is called: as its run, or after what became of its worker.
///
/// Printed and parsed as one word: `invariant/ElectionSafety`, `stopped/trap`.
package enum SeedFailure: Hashable, Sendable {
  case run(FailureSignature)
  case worker(WorkerStop)
}

extension SeedFailure: LosslessStringConvertible {
  package init?(_ description: String) {
    if let signature = FailureSignature(description) {
      self = .run(signature)
    } else if description.hasPrefix(Self.stopped), let stop = WorkerStop(rawValue: String(description.dropFirst(8))) {
      self = .worker(stop)
    } else {
      return nil
    }
  }

  package var description: String {
    switch self {
    case .run(let signature): signature.description
    case .worker(let stop): Self.stopped + stop.rawValue
    }
  }

  private static let stopped = "stopped/"
}

extension SeedFailure: Comparable {
  /// The order of the printed words.
  package static func < (one: SeedFailure, other: SeedFailure) -> Bool { one.description < other.description }
}

extension SeedFailure: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let failure = SeedFailure(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "expected the name of a failure")
    }
    self = failure
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
