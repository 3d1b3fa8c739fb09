import Determinism
import Raft
import Reference
import Replica
import Traces

/// What a removal takes away nobody needs (Raft §7: the log goes once a durable snapshot includes it). It may be durable at
/// once, and what was written before it and not synced may not be: so whatever a crash leaves of the files it would have left
/// without that one.
enum RemovalsTakeNothing {
  /// - Parameters:
  ///   - name: the name that was taken away.
  ///   - before: what a crash would leave if the changes of names before were durable, and `after`, with this one.
  static func check(
    _ name: String, at node: NodeID, before: ReferenceDisk, after: ReferenceDisk
  ) throws(InvariantViolation) {
    guard !after.agrees(with: before) else { return }
    throw InvariantViolation(
      .removedNeeded(
        node, file: name, before: DiskStand(before), after: after.isOfFiles ? DiskStand(after) : nil))
  }
}

/// What a record says was synced before it was written was, and nothing is written to a file of the log behind which it goes
/// on: recovery takes what lies there for damaged if it is not whole (Pillai et al. 2014).
enum MarksAreSynced {
  /// - Parameter flaw: of what a sync has made durable, if there is one.
  static func check(_ flaw: ReferenceDisk.WriteFlaw?, of file: String, at node: NodeID) throws(InvariantViolation) {
    switch flaw {
    case nil: break
    case .mark(let offset, let mark, let synced):
      throw InvariantViolation(.markBeyondSynced(node, file: file, offset: offset, mark: mark, synced: synced))
    case .earlierFile: throw InvariantViolation(.wroteToEarlierFile(node, file: file))
    }
  }
}

/// A server starts with what its files say (Raft Figure 2: persistent state is what a restart finds), and not from files that
/// no crash leaves so.
package enum RecoversWhatIsThere {
  /// - Parameter found: what its files say; `nil` if no server may recover from them.
  static func check(_ found: ReferenceDisk?, in cluster: ClusterView) throws(InvariantViolation) {
    let replica = cluster.replicas[cluster.changed.offset]
    let (log, hardState) = (replica.raft.log, replica.raft.hardState)
    if let found, found.hardState == hardState, found.start == log.start, found.lastIndex == log.lastIndex,
      found.digest(at: found.lastIndex) == log.digest(at: log.lastIndex)
    {
      return
    }
    throw InvariantViolation(
      .recoveredOtherwise(
        cluster.changed, as: DiskStand(hardState: hardState, last: log.lastPosition),
        from: found.map { DiskStand($0) }))
  }

  /// A server that starts from another disk than its own has forgotten what it promised, whatever is there.
  package static func check(otherDiskIn cluster: ClusterView) throws(InvariantViolation) {
    try check(nil, in: cluster)
  }

  /// Whether a server could start from a disk that has lost something: what is lost may be in a snapshot that it can do
  /// without.
  package static func canRecover(from files: FileBytes) -> Bool { ReferenceDisk(reading: files) != nil }
}

/// Once all is done that a server asked of its disk, that says what the server knows (Raft Figure 2: term, vote and log are
/// persistent state): an entry that it has let go of does not come back with the next start.
enum DiskKeepsUp {
  /// - Parameter disks: what the files of all servers say.
  static func check(_ disks: ReferenceDisks, in cluster: ClusterView) throws(InvariantViolation) {
    let (node, status) = (cluster.changed, cluster.status)
    let hardState = cluster.replicas[node.offset].raft.hardState
    guard !disks.say(hardState, upTo: status.lastIndex, digest: status.logDigest, of: node) else { return }
    throw InvariantViolation(
      .diskDiffers(
        node, from: DiskStand(hardState: hardState, last: cluster.log.lastPosition), disk: DiskStand(disks[node])))
  }
}

/// Files that nobody needs any more are removed (Raft §7), or a disk fills up: once all is durable there are none.
enum NothingIsLeftOver {
  /// - Parameters:
  ///   - files: how many there are.
  ///   - disks: what those of all servers say.
  static func check(_ files: Int, on disks: ReferenceDisks, in cluster: ClusterView) throws(InvariantViolation) {
    let needed = disks.neededFiles(of: cluster.changed, compacted: cluster.status.logStart.index)
    guard files > needed else { return }
    throw InvariantViolation(.filesLeftOver(cluster.changed, files: files, needed: needed))
  }
}

/// A server counts no more room on its disk than there will be once all is written that it asked for: else it writes into
/// its reserve, or amid what it has begun the disk is full. Nor does it count less, once nothing is under way: else it refuses
/// what it could take.
package enum RoomIsCounted {
  /// - Parameters:
  ///   - counted: what the server takes the room to be.
  ///   - room: what it will be.
  ///   - isAtRest: whether a flush of the log has just told how much there is, and nothing is under way.
  /// - Returns: what is broken.
  package static func look(at node: NodeID, counted: Int, room: Int, isAtRest: Bool) -> Finding? {
    let isWrong = isAtRest ? counted != room : counted > room
    return isWrong ? .roomMiscounted(node, counted: counted, room: room) : nil
  }
}

extension DiskStand {
  /// What files say.
  init(_ disk: ReferenceDisk) { self.init(hardState: disk.hardState, last: disk.lastPosition) }
}
