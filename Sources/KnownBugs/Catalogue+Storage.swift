import Replica

extension KnownBug {
  /// Mistakes by which a server's disk keeps it, or its cluster, from going on.
  package static let disksInTheWay = [
    KnownBug(
      "unsynced-tail-refused",
      "A torn record with a whole one behind it is refused, though neither was synced.",
      trigger: "power loss, torn write", effects: [.stop],
      seenIn: "this project",
      rule: "StorageRules.isTorn", RuleSet(storage: UnsyncedTailRefused.self)),
    KnownBug(
      "recovered-taken-for-durable",
      "What a killed process had written counts as durable because it can be read.",
      trigger: "kill, power loss", effects: [.invariant, .stop],
      seenIn: "this project",
      rule: "StorageRules.durableLength", RuleSet(storage: RecoveredTakenForDurable.self)),
    KnownBug(
      "deaf-when-full",
      "A server whose disk is full passes over what its leader sends, and campaigns against it.",
      trigger: "disk full", effects: [.progress],
      seenIn: "this project",
      rule: "ReplicaRules.hears", RuleSet(replica: DeafWhenFull.self)),
    KnownBug(
      "leads-without-room",
      "A leader whose disk takes no writes goes on leading.",
      trigger: "disk full, slow disk", effects: [.progress],
      seenIn: "this project",
      rule: "RaftRules.mayLead", RuleSet(raft: LeadsWithoutRoom.self)),
    KnownBug(
      "snapshot-sync-blocks-log",
      "Snapshots are written in one queue with the log, so that acknowledgements and votes wait for their syncs.",
      trigger: "snapshot, slow disk", effects: [.progress],
      seenIn: "this project",
      rule: "StorageRules.lane", RuleSet(storage: SnapshotSyncBlocksLog.self)),
    KnownBug(
      "full-disk-without-snapshot",
      "A server whose disk is full waits for the usual number of entries before it takes a snapshot.",
      trigger: "disk full", effects: [.progress],
      seenIn: "this project",
      rule: "ReplicaRules.wantsSnapshot", RuleSet(replica: FullDiskWithoutSnapshot.self)),
  ]
}
