/// A flush under way: the changes that it will make durable, the bytes asked for when it began, and where the log ended
/// then.
struct Flush: Sendable {
  var changes: UInt64
  var bytes: Int
  var removedBytes: Int
  var file: UInt64
  var length: Int
}

/// One queue of the disk: what was asked of it, and how much of that is durable.
///
/// Always `durable <= files.changes` and `writtenBytes <= files.bytes`.
struct Lane: Sendable {
  var files = FileWriter()
  /// The changes that would survive a crash.
  var durable: UInt64 = 0
  /// The bytes asked for that are known to be written.
  var writtenBytes = 0
  var flush: Flush?

  var hasUnsynced: Bool { durable < files.changes }
  var unwrittenBytes: Int { files.bytes - writtenBytes }
}

/// Both queues of the disk.
struct Lanes: Sendable {
  var log = Lane()
  var snapshots = Lane()

  /// The bytes asked for so far.
  var bytes: Int { log.files.bytes + snapshots.files.bytes }

  subscript(lane: FileLane) -> Lane {
    // Inlined, for a call would copy the lane.
    @inline(__always) _read {
      switch lane {
      case .log: yield log
      case .snapshots: yield snapshots
      }
    }
    @inline(__always) _modify {
      switch lane {
      case .log: yield &log
      case .snapshots: yield &snapshots
      }
    }
  }
}
