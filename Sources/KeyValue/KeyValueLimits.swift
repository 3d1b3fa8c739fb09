/// How long keys, values and commands may be. The limits of the wire and of the log follow from these.
package enum KeyValueLimits {
  /// Bytes in a key; 1 KiB.
  package static let maxKeyBytes = 1 << 10
  /// Bytes in a value, in an expected value, and in a value that appends have built; 64 KiB.
  package static let maxValueBytes = 64 << 10

  /// Bytes in an encoded operation. The longest is a compare-and-set: a tag, the key, a flag and the expected value, the
  /// new value, each string after its length.
  package static let maxOperationBytes = 1 + (4 + maxKeyBytes) + (1 + 4 + maxValueBytes) + (4 + maxValueBytes)
  /// Bytes in an encoded command: the format version, the session, the sequence number, the stamp, the operation.
  package static let maxCommandBytes = 1 + 8 + 8 + 8 + maxOperationBytes

  /// Which limit a request exceeds.
  package enum Violation: UInt8, Hashable, Sendable, CaseIterable {
    case keyTooLong = 1
    case valueTooLong
  }

  /// The limit that an operation exceeds, if any. A server asks before it appends, and refuses.
  package static func violation(of operation: KeyValueOperation) -> Violation? {
    if let violation = violation(ofKey: operation.key) { return violation }
    let isLong =
      switch operation {
      case .put(_, let value), .append(_, let value): value.count > maxValueBytes
      case .delete: false
      case .compareAndSet(_, let expected, let new):
        new.count > maxValueBytes || (expected?.count ?? 0) > maxValueBytes
      }
    return isLong ? .valueTooLong : nil
  }

  /// The limit that a key exceeds, if any: for reads.
  package static func violation(ofKey key: [UInt8]) -> Violation? {
    key.count > maxKeyBytes ? .keyTooLong : nil
  }
}

extension KeyValueLimits.Violation: CustomStringConvertible {
  package var description: String {
    switch self {
    case .keyTooLong: "the key is longer than \(KeyValueLimits.maxKeyBytes) bytes"
    case .valueTooLong: "a value is longer than \(KeyValueLimits.maxValueBytes) bytes"
    }
  }
}
