/// How long keys, values, commands and snapshots may be. The limits of the wire and of the log follow from these.
package enum KeyValueLimits {
  /// Bytes in a key; 1 KiB.
  package static let maxKeyBytes = 1 << 10
  /// Bytes in a value, in an expected value, and in a value that appends have built; 64 KiB.
  package static let maxValueBytes = 64 << 10

  /// Bytes in an encoded operation. The longest is a compare-and-set: a tag, the key, a flag and the expected value, the
  /// new value, each string after its length.
  package static let maxOperationBytes = 1 + (4 + maxKeyBytes) + (1 + 4 + maxValueBytes) + (4 + maxValueBytes)
  /// Bytes in an encoded command: the format version, the stamp, a tag, the session, the sequence number, the operation.
  package static let maxCommandBytes = 1 + 8 + 1 + 8 + 8 + maxOperationBytes

  /// Bytes of all keys and values in the store, each after its length; 128 MiB. What would make it larger is refused.
  package static let maxStoreBytes = 128 << 20
  /// Keys in the store, which take their lengths at least.
  package static let maxKeys = maxStoreBytes / 8
  /// Sessions open at a time.
  package static let maxSessions = 1_024
  /// Bytes of a snapshot besides its sessions and keys: the format version, log time, how many of each follow.
  package static let snapshotHeaderBytes = 1 + 8 + 4 + 4
  /// Bytes of a session in a snapshot: its name, when it was used last, a flag, a sequence number, and a result with its
  /// tag, a flag and a value after its length.
  package static let maxSessionBytes = 8 + 8 + 1 + 8 + (1 + 1 + 4 + maxValueBytes)
  /// Bytes in a snapshot; below 256 MiB.
  package static let maxSnapshotBytes = snapshotHeaderBytes + maxSessions * maxSessionBytes + maxStoreBytes

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
