import Raft
import Replica

/// Takes a last record that was cut short for whole, and zeros for what is missing of it.
enum TornTailAccepted: StorageRules {
  static func isIntact(expected: UInt32, actual: UInt32, missingBytes: Int) -> Bool {
    missingBytes > 0 || expected == actual
  }
}

/// Takes a bad record for damaged wherever a whole one follows, though neither was synced.
enum UnsyncedTailRefused: StorageRules {
  static func isTorn(at offset: Int, mark: Int, laterRecord: Int?) -> Bool { laterRecord == nil }
}

/// Takes all that recovery can read for durable.
enum RecoveredTakenForDurable: StorageRules {
  static func durableLength(ofRecovered length: Int, mark: Int) -> Int { length }
}

/// Goes by the place of a record in the whole log, of which compaction removes the beginning.
enum LogPositionStaleAfterCompaction: StorageRules {
  static func place(inFile: Int, inLog: Int) -> Int { inLog }
}

/// Writes a new snapshot over the latest one.
enum FileReplacedInPlace: StorageRules {
  static func fileToWrite(_ name: String, current: String?) -> String { current ?? name }
}

/// Compares the names of snapshots as text, in which 9 comes after 10.
enum SnapshotPicksLexicographicLast: StorageRules {
  static func isNewer(_ one: SnapshotFile, than other: SnapshotFile) -> Bool { one.name > other.name }
}

/// Removes log files as soon as it turns to writing the snapshot that is to replace them.
enum LogTruncatedBeforeSnapshotDurable: StorageRules {
  static func disposable(durable: LogIndex, written: LogIndex, compacted: LogIndex) -> LogIndex { written }
}

/// Takes a sync that failed for one that is done.
enum FsyncErrorIgnored: StorageRules {
  static func outcome(of reported: FlushOutcome) -> FlushOutcome {
    if case .failed(.sync) = reported { .done(freeBytes: .max) } else { reported }
  }
}
