/// The kinds of faults, as they are counted and printed.
package enum FaultKind: String, Codable, Hashable, Sendable, CaseIterable {
  // Links between servers
  case one, halves, majority
  case minorityThird = "minority-third"
  case majoritiesRing = "majorities-ring"
  case bridge, primaries
  case oneWay = "one-way"
  case clog, loss, delay, duplicate, reorder, replay
  case slowNode = "slow-node"

  // Processes
  case kill
  case killMajority = "kill-majority"
  case powerLoss = "power-loss"
  case crashLoop = "crash-loop"
  case pause, snapshot

  // Disks
  case tornWrite = "torn-write"
  case lostWrite = "lost-write"
  case syncError = "fsync-error"
  case writeError = "write-error"
  case diskFull = "disk-full"
  case slowDisk = "slow-disk"
  case bitFlip = "bit-flip"
  case unreadableSector = "unreadable-sector"

  // Clocks
  case clockDrift = "clock-drift"
  case clockJump = "clock-jump"
  case clockStrobe = "clock-strobe"
  case clockFreeze = "clock-freeze"
  case clockLeap = "clock-leap"

  init(_ shape: PartitionShape) {
    self =
      switch shape {
      case .one: .one
      case .halves: .halves
      case .majority: .majority
      case .minorityThird: .minorityThird
      case .majoritiesRing: .majoritiesRing
      case .bridge: .bridge
      case .primaries: .primaries
      }
  }

  /// Whether a scenario can ask for it; torn and lost writes are what a crash may do.
  package var isPlannable: Bool { self != .tornWrite && self != .lostWrite }

  /// The fewest servers of a cluster in which it can occur.
  package var fewestNodes: Int {
    switch self {
    case .one, .halves, .primaries, .oneWay, .clog, .loss, .delay, .duplicate, .reorder, .replay, .slowNode,
      .killMajority:
      2
    case .majority, .bridge: 3
    // One in three is not less than a third; and in a ring of three everybody hears everybody.
    case .minorityThird, .majoritiesRing: 4
    case .kill, .powerLoss, .crashLoop, .pause, .snapshot, .tornWrite, .lostWrite, .slowDisk, .clockDrift, .clockJump,
      .clockStrobe, .clockFreeze, .clockLeap:
      1
    // Nodes with weak disks are a minority.
    case .syncError, .writeError, .diskFull, .bitFlip, .unreadableSector: 3
    }
  }

  /// Whether it hits only nodes with a weak disk: such a node may stop, or may never come back.
  package var needsWeakDisk: Bool {
    switch self {
    case .syncError, .writeError, .diskFull, .bitFlip, .unreadableSector: true
    default: false
    }
  }

  /// Whether it breaks what the servers assume of clocks, so that it occurs in scenarios beyond the bound only.
  package var isBeyondBound: Bool { self == .clockLeap }
}
