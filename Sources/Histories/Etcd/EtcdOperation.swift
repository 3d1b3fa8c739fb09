/// One operation of etcd's robustness tests, as they write it to `operations.json`: what a client asked, what it was
/// answered, and when.
package struct EtcdOperation: Hashable, Sendable {
  /// The client, by its number in the file.
  package var client: Int64
  /// When it called and when it returned, in nanoseconds on the clock of all clients.
  package var call: Int64
  package var end: Int64
  /// What it asked.
  package var request: Request
  /// What it was answered.
  package var response: Response
  /// The line on which it stands.
  package var line: Int

  /// A value, or the hash of one that is too long for the file. Equal values are written in equal ways.
  package enum Value: Hashable, Sendable {
    case text([UInt8])
    case hash(UInt32)
  }

  /// Keys from `start` to before `end`, or `start` alone where `end` is empty; at most `limit` of them, 0 for all.
  package struct Range: Hashable, Sendable {
    package var start: [UInt8] = []
    package var end: [UInt8] = []
    package var limit: Int64 = 0

    /// Whether it is one key.
    package var isSingleKey: Bool { end.isEmpty }
  }

  /// A step of a transaction.
  package enum Step: Hashable, Sendable {
    case range(Range)
    /// `lease` is 0 for a key that belongs to none.
    case put(key: [UInt8], Value, lease: Int64)
    case delete(key: [UInt8])
  }

  /// What must hold for a transaction to take its steps for success: the revision of the key's last change, 0 for an
  /// absent key, or how many changes it has seen.
  package struct Condition: Hashable, Sendable {
    package var key: [UInt8] = []
    package var revision: Int64 = 0
    package var version: Int64 = 0
  }

  /// What a client asked.
  package enum Request: Hashable, Sendable {
    /// Of the state at `revision`, or now if that is 0.
    case range(Range, revision: Int64)
    case transaction(conditions: [Condition], onSuccess: [Step], onFailure: [Step])
    case leaseGrant(lease: Int64)
    case leaseRevoke(lease: Int64)
    case defragment
    case compact(revision: Int64)
  }

  /// A key as a range found it.
  package struct KeyValue: Hashable, Sendable {
    package var key: [UInt8] = []
    package var value: Value = .text([])
    /// The revision of its last change, and how many it has seen.
    package var revision: Int64 = 0
    package var version: Int64 = 0
  }

  /// What a step answered. A range fills the first two, a delete the last one.
  package struct Result: Hashable, Sendable {
    package var found: [KeyValue] = []
    package var count: Int64 = 0
    package var deleted: Int64 = 0
  }

  /// What a client was answered.
  package struct Response: Hashable, Sendable {
    /// Why nobody knows what became of it; empty if that is known.
    package var error: [UInt8] = []
    /// Why the server refused, which changed nothing; empty if it did not.
    package var refusal: [UInt8] = []
    /// Whether only `revision` is known of what was answered, and 0 is none.
    package var isPartial = false
    package var revision: Int64 = 0
    /// Whether the conditions of a transaction did not hold.
    package var isFailure = false
    /// Of each step of a transaction, or of the range.
    package var results: [Result] = []
  }
}
