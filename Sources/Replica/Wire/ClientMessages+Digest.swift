import Determinism
import KeyValue

extension ClientRequest {
  /// Folds all that the request says into a digest: the same for two requests only if they are the same.
  package func fold(into digest: inout StableDigest) {
    digest.combine(sequence.rawValue)
    switch body {
    case .openSession: digest.combine(1)
    case .read(let key):
      digest.combine(2)
      digest.combine(key)
    case .write(let operation, let session):
      digest.combine(3)
      digest.combine(session.rawValue)
      operation.fold(into: &digest)
    case .change(let change):
      digest.combine(4)
      digest.combine(change.voters.rawValue)
      digest.combine(change.learners.rawValue)
      digest.combine(change.removed.rawValue)
    case .transfer(let target):
      digest.combine(5)
      digest.combine(UInt64(target?.number ?? 0))
    }
  }
}

extension ClientReply {
  /// Folds all that the answer says into a digest: the same for two answers only if they are the same.
  package func fold(into digest: inout StableDigest) {
    digest.combine(sequence.rawValue)
    switch body {
    case .opened(let session):
      digest.combine(1)
      digest.combine(session.rawValue)
    case .value(let value):
      digest.combine(2)
      digest.combine(optional: value)
    case .written(let result):
      digest.combine(3)
      result.fold(into: &digest)
    case .sessionExpired: digest.combine(4)
    case .notLeader(let hint):
      digest.combine(5)
      digest.combine(UInt64(hint?.number ?? 0))
    case .unknown: digest.combine(6)
    case .refused(let violation):
      digest.combine(7)
      digest.combine(UInt64(violation.rawValue))
    case .done: digest.combine(8)
    case .turnedDown(let refusal):
      digest.combine(9)
      digest.combine(UInt64(refusal.rawValue))
    }
  }
}

extension KeyValueOperation {
  fileprivate func fold(into digest: inout StableDigest) {
    digest.combine(key)
    switch self {
    case .put(_, let value):
      digest.combine(1)
      digest.combine(value)
    case .append(_, let value):
      digest.combine(2)
      digest.combine(value)
    case .delete: digest.combine(3)
    case .compareAndSet(_, let expected, let new):
      digest.combine(4)
      digest.combine(optional: expected)
      digest.combine(new)
    }
  }
}

extension KeyValueResult {
  fileprivate func fold(into digest: inout StableDigest) {
    switch self {
    case .done: digest.combine(1)
    case .swapped: digest.combine(2)
    case .mismatch(let seen):
      digest.combine(3)
      digest.combine(optional: seen)
    case .refused: digest.combine(4)
    }
  }
}

extension StableDigest {
  /// A string, or that there is none: no length is the largest number.
  fileprivate mutating func combine(optional bytes: [UInt8]?) {
    if let bytes { combine(bytes) } else { combine(.max) }
  }
}
