import Determinism
import Raft

/// What the disks of all servers hold for good.
///
/// Whoever checks a property asks it about one of them, again and again: it looks where that disk lies, for to hand one out
/// is to copy it.
package struct ReferenceDisks: Sendable {
  private var disks: [ReferenceDisk]
  /// What all of them together have rewritten.
  package private(set) var rewrites = 0

  /// Empty ones.
  ///
  /// - Parameter nodes: how many servers there are.
  package init(nodes: Int) {
    disks = Array(repeating: ReferenceDisk(), count: nodes)
  }

  /// How many there are.
  package var count: Int { disks.count }

  /// All of one.
  package subscript(node: NodeID) -> ReferenceDisk { disks[node.offset] }

  /// Lets one follow what has happened to it.
  package mutating func follow(_ node: NodeID, _ change: (inout ReferenceDisk) -> Void) {
    let before = disks[node.offset].rewrites
    change(&disks[node.offset])
    rewrites += disks[node.offset].rewrites - before
  }

  // What these ask is inlined, for a call would copy the disk.

  /// As `ReferenceDisk.holds`; a server that is nowhere, as a damaged configuration may name it, holds nothing.
  package func holds(_ index: LogIndex, digest: UInt64?, on node: NodeID) -> Bool {
    node.offset < disks.count && disks[node.offset].holds(index, digest: digest)
  }

  /// As `ReferenceDisk.says`.
  package func say(_ hardState: HardState, upTo last: LogIndex, digest: UInt64, of node: NodeID) -> Bool {
    disks[node.offset].says(hardState, upTo: last, digest: digest)
  }

  /// As `ReferenceDisk.neededFiles`.
  package func neededFiles(of node: NodeID, compacted: LogIndex) -> Int {
    disks[node.offset].neededFiles(compacted: compacted)
  }

  /// As `ReferenceDisk.hardState`.
  package func hardState(of node: NodeID) -> HardState { disks[node.offset].hardState }

  /// As `ReferenceDisk.rewrites`.
  package func rewrites(of node: NodeID) -> Int { disks[node.offset].rewrites }

  /// As `ReferenceDisk.lastPosition`, likewise.
  package func lastPosition(of node: NodeID) -> LogPosition {
    node.offset < disks.count ? disks[node.offset].lastPosition : .zero
  }

  /// As `ReferenceDisk.members`.
  package func members(on node: NodeID) -> (latest: Members, before: Members?) { disks[node.offset].members }

  /// As `ReferenceDisk.term`.
  package func term(of node: NodeID) -> Term { disks[node.offset].term }
}
