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

  /// Whether a flush may begin now, which makes something durable unless it is for another reason.
  func canFlush(forOtherReason isAsked: Bool) -> Bool { flush == nil && (hasUnsynced || isAsked) }

  /// Asks for everything to be made durable.
  mutating func startFlush(file: UInt64, length: Int) {
    files.syncEverything()
    flush = Flush(
      changes: files.changes, bytes: files.bytes, removedBytes: files.removedBytes, file: file, length: length)
  }
}

/// Both queues of the disk.
struct Lanes: Sendable {
  var log = Lane()
  var snapshots = Lane()

  /// The bytes asked for so far, without those of files that were to be removed.
  var bytes: Int { log.files.bytes + snapshots.files.bytes - log.files.removedBytes - snapshots.files.removedBytes }
  /// The bytes asked for that are not known to be written.
  var unwrittenBytes: Int { log.unwrittenBytes + snapshots.unwrittenBytes }

  // Both are asked at every event, and at every flush: by way of the subscript each would cost an allocation and a copy of the lane.

  func hasCommands(_ lane: FileLane) -> Bool {
    switch lane {
    case .log: log.files.hasCommands
    case .snapshots: snapshots.files.hasCommands
    }
  }

  func canFlush(_ lane: FileLane, forOtherReason isAsked: Bool) -> Bool {
    switch lane {
    case .log: log.canFlush(forOtherReason: isAsked)
    case .snapshots: snapshots.canFlush(forOtherReason: isAsked)
    }
  }

  func isFlushing(_ lane: FileLane) -> Bool {
    switch lane {
    case .log: log.flush != nil
    case .snapshots: snapshots.flush != nil
    }
  }

  /// Ends the flush under way in a queue. - Returns: it, if there was one.
  mutating func takeFlush(of lane: FileLane) -> Flush? {
    switch lane {
    case .log: log.flush.take()
    case .snapshots: snapshots.flush.take()
    }
  }

  /// Takes note that what a flush of a queue has reached is durable.
  mutating func noteDone(_ flush: Flush, of lane: FileLane) {
    switch lane {
    case .log: (log.durable, log.writtenBytes) = (flush.changes, flush.bytes)
    case .snapshots: (snapshots.durable, snapshots.writtenBytes) = (flush.changes, flush.bytes)
    }
  }

  subscript(lane: FileLane) -> Lane {
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
