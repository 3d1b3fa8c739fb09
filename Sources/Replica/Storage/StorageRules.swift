import Raft

/// The decisions on which durability rests. A default is what is right; a known bug overrides one.
package protocol StorageRules: Sendable {
  /// Raft §5.2, Figure 2: term, vote and log are persistent. A server that has lost them could vote a second time in a term, and
  /// lacks what it has acknowledged, so it comes back under another name, if at all.
  ///
  /// - Parameter onReplacedDisk: whether its disk is another one than that on which it ran.
  static func mayStart(onReplacedDisk: Bool) -> Bool

  /// Whether a record of the log is the one that was written. RFC 3720, appendix B.4 for the checksum; that a torn last
  /// record is no record follows from what a sync promises: it never returned for that one.
  ///
  /// - Parameters:
  ///   - expected: the checksum that stands in the record.
  ///   - actual: the checksum of the bytes that are there.
  ///   - missingBytes: how many bytes of its payload lie beyond the end of the file.
  static func isIntact(expected: UInt32, actual: UInt32, missingBytes: Int) -> Bool

  /// Whether a bad record begins the torn tail of the log, of which nobody was told, rather than being damaged. Pages that
  /// were not synced reach the disk in any order (Pillai et al. 2014): what lies behind the highest mark may be torn
  /// whatever follows it, and what lies before a mark was synced.
  ///
  /// - Parameters:
  ///   - offset: where the record starts in its file.
  ///   - mark: the highest mark of the whole records in the file, before it and behind it.
  ///   - laterRecord: where the first whole record behind it starts, if there is one.
  static func isTorn(at offset: Int, mark: Int, laterRecord: Int?) -> Bool

  /// How much of the last file of a log counts as durable when recovery has read it. A process that was killed leaves to be
  /// read what it wrote and did not sync, and a later power cut takes that (Pillai et al. 2014): so only what was known to
  /// be synced counts, and the rest once it is.
  ///
  /// - Parameters:
  ///   - length: the bytes of the file that recovery keeps.
  ///   - mark: the highest mark of the records among them.
  static func durableLength(ofRecovered length: Int, mark: Int) -> Int

  /// The place that a record's checksum covers: that in its own file, where recovery looks for it.
  ///
  /// - Parameters:
  ///   - inFile: the bytes before it in its file.
  ///   - inLog: the bytes before it in all files of the log.
  static func place(inFile: Int, inLog: Int) -> Int

  /// Raft §7: a server discards log entries once a snapshot that includes them is durable.
  ///
  /// - Parameters:
  ///   - durable: the last index of the latest snapshot that would survive a crash.
  ///   - written: the last index of the latest snapshot that was, or is being, handed to the disk.
  ///   - compacted: the last index that the protocol no longer needs from the log.
  /// - Returns: the index up to which the log's files may go.
  static func disposable(durable: LogIndex, written: LogIndex, compacted: LogIndex) -> LogIndex

  /// The queue of the disk in which a snapshot is written. Ongaro 2014 §5.1.2: to take one must not hold up what the cluster
  /// waits for, and a vote or an acknowledgement rests on the log's sync alone (Raft Figure 2).
  ///
  /// - Parameter file: the snapshot's.
  static func lane(ofSnapshot file: SnapshotFile) -> FileLane

  /// The file into which a new snapshot is written, before it gets its name: one that recovery passes over, or a crash
  /// would leave a torn one in place of a whole one.
  ///
  /// - Parameters:
  ///   - name: the name that it will have.
  ///   - current: the name of the latest snapshot, if there is one.
  static func fileToWrite(_ name: String, current: String?) -> String

  /// Whether one snapshot file is later than another: by its number.
  static func isNewer(_ one: SnapshotFile, than other: SnapshotFile) -> Bool

  /// What a flush brought about, given what the disk reported: a failure is final, for a second try would report
  /// success without having written what the first one lost (Rebello et al. 2020).
  static func outcome(of reported: FlushOutcome) -> FlushOutcome

  /// Whether so many bytes may be written: never into the reserve, for a write that fails half-way is damage.
  static func hasRoom(for bytes: Int, freeBytes: Int, reserveBytes: Int) -> Bool
}

extension StorageRules {
  package static func mayStart(onReplacedDisk: Bool) -> Bool { !onReplacedDisk }

  package static func isIntact(expected: UInt32, actual: UInt32, missingBytes: Int) -> Bool {
    missingBytes == 0 && expected == actual
  }

  package static func isTorn(at offset: Int, mark: Int, laterRecord: Int?) -> Bool { offset >= mark }

  package static func durableLength(ofRecovered length: Int, mark: Int) -> Int { mark }

  package static func place(inFile: Int, inLog: Int) -> Int { inFile }

  package static func disposable(durable: LogIndex, written: LogIndex, compacted: LogIndex) -> LogIndex {
    min(durable, compacted)
  }

  package static func lane(ofSnapshot file: SnapshotFile) -> FileLane { .snapshots }

  package static func fileToWrite(_ name: String, current: String?) -> String { name + SnapshotFile.temporarySuffix }

  package static func isNewer(_ one: SnapshotFile, than other: SnapshotFile) -> Bool { one.index > other.index }

  package static func outcome(of reported: FlushOutcome) -> FlushOutcome { reported }

  package static func hasRoom(for bytes: Int, freeBytes: Int, reserveBytes: Int) -> Bool {
    bytes <= freeBytes - reserveBytes
  }
}

/// The rules as they should be.
package enum PaperStorageRules: StorageRules {}
