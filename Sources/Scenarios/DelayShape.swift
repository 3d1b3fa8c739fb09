import Determinism

/// How delays are distributed around their mean.
package enum DelayShape: String, CodedAsWord, Hashable, Sendable {
  /// All alike.
  case constant
  /// From nothing to twice the mean.
  case uniform
  /// Most are short, a few several times the mean.
  case exponential
  /// Seven in eight are short, at most half the mean; one in eight is long, five times the mean or more.
  case bimodal
}

extension Draw {
  /// A delay of this mean and shape.
  package func delay(mean: Duration, shape: DelayShape) -> Duration {
    switch shape {
    case .constant: mean
    case .uniform: within(.zero...(mean * 2))
    case .exponential: exponential(mean: mean)
    case .bimodal:
      // The upper bits decide which, the lower ones how long.
      Draw(bits: bits << 3).within(bits >> 61 > 0 ? .zero...(mean / 2) : (mean * 5)...(mean * 15 / 2))
    }
  }
}
