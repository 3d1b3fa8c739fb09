import Determinism

/// What the generator knows of a kind of fault.
///
/// Times are in thousandths of the cluster's longest election timeout, and drawn so that each doubling is as likely as
/// the others.
struct FaultSpecification: Sendable {
  /// In how many seeds of a hundred it may occur at all. A seed switches whole kinds off, so that what only a few of them
  /// together bring about is not drowned by the others.
  let seeds: Int
  /// How often it comes, compared with the other kinds that the seed has switched on; a seed prefers one kind
  /// to another by a factor of up to four.
  let weight: Int
  /// How long it lasts; `nil` if it is over at once.
  let lasts: ClosedRange<Int>?
  /// How many messages of a hundred it hits.
  var percent = 0...0
  /// How long a delay is, or how far a clock jumps.
  var span = 1...1
  /// How long each turn of something that comes again and again takes.
  var every = 1...1
  /// The fewest servers of a cluster in which it can occur.
  var fewestNodes = 1
  /// Whether it hits only nodes with a weak disk.
  var needsWeakDisk = false
  /// Whether it occurs only where clocks drift beyond the bound.
  var isBeyondBound = false
  /// Makes one of what was drawn.
  let action: @Sendable (inout FaultDraws) -> FaultAction

  /// A partition that holds both ways.
  static func partition(
    _ shape: PartitionShape, seeds: Int, weight: Int, fewestNodes: Int = 2
  ) -> FaultSpecification {
    .init(seeds: seeds, weight: weight, lasts: 250...6_000, fewestNodes: fewestNodes) { $0.partition(shape) }
  }
}

/// What is to be known of one action, but for what it does to a run and how that is told.
package struct FaultActionSpecification {
  /// Under which name it counts.
  package let kind: FaultKind
  /// What must be in range.
  package let parameters: [FaultParameter]
  /// How far it is from the simplest that does much the same, whom it hits and when aside.
  package let complexity: Int
  /// Whether draws that its fault's identity keys decide over what it does.
  package let drawsLots: Bool
  /// Whom it hits, if not the network or the cluster as a whole.
  package let target: FaultTarget?
  /// The same action with another target; `nil` if it has none.
  package let aiming: ((FaultTarget) -> FaultAction)?
  /// Actions that do less, or are easier to tell, roughly from the greatest step to the least. It takes all members.
  package let simpler: ([NodeID]) -> [FaultAction]
  /// What happens once, and for how long, if the action is something that comes again and again.
  package let turn: (action: FaultAction, lasts: Duration)?

  init(
    _ kind: FaultKind, parameters: [FaultParameter] = [], complexity: Int = 0, drawsLots: Bool = false,
    target: FaultTarget? = nil, aiming: ((FaultTarget) -> FaultAction)? = nil,
    simpler: @escaping ([NodeID]) -> [FaultAction] = { _ in [] }, turn: (FaultAction, Duration)? = nil
  ) {
    (self.kind, self.parameters, self.complexity, self.drawsLots) = (kind, parameters, complexity, drawsLots)
    (self.target, self.aiming, self.simpler, self.turn) = (target, aiming, simpler, turn)
  }
}

/// One parameter of an action, by its name in a case file, with what it may be.
package enum FaultParameter {
  case time(String, Duration, from: Duration = .zero)
  case number(String, Int, in: ClosedRange<Int>)
  /// In parts per million, within the bound of the scenario.
  case drift(String, Int)
  /// A target that must name nodes.
  case namedNodes(String, FaultTarget)
  /// A target that must name each node of the cluster once.
  case allNodes(String, FaultTarget)

  /// Less would be more events than a run has.
  static var shortestTurn: Duration { .microseconds(100) }
  /// How far back a clock may jump.
  static var farthestBack: Duration { .zero - ScenarioLimits.maxDuration }
}

extension FaultKind {
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

  /// Whether it is drawn by itself: torn and lost writes are what a crash may do, and operators follow a plan.
  package var isPlannable: Bool { specification.seeds > 0 }

  /// Whether it is nothing that a scenario asks for, but what a crash did to a disk.
  package var isLoss: Bool { self == .tornWrite || self == .lostWrite }

  /// The fewest servers of a cluster in which it can occur. Nodes with weak disks are a minority.
  package var fewestNodes: Int { needsWeakDisk ? 3 : specification.fewestNodes }

  /// Whether it hits only nodes with a weak disk: such a node may stop, or may never come back.
  package var needsWeakDisk: Bool { specification.needsWeakDisk }

  /// Whether it is about what a frame says of its content and its way.
  var isOfFrames: Bool { self == .corrupt || self == .foreign || self == .misdeliver }

  /// Whether it was added when there were seeds whose draws should not change.
  var cameLate: Bool {
    switch self {
    case .clientPartition, .clientClog, .clientDelay, .diskLost: true
    default: false
    }
  }

  /// Whether it breaks what the servers assume of clocks, so that it occurs in scenarios beyond the bound only.
  package var isBeyondBound: Bool { specification.isBeyondBound }
}

extension FaultAction {
  /// Whom it hits, if not the network or the cluster as a whole.
  package var target: FaultTarget? { specification.target }

  /// The same with whom it hits changed.
  package func aiming(at target: FaultTarget) -> FaultAction { specification.aiming?(target) ?? self }

  /// Under which name it counts when it hits so many nodes of a cluster.
  package func kind(hitting nodes: Int, of clusterSize: Int) -> FaultKind {
    if case .kill = self, nodes > 1, nodes > clusterSize / 2 { return .killMajority }
    return specification.kind
  }
}
