import Raft
import Replica

/// Takes a message for lost whose entries do not fit on the disk, whatever else it says.
enum DeafWhenFull: ReplicaRules {
  static func hears(_ kind: RaftMessage.Kind, hasRoom: Bool) -> Bool { hasRoom }
}

/// Leads and campaigns whether or not its disk takes what it would have to write.
enum LeadsWithoutRoom: RaftRules {
  static func mayLead(canWrite: Bool, voters: Int) -> Bool { true }
}

/// Takes snapshots by the thresholds alone, though its disk is full and they would make room.
enum FullDiskWithoutSnapshot: ReplicaRules {
  static func wantsSnapshot(
    entries: Int, bytes: Int, thresholds: SnapshotThresholds, lacksRoom: Bool, logBytes: Int, stateBytes: Int
  ) -> Bool {
    entries >= thresholds.entries || bytes >= thresholds.bytes
  }
}
