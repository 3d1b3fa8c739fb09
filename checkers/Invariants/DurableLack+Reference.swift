import Raft
import Reference
import Traces

extension DurableLack {
  /// Of a disk that lacks a leader's log up to an index.
  init(_ disk: ReferenceDisk, of index: LogIndex) {
    if let snapshot = disk.orphaningSnapshot {
      self = .snapshotInPlaceOfLog(snapshot)
    } else if disk.holds(index, digest: nil) {
      self = .otherEntries
    } else {
      self = disk.lastIndex == .zero ? .noEntries : .endsAt(disk.lastIndex)
    }
  }
}
