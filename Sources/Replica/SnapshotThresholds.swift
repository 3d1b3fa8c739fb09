import Raft

/// How far a server lets its log grow before it takes a snapshot: whichever comes first.
package struct SnapshotThresholds: Hashable, Sendable {
  /// Entries applied since the last snapshot; at least 1.
  package var entries: Int
  /// Bytes of commands applied since the last snapshot; at least 1.
  package var bytes: Int

  /// - Parameters:
  ///   - entries: 100,000 unless given.
  ///   - bytes: 64 MiB unless given.
  package init(entries: Int = 100_000, bytes: Int = 64 << 20) {
    precondition(entries >= 1 && bytes >= 1, "a snapshot of \(entries) entries or \(bytes) bytes stands for nothing")
    self.entries = entries
    self.bytes = bytes
  }

  /// Those of a member's first snapshot since it started, or took on a leader's: earlier for each by another part, so that
  /// not all of them take theirs at the same entries.
  ///
  /// - Parameters:
  ///   - place: the member's among all, from 0 on.
  ///   - members: how many there are.
  package func first(at place: Int, of members: Int) -> SnapshotThresholds {
    SnapshotThresholds(
      entries: max(1, entries - entries / members * place), bytes: max(1, bytes - bytes / members * place))
  }
}

extension SnapshotThresholds {
  /// Those of the first snapshot of the server that is configured so.
  func first(in configuration: RaftConfiguration) -> SnapshotThresholds {
    // One that joins comes where its number falls.
    let voters = max(1, configuration.voters.count)
    return first(at: configuration.id.offset % voters, of: voters)
  }
}
