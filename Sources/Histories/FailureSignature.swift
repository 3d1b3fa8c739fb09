/// What kind of failure a run had, so that the failures of many runs fall into buckets.
///
/// Printed and parsed as one word: `linearizability`, `invariant/ElectionSafety`, `liveness/NoLeader`,
/// `stopped/log-damaged`.
public enum FailureSignature: Hashable, Sendable {
  /// No order of the operations explains what the clients saw.
  case linearizability
  /// An invariant of the cluster broke; its name.
  case invariant(String)
  /// A healed quorum did not get on with its work; what was missing.
  case liveness(String)
  /// A node stopped that should not have; why, in a word.
  case stopped(String)
}

extension FailureSignature: LosslessStringConvertible {
  private static let invariantPrefix = "invariant/"
  private static let livenessPrefix = "liveness/"
  private static let stoppedPrefix = "stopped/"

  /// The signature that prints like this.
  public init?(_ description: String) {
    func name(behind prefix: String) -> String? {
      guard description.hasPrefix(prefix), description.utf8.count > prefix.utf8.count else { return nil }
      return String(description.dropFirst(prefix.count))
    }
    if description == "linearizability" {
      self = .linearizability
    } else if let name = name(behind: Self.invariantPrefix) {
      self = .invariant(name)
    } else if let name = name(behind: Self.livenessPrefix) {
      self = .liveness(name)
    } else if let reason = name(behind: Self.stoppedPrefix) {
      self = .stopped(reason)
    } else {
      return nil
    }
  }

  /// One word.
  public var description: String {
    switch self {
    case .linearizability: "linearizability"
    case .invariant(let name): Self.invariantPrefix + name
    case .liveness(let name): Self.livenessPrefix + name
    case .stopped(let reason): Self.stoppedPrefix + reason
    }
  }
}

extension FailureSignature: Comparable {
  /// The order of the printed lines.
  public static func < (one: FailureSignature, other: FailureSignature) -> Bool {
    one.description < other.description
  }
}
