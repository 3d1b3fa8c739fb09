import Determinism

// Everything that says what kinds of faults there are: their names, how likely each is and how bad it gets, what it needs,
// its parameters and their ranges, and how it becomes simpler. What a fault does to a run stands in
// `Simulation+Nemesis.swift`, how it is told in `FaultText.swift`.

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
  case corrupt, foreign, misdeliver

  // Links between clients and servers
  case clientPartition = "client-partition"
  case clientClog = "client-clog"
  case clientDelay = "client-delay"

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
  case diskLost = "disk-lost"

  // Clocks
  case clockDrift = "clock-drift"
  case clockJump = "clock-jump"
  case clockStrobe = "clock-strobe"
  case clockFreeze = "clock-freeze"
  case clockLeap = "clock-leap"

  // Members
  case addServers = "add-servers"
  case removeServers = "remove-servers"
  case replaceServers = "replace-servers"
  case demote
  case transfer

  /// The place of this kind among all of them. Found here, for another room compares two kinds by a call.
  package var offset: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// What a fault does.
package enum FaultAction: Codable, Hashable, Sendable {
  /// Servers do not hear each other.
  case partition(shape: PartitionShape, side: FaultTarget, direction: LinkDirection)
  /// Messages between the nodes and all others are held until the fault ends, and then arrive in their order.
  case clog(side: FaultTarget, direction: LinkDirection)
  /// Messages between servers are lost with this chance.
  case loss(chance: Ratio)
  /// Messages between servers take longer, by a time with this mean.
  case delay(mean: Duration, shape: DelayShape)
  /// Messages between servers arrive twice with this chance.
  case duplicate(chance: Ratio)
  /// Messages between servers are held back with this chance, for up to this long, and so overtaken.
  case reorder(chance: Ratio, hold: Duration)
  /// Messages between servers arrive once more with this chance, up to this long after.
  case replay(chance: Ratio, after: Duration)
  /// Every message to and from the nodes takes longer, by an exponentially distributed time with this mean.
  case slowNode(target: FaultTarget, mean: Duration)
  /// The frames of messages to servers, from others and from clients, are damaged on their way with this chance.
  case corrupt(chance: Ratio)
  /// Beside a message between servers there comes, with this chance, what its sender says in another cluster, which has
  /// been restored from the same backup, and whose terms are so many ahead.
  case foreign(chance: Ratio, ahead: Int)
  /// Messages between servers come to another server as well with this chance.
  case misdeliver(chance: Ratio)

  /// Some clients and the nodes do not hear each other: connections break, and what is under way is lost with them.
  case clientPartition(side: FaultTarget, clients: ClientSide, direction: LinkDirection)
  /// Messages between some clients and the nodes are held until the fault ends, and then arrive in their order.
  case clientClog(side: FaultTarget, clients: ClientSide, direction: LinkDirection)
  /// Messages between clients and servers take longer, by a time with this mean, and keep their order.
  case clientDelay(mean: Duration, shape: DelayShape)

  /// The nodes' processes end and restart. `tearing`, so do the machines: any sectors of unsynced writes may be lost.
  case kill(target: FaultTarget, tearing: Bool)
  /// All machines lose power at once, and unsynced writes are lost from some point on; `tearing`, any sectors of them.
  case powerLoss(tearing: Bool)
  /// The nodes crash, restart, crash again, and so on: so long down, so long up.
  case crashLoop(target: FaultTarget, every: Duration, tearing: Bool)
  /// The nodes stand still; their clocks do not.
  case pause(target: FaultTarget)
  /// The nodes take a snapshot of what they have applied.
  case snapshot(target: FaultTarget)

  /// Syncs fail: what they should have made durable is lost. Only nodes with a weak disk are hit.
  case syncError(target: FaultTarget)
  /// Writes fail. Only nodes with a weak disk are hit.
  case writeError(target: FaultTarget)
  /// No more than so many bytes can be written. Only nodes with a weak disk are hit.
  case diskFull(target: FaultTarget, room: Int)
  /// Every sync takes longer, by an exponentially distributed time with this mean.
  case slowDisk(target: FaultTarget, mean: Duration)
  /// The nodes crash, and a bit of what was synced long ago is another one. Only nodes with a weak disk are hit.
  case bitFlip(target: FaultTarget)
  /// The nodes crash, and a sector of what was synced long ago cannot be read. Only nodes with a weak disk are hit.
  case unreadableSector(target: FaultTarget)
  /// The nodes crash, and another disk takes the place of theirs. Only nodes with a weak disk are hit, and stay away.
  case diskLost(target: FaultTarget)

  /// The nodes' clocks run at another rate, in parts per million from true time, within the bound of the scenario.
  case clockDrift(target: FaultTarget, partsPerMillion: Int)
  /// The nodes' wall clocks jump.
  case clockJump(target: FaultTarget, by: Duration)
  /// The nodes' wall clocks jump there and back again and again.
  case clockStrobe(target: FaultTarget, by: Duration, every: Duration)
  /// The nodes' wall clocks stand still; in a scenario beyond the bound the monotonic ones do too.
  case clockFreeze(target: FaultTarget)
  /// The nodes' monotonic clocks leap forward; in a scenario beyond the bound only.
  case clockLeap(target: FaultTarget, by: Duration)

  /// An operator asks for other members: who shall be a voter, who a learner, and who shall be neither. A server that takes
  /// no part yet is started, unless it never comes.
  case changeMembers(voters: [NodeID], learners: [NodeID], removed: FaultTarget, neverCome: Bool)
  /// An operator asks the leader to transfer its leadership.
  case transferLeadership(to: Successor)
}

/// Who is to lead after a transfer of leadership.
package enum Successor: Hashable, Sendable {
  /// Whoever the leader takes for the best.
  case best
  /// The voter that holds the least of the log.
  case slowest
  case node(NodeID)
}

/// Coded as `"best"`, `"slowest"`, or the node's name.
extension Successor: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    switch text {
    case "best": self = .best
    case "slowest": self = .slowest
    default:
      guard let node = NodeID(named: text) else {
        throw DecodingError.dataCorruptedError(
          in: container, debugDescription: "expected \"best\", \"slowest\" or a node's name, found \"\(text)\"")
      }
      self = .node(node)
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .best: try container.encode("best")
    case .slowest: try container.encode("slowest")
    case .node(let node): try container.encode(node.description)
    }
  }
}

extension FaultAction: CodedByName {
  /// The names of the actions, as they stand in a file.
  package enum CodingKeys: String, CodingKey, CaseIterable {
    case partition, clog, loss, delay, duplicate, reorder, replay, slowNode, corrupt, foreign, misdeliver
    case clientPartition, clientClog, clientDelay
    case kill, powerLoss, crashLoop, pause, snapshot
    case syncError, writeError, diskFull, slowDisk, bitFlip, unreadableSector, diskLost
    case clockDrift, clockJump, clockStrobe, clockFreeze, clockLeap
    case changeMembers, transferLeadership
  }

  package static var codedNames: [String] { CodingKeys.allCases.map(\.rawValue) }
}

extension FaultKind {
  /// How likely it is and how bad it gets, what it needs, and how one is drawn. What unseats leaders comes more often than
  /// what merely slows things down.
  var specification: FaultSpecification {
    switch self {
    case .one: .partition(.one, seeds: 45, weight: 2)
    case .halves: .partition(.halves, seeds: 45, weight: 2)
    case .majority: .partition(.majority, seeds: 45, weight: 2, fewestNodes: 3)
    // One in three is not less than a third; and in a ring of three everybody hears everybody.
    case .minorityThird: .partition(.minorityThird, seeds: 25, weight: 1, fewestNodes: 4)
    case .majoritiesRing: .partition(.majoritiesRing, seeds: 30, weight: 2, fewestNodes: 4)
    case .bridge: .partition(.bridge, seeds: 30, weight: 2, fewestNodes: 3)
    case .primaries: .partition(.primaries, seeds: 50, weight: 4)
    case .oneWay:
      .init(seeds: 50, weight: 3, lasts: 250...6_000, fewestNodes: 2) { $0.oneWayPartition() }
    case .clog:
      .init(seeds: 30, weight: 2, lasts: 100...4_000, fewestNodes: 2) {
        .clog(side: $0.target, direction: $0.dice.pick(LinkDirection.allCases))
      }
    case .loss:
      .init(seeds: 45, weight: 1, lasts: 1_000...12_000, percent: 2...50, fewestNodes: 2) { .loss(chance: $0.chance) }
    case .delay:
      .init(seeds: 45, weight: 2, lasts: 1_000...12_000, span: 20...500, fewestNodes: 2) {
        .delay(mean: $0.span, shape: $0.dice.pick(DelayShape.allCases))
      }
    case .duplicate:
      .init(seeds: 45, weight: 2, lasts: 1_000...12_000, percent: 2...50, fewestNodes: 2) {
        .duplicate(chance: $0.chance)
      }
    case .reorder:
      .init(seeds: 45, weight: 2, lasts: 1_000...12_000, percent: 2...50, span: 50...2_000, fewestNodes: 2) {
        .reorder(chance: $0.chance, hold: $0.span)
      }
    case .replay:
      .init(seeds: 30, weight: 2, lasts: 1_000...12_000, percent: 1...20, span: 1_000...20_000, fewestNodes: 2) {
        .replay(chance: $0.chance, after: $0.span)
      }
    case .slowNode:
      .init(seeds: 25, weight: 1, lasts: 1_000...12_000, span: 20...1_000, fewestNodes: 2) {
        .slowNode(target: $0.target, mean: $0.span)
      }
    case .corrupt:
      .init(seeds: 25, weight: 2, lasts: 1_000...12_000, percent: 2...50, fewestNodes: 2) {
        .corrupt(chance: $0.chance)
      }
    case .foreign:
      .init(seeds: 25, weight: 2, lasts: 250...6_000, percent: 1...20, fewestNodes: 2) {
        .foreign(chance: $0.chance, ahead: $0.termsAhead())
      }
    case .misdeliver:
      .init(seeds: 20, weight: 1, lasts: 1_000...12_000, percent: 1...20, fewestNodes: 3) {
        .misdeliver(chance: $0.chance)
      }

    case .clientPartition:
      .init(seeds: 30, weight: 2, lasts: 250...6_000) {
        .clientPartition(
          side: $0.clientsServers(), clients: $0.dice.pick(ClientSide.allCases),
          direction: $0.dice.pick(LinkDirection.allCases))
      }
    case .clientClog:
      .init(seeds: 25, weight: 2, lasts: 100...4_000) {
        .clientClog(
          side: $0.clientsServers(), clients: $0.dice.pick(ClientSide.allCases),
          direction: $0.dice.pick(LinkDirection.allCases))
      }
    case .clientDelay:
      .init(seeds: 20, weight: 1, lasts: 1_000...12_000, span: 20...500) {
        .clientDelay(mean: $0.span, shape: $0.dice.pick(DelayShape.allCases))
      }

    case .kill:
      .init(seeds: 80, weight: 6, lasts: 1...5_000) { .kill(target: $0.target, tearing: $0.tearing) }
    case .killMajority:
      .init(seeds: 70, weight: 4, lasts: 1...5_000, fewestNodes: 2) {
        .kill(target: $0.majority(), tearing: $0.tearing)
      }
    case .powerLoss: .init(seeds: 30, weight: 2, lasts: 1...2_000) { .powerLoss(tearing: $0.tearing) }
    case .crashLoop:
      .init(seeds: 25, weight: 2, lasts: 1_000...8_000, every: 20...2_000) {
        .crashLoop(target: $0.target, every: $0.every, tearing: $0.tearing)
      }
    case .pause: .init(seeds: 45, weight: 2, lasts: 50...20_000) { .pause(target: $0.target) }
    case .snapshot: .init(seeds: 35, weight: 2, lasts: nil) { .snapshot(target: $0.target) }

    // They follow from crashes.
    case .tornWrite, .lostWrite:
      .init(seeds: 0, weight: 0, lasts: nil) { .kill(target: $0.target, tearing: $0.tearing) }
    case .syncError:
      .init(seeds: 30, weight: 2, lasts: 50...4_000, needsWeakDisk: true) { .syncError(target: $0.target) }
    case .writeError:
      .init(seeds: 25, weight: 2, lasts: 50...4_000, needsWeakDisk: true) { .writeError(target: $0.target) }
    case .diskFull:
      .init(seeds: 25, weight: 2, lasts: 500...8_000, needsWeakDisk: true) {
        // With a few bytes left a server stops amid a write; with some megabytes it refuses entries first.
        let unit = $0.dice.next().below(2) == 0 ? 1 : 4_096
        return .diskFull(target: $0.target, room: $0.dice.next().within(0...4_000) * unit)
      }
    case .slowDisk:
      .init(seeds: 30, weight: 1, lasts: 1_000...12_000, span: 20...1_000) {
        .slowDisk(target: $0.target, mean: $0.span)
      }
    case .bitFlip: .init(seeds: 25, weight: 1, lasts: 1...2_000, needsWeakDisk: true) { .bitFlip(target: $0.target) }
    case .unreadableSector:
      .init(seeds: 25, weight: 1, lasts: 1...2_000, needsWeakDisk: true) { .unreadableSector(target: $0.target) }
    // Each costs the cluster a server.
    case .diskLost: .init(seeds: 15, weight: 1, lasts: 1...2_000, needsWeakDisk: true) { .diskLost(target: $0.target) }

    case .clockDrift: .init(seeds: 45, weight: 1, lasts: 1_000...12_000) { $0.drift() }
    case .clockJump:
      .init(seeds: 45, weight: 1, lasts: nil, span: 100...100_000) {
        .clockJump(target: $0.target, by: $0.spanEitherWay())
      }
    case .clockStrobe:
      .init(seeds: 25, weight: 1, lasts: 500...6_000, span: 100...100_000, every: 50...1_000) {
        .clockStrobe(target: $0.target, by: $0.span, every: $0.every)
      }
    case .clockFreeze:
      .init(seeds: 25, weight: 1, lasts: 500...12_000) { .clockFreeze(target: $0.seeksDrift ? .leader : $0.target) }
    case .clockLeap:
      .init(seeds: 45, weight: 2, lasts: nil, span: 100...20_000, isBeyondBound: true) {
        .clockLeap(target: $0.target, by: $0.span)
      }

    // They follow plans of their own (`MembershipPlan`).
    case .addServers, .removeServers, .replaceServers, .demote, .transfer:
      .init(seeds: 0, weight: 0, lasts: nil) { _ in .transferLeadership(to: .best) }
    }
  }
}

extension FaultAction {
  /// Its parameters and their ranges, whom it hits, and how the shrinker makes it simpler.
  package var specification: FaultActionSpecification {
    switch self {
    case .partition(let shape, let side, let direction):
      .init(
        direction == .both ? FaultKind(shape) : .oneWay, parameters: shape.parameters(side: side),
        complexity: shape.complexity(side: side, direction: direction), target: side,
        aiming: { .partition(shape: shape, side: $0, direction: direction) },
        simpler: { shape.simpler(side: side, direction: direction, members: $0) })
    case .clog(let side, let direction):
      .init(
        .clog, complexity: direction == .both ? 1 : 2, target: side, aiming: { .clog(side: $0, direction: direction) },
        simpler: { _ in
          let isOneWay = direction != .both
          return [.partition(shape: .one, side: side, direction: .both)]
            + (isOneWay ? [.partition(shape: .one, side: side, direction: direction)] : [])
            + (isOneWay ? [.clog(side: side, direction: .both)] : [])
        })
    case .loss(let chance):
      .init(
        .loss, complexity: chance.isCertain ? 1 : 2, drawsLots: !chance.isCertain,
        simpler: { Self.partitionsOfOne($0) + (chance.isCertain ? [] : [.loss(chance: .one)]) })
    case .delay(let mean, let shape):
      .init(
        .delay, parameters: [.time("mean", mean)], complexity: shape == .constant ? 1 : 3,
        drawsLots: shape != .constant,
        simpler: { Self.partitionsOfOne($0) + (shape == .constant ? [] : [.delay(mean: mean, shape: .constant)]) })
    case .duplicate(let chance):
      .init(
        .duplicate, complexity: chance.isCertain ? 1 : 2, drawsLots: !chance.isCertain,
        simpler: { _ in chance.isCertain ? [] : [.duplicate(chance: .one)] })
    case .reorder(let chance, let hold):
      .init(
        .reorder, parameters: [.time("hold", hold)], complexity: chance.isCertain ? 2 : 3, drawsLots: true,
        simpler: { _ in
          [.delay(mean: hold, shape: .constant), .delay(mean: hold / 2, shape: .constant)]
            + (chance.isCertain ? [] : [.reorder(chance: .one, hold: hold)])
        })
    case .replay(let chance, let after):
      .init(
        .replay, parameters: [.time("after", after)], complexity: chance.isCertain ? 2 : 3, drawsLots: true,
        simpler: { _ in [.duplicate(chance: .one)] + (chance.isCertain ? [] : [.replay(chance: .one, after: after)]) })
    case .slowNode(let target, let mean):
      .init(
        .slowNode, parameters: [.time("mean", mean)], complexity: 2, drawsLots: true, target: target,
        aiming: { .slowNode(target: $0, mean: mean) },
        simpler: { _ in [.partition(shape: .one, side: target, direction: .both)] })
    case .corrupt(let chance):
      .init(
        .corrupt, complexity: chance.isCertain ? 3 : 4, drawsLots: true,
        simpler: {
          Self.partitionsOfOne($0) + [.loss(chance: chance)] + (chance.isCertain ? [] : [.corrupt(chance: .one)])
        })
    case .foreign(let chance, let ahead):
      .init(
        .foreign, parameters: [.number("ahead", ahead, in: 0...Int.max)],
        complexity: (chance.isCertain ? 2 : 3) + (ahead > 1 ? 1 : 0), drawsLots: true,
        simpler: { _ in
          (chance.isCertain ? [] : [.foreign(chance: .one, ahead: ahead)])
            + (ahead > 1 ? [.foreign(chance: chance, ahead: 1)] : [])
        })
    case .misdeliver(let chance):
      .init(
        .misdeliver, complexity: chance.isCertain ? 2 : 3, drawsLots: true,
        simpler: { _ in chance.isCertain ? [] : [.misdeliver(chance: .one)] })

    case .clientPartition(let side, let clients, let direction):
      .init(
        .clientPartition, complexity: (clients == .all ? 1 : 2) + (direction == .both ? 0 : 1), target: side,
        aiming: { .clientPartition(side: $0, clients: clients, direction: direction) },
        simpler: { _ in
          (clients == .all ? [] : [.clientPartition(side: side, clients: .all, direction: direction)])
            + (direction == .both ? [] : [.clientPartition(side: side, clients: clients, direction: .both)])
        })
    case .clientClog(let side, let clients, let direction):
      .init(
        .clientClog, complexity: (clients == .all ? 2 : 3) + (direction == .both ? 0 : 1), target: side,
        aiming: { .clientClog(side: $0, clients: clients, direction: direction) },
        simpler: { _ in
          [.clientPartition(side: side, clients: clients, direction: direction)]
            + (clients == .all ? [] : [.clientClog(side: side, clients: .all, direction: direction)])
            + (direction == .both ? [] : [.clientClog(side: side, clients: clients, direction: .both)])
        })
    case .clientDelay(let mean, let shape):
      .init(
        .clientDelay, parameters: [.time("mean", mean)], complexity: shape == .constant ? 1 : 3,
        drawsLots: shape != .constant,
        simpler: { _ in shape == .constant ? [] : [.clientDelay(mean: mean, shape: .constant)] })

    case .kill(let target, let tearing):
      .init(
        .kill, complexity: tearing ? 1 : 0, drawsLots: true, target: target,
        aiming: { .kill(target: $0, tearing: tearing) },
        simpler: { _ in tearing ? [.kill(target: target, tearing: false)] : [] })
    case .powerLoss(let tearing):
      .init(
        .powerLoss, complexity: tearing ? 4 : 3, drawsLots: true,
        simpler: { members in
          members.map { .kill(target: .nodes([$0]), tearing: tearing) }
            + [.kill(target: .nodes(members), tearing: tearing)] + (tearing ? [.powerLoss(tearing: false)] : [])
        })
    case .crashLoop(let target, let every, let tearing):
      .init(
        .crashLoop, parameters: [.time("every", every, from: FaultParameter.shortestTurn)],
        complexity: tearing ? 7 : 6, drawsLots: true, target: target,
        aiming: { .crashLoop(target: $0, every: every, tearing: tearing) },
        simpler: { _ in tearing ? [.crashLoop(target: target, every: every, tearing: false)] : [] },
        turn: (.kill(target: target, tearing: tearing), every))
    case .pause(let target): .init(.pause, target: target, aiming: { .pause(target: $0) })
    case .snapshot(let target): .init(.snapshot, target: target, aiming: { .snapshot(target: $0) })

    case .syncError(let target):
      .init(.syncError, drawsLots: true, target: target, aiming: { .syncError(target: $0) })
    case .writeError(let target): .init(.writeError, target: target, aiming: { .writeError(target: $0) })
    case .diskFull(let target, let room):
      .init(
        .diskFull, parameters: [.number("room", room, in: 0...1 << 30)], complexity: 1, target: target,
        aiming: { .diskFull(target: $0, room: room) })
    case .slowDisk(let target, let mean):
      .init(
        .slowDisk, parameters: [.time("mean", mean)], complexity: 2, drawsLots: true, target: target,
        aiming: { .slowDisk(target: $0, mean: mean) })
    case .bitFlip(let target): .init(.bitFlip, drawsLots: true, target: target, aiming: { .bitFlip(target: $0) })
    case .unreadableSector(let target):
      .init(
        .unreadableSector, complexity: 1, drawsLots: true, target: target, aiming: { .unreadableSector(target: $0) },
        simpler: { _ in [.bitFlip(target: target)] })
    case .diskLost(let target):
      .init(
        .diskLost, complexity: 1, target: target, aiming: { .diskLost(target: $0) },
        simpler: { _ in [.kill(target: target, tearing: false)] })

    case .clockDrift(let target, let drift):
      .init(
        .clockDrift, parameters: [.drift("partsPerMillion", drift)], complexity: 1, target: target,
        aiming: { .clockDrift(target: $0, partsPerMillion: drift) })
    case .clockJump(let target, let span):
      .init(
        .clockJump, parameters: [.time("by", span, from: FaultParameter.farthestBack)], target: target,
        aiming: { .clockJump(target: $0, by: span) })
    case .clockStrobe(let target, let span, let every):
      .init(
        .clockStrobe,
        parameters: [
          .time("by", span, from: FaultParameter.farthestBack),
          .time("every", every, from: FaultParameter.shortestTurn),
        ],
        complexity: 2, target: target, aiming: { .clockStrobe(target: $0, by: span, every: every) },
        simpler: { _ in [.clockJump(target: target, by: span)] })
    case .clockFreeze(let target):
      .init(
        .clockFreeze, complexity: 1, target: target, aiming: { .clockFreeze(target: $0) },
        simpler: { _ in [.pause(target: target)] })
    case .clockLeap(let target, let span):
      .init(
        .clockLeap, parameters: [.time("by", span)], complexity: 1, target: target,
        aiming: { .clockLeap(target: $0, by: span) })

    case .changeMembers(let voters, let learners, let removed, let neverCome):
      .init(
        FaultKind(changing: voters, learners, removed), complexity: voters.count + learners.count + removed.count,
        target: removed.isEmpty ? nil : removed,
        aiming: removed.isEmpty
          ? nil : { .changeMembers(voters: voters, learners: learners, removed: $0, neverCome: neverCome) },
        simpler: { _ in Self.simpler(voters, learners, removed, neverCome: neverCome) })
    case .transferLeadership(let successor):
      .init(
        .transfer, complexity: successor == .best ? 0 : 1,
        simpler: { _ in successor == .best ? [] : [.transferLeadership(to: .best)] })
    }
  }
}

extension Ratio {
  fileprivate static var one: Ratio { Ratio(1, 1) }
  fileprivate var isCertain: Bool { self == .one }
}
