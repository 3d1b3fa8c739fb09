/// What kind of failure a run had, so that the failures of many runs fall into buckets.
///
/// Printed and parsed as one line: `not-linearizable`, `invariant ElectionSafety`, `stopped log damaged`.
public enum FailureSignature: Hashable, Sendable {
  /// No order of the operations explains what the clients saw.
  case notLinearizable
  /// An invariant of the cluster broke; its name.
  case invariant(String)
  /// A node stopped that should not have; why.
  case stopped(String)
}

extension FailureSignature: LosslessStringConvertible {
  /// The signature that prints like this.
  public init?(_ description: String) {
    if description == "not-linearizable" {
      self = .notLinearizable
    } else if description.hasPrefix("invariant ") {
      self = .invariant(String(description.dropFirst("invariant ".count)))
    } else if description.hasPrefix("stopped ") {
      self = .stopped(String(description.dropFirst("stopped ".count)))
    } else {
      return nil
    }
  }

  /// One line.
  public var description: String {
    switch self {
    case .notLinearizable: "not-linearizable"
    case .invariant(let name): "invariant \(name)"
    case .stopped(let reason): "stopped \(reason)"
    }
  }
}

extension FailureSignature: Comparable {
  /// The order of the printed lines.
  public static func < (one: FailureSignature, other: FailureSignature) -> Bool {
    one.description < other.description
  }
}
