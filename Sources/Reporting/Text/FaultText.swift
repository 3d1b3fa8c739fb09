import Determinism
import Raft
import Scenarios

/// What a fault does, in words for people.
package struct FaultText {
  let fault: Fault
  /// Those of whom it took hold.
  let nodes: [NodeID]
  let members: [NodeID]

  /// - Parameter nodes: those of whom it took hold.
  package init(fault: Fault, nodes: [NodeID], members: [NodeID]) {
    (self.fault, self.nodes, self.members) = (fault, nodes, members)
  }

  private var names: String { Words.list(nodes.map(\.description)) }
  private var verb: (isAre: String, s: String) { nodes.count == 1 ? ("is", "s") : ("are", "") }
  private var lasting: String { "for \(Self.span(fault.duration))" }

  /// `400 ms`, `2.500 s`.
  static func span(_ duration: Duration) -> String {
    let nanoseconds = duration.nanoseconds
    if nanoseconds != 0, nanoseconds.magnitude < 1_000_000 { return "\(nanoseconds / 1_000) us" }
    return nanoseconds.magnitude < 1_000_000_000 ? "\(nanoseconds / 1_000_000) ms" : "\(duration)"
  }

  /// By how much something takes longer: exactly, or in the mean.
  private static func longer(_ mean: Duration, _ shape: DelayShape) -> String {
    "\(span(mean)) longer\(shape == .constant ? "" : " in the mean")"
  }

  /// What happens when it begins.
  package var begin: String {
    switch fault.action {
    case .partition(let shape, _, let direction):
      "\(Self.name(shape, direction)): \(cut(shape, direction)), \(lasting)"
    case .clog(_, let direction): "\(held(direction)) held back \(lasting)"
    case .loss(let chance): "messages between servers are lost, \(Self.share(chance)), \(lasting)"
    case .delay(let mean, let shape): "messages between servers take \(Self.longer(mean, shape)), \(lasting)"
    case .duplicate(let chance): "messages between servers arrive twice, \(Self.share(chance)), \(lasting)"
    case .reorder(let chance, let hold):
      "messages between servers are overtaken, \(Self.share(chance)) by up to \(Self.span(hold)), \(lasting)"
    case .replay(let chance, let after):
      "messages between servers arrive once more, \(Self.share(chance)), up to \(Self.span(after)) later; \(lasting)"
    case .slowNode(_, let mean):
      "messages from and to \(names) take \(Self.longer(mean, .exponential)), \(lasting)"
    case .corrupt(let chance): "messages to servers are damaged on their way, \(Self.share(chance)), \(lasting)"
    case .foreign(let chance, let ahead):
      "beside messages between servers, \(Self.share(chance)), come those of another cluster, "
        + "\(ahead == 0 ? "in the same terms" : "\(Words.count(ahead, "term")) ahead"), \(lasting)"
    case .misdeliver(let chance):
      "messages between servers come to another server as well, \(Self.share(chance)), \(lasting)"
    case .clientPartition(_, let side, let direction):
      "\(hearing(side, direction)), \(lasting)"
    case .clientClog(_, let side, let direction): "\(clientMessages(side, direction)) are held back \(lasting)"
    case .clientDelay(let mean, let shape):
      "messages between clients and servers take \(Self.longer(mean, shape)), \(lasting)"
    case .kill, .powerLoss: "\(fault.isPowerLoss ? "power loss: " : "")\(names) crash\(nodes.count == 1 ? "es" : "")"
    case .crashLoop(_, let every, _):
      "\(names) crash\(nodes.count == 1 ? "es" : "") every \(Self.span(every)), \(lasting)"
    case .pause: "\(names) stand\(verb.s) still \(lasting)"
    case .snapshot: "\(names) \(verb.isAre) asked for a snapshot"
    case .syncError: "syncs of the disk of \(names) fail, and lose what they should have kept, \(lasting)"
    case .writeError: "writes to the disk of \(names) fail, \(lasting)"
    case .diskFull(_, let room): "the disk of \(names) has room for \(room) bytes, \(lasting)"
    case .slowDisk(_, let mean): "syncs of the disk of \(names) take \(Self.longer(mean, .exponential)), \(lasting)"
    case .bitFlip: "a bit flips in what \(names) had synced long ago"
    case .unreadableSector: "a sector of what \(names) had synced long ago cannot be read"
    case .diskLost: "\(names) lose\(verb.s) \(nodes.count == 1 ? "its" : "their") whole disk"
    case .clockDrift(_, let rate):
      "the clocks of \(names) run \(Self.rate(rate)), \(lasting)"
    case .clockJump(_, let span): "the wall clock of \(names) jumps by \(Self.span(span))"
    case .clockStrobe(_, let span, let every):
      "the wall clock of \(names) jumps by \(Self.span(span)) and back every \(Self.span(every)), \(lasting)"
    case .clockFreeze: "the wall clock of \(names) stands still \(lasting)"
    case .clockLeap(_, let span): "the clocks of \(names) leap forward by \(Self.span(span))"
    case .changeMembers(let voters, let learners, _, _):
      MembersText.request(
        MemberChange(voters: NodeSet(voters), learners: NodeSet(learners), removed: NodeSet(nodes)))
    case .transferLeadership(let successor): MembersText.request(toHandOnTo: Self.name(successor))
    }
  }

  /// What happens when it begins, where servers are processes: what they wrote outlives them, synced or not.
  ///
  /// - Parameter restarts: if they are killed once, in which order they are started again, and how long after the fault's end.
  package func begin(restarting restarts: [(node: NodeID, delay: Duration)]) -> String {
    switch fault.action {
    case .kill, .powerLoss:
      let atOnce = nodes.count > 1 ? " at once" : ""
      return "\(names) \(verb.isAre) killed\(atOnce), and \(Self.text(of: restarts, after: fault.duration))"
    case .crashLoop(_, let every, _):
      return "\(names) \(verb.isAre) killed and started again every \(Self.span(every)), \(lasting)"
    default: return begin
    }
  }

  private static func text(of restarts: [(node: NodeID, delay: Duration)], after duration: Duration) -> String {
    let first = restarts.filter { $0.delay == .zero }
    let start = "start\(restarts.count == 1 ? "s" : "") again \(span(duration)) later"
    guard first.count < restarts.count else { return start }
    let parts = restarts.dropFirst(first.count).map { "\($0.node) \(span($0.delay))" }
    let names = Words.list(first.map(\.node.description))
    return "\(start): \(names) first, \(Words.list(parts)) after \(first.count == 1 ? "it" : "them")"
  }

  /// Whom a leader hands on to that may choose.
  static let bestSuccessor = "whichever server is best"

  private static func name(_ successor: Successor) -> String {
    switch successor {
    case .best: bestSuccessor
    case .slowest: "the voter that is furthest behind"
    case .node(let node): node.description
    }
  }

  /// What happens when it ends; `nil` if its end says nothing, or is told by what it does.
  var end: String? {
    switch fault.action {
    case .partition(let shape, _, let direction):
      isPlain(shape, direction)
        ? "the partition \(sides) ends" : "the \(Self.name(shape, direction)) (\(cut(shape, direction))) ends"
    case .clog(_, let direction): "\(held(direction)) no longer held back"
    case .loss: "messages between servers are no longer lost"
    case .delay: "messages between servers no longer take longer"
    case .duplicate: "messages between servers no longer arrive twice"
    case .reorder: "messages between servers are no longer overtaken"
    case .replay: "messages between servers no longer arrive once more"
    case .slowNode: "messages from and to \(names) no longer take longer"
    case .corrupt: "messages to servers are no longer damaged"
    case .foreign: "no more messages of another cluster come"
    case .misdeliver: "messages between servers no longer come to others"
    case .clientPartition(_, let side, _): "\(Self.name(side)) and \(names) hear each other again"
    case .clientClog(_, let side, let direction): "\(clientMessages(side, direction)) are no longer held back"
    case .clientDelay: "messages between clients and servers no longer take longer"
    case .pause: "\(names) go\(nodes.count == 1 ? "es" : "") on"
    case .kill, .powerLoss, .bitFlip, .unreadableSector, .diskLost, .crashLoop, .snapshot, .clockJump, .clockLeap,
      .changeMembers, .transferLeadership:
      nil
    case .syncError, .writeError, .diskFull, .slowDisk: "the disk of \(names) works again"
    case .clockDrift, .clockStrobe, .clockFreeze: "the clocks of \(names) run as they should"
    }
  }

  /// `20% too fast`.
  static func rate(_ partsPerMillion: Int) -> String {
    "\(percent(partsPerMillion)) too \(partsPerMillion < 0 ? "slow" : "fast")"
  }

  private static func share(_ chance: Ratio) -> String {
    let percent = 100 * chance.numerator
    return percent % chance.denominator == 0
      ? percent / chance.denominator == 100 ? "all of them" : "\(percent / chance.denominator)% of them"
      : "\(chance.numerator) of \(chance.denominator)"
  }

  private static func percent(_ partsPerMillion: Int) -> String {
    let tenths = (partsPerMillion.magnitude + 500) / 1_000
    return tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths / 10).\(tenths % 10)%"
  }

  private func held(_ direction: LinkDirection) -> String {
    switch direction {
    case .both: "messages from and to \(names) are"
    case .outbound: "messages from \(names) are"
    case .inbound: "messages to \(names) are"
    }
  }

  private static func name(_ side: ClientSide) -> String {
    switch side {
    case .all: "clients"
    case .even: "clients of even numbers"
    case .odd: "clients of odd numbers"
    }
  }

  /// Which clients and servers do not hear each other.
  private func hearing(_ side: ClientSide, _ direction: LinkDirection) -> String {
    switch direction {
    case .both: "\(Self.name(side)) and \(names) do not hear each other"
    case .outbound: "\(Self.name(side)) do not hear \(names)"
    case .inbound: "\(names) do\(nodes.count == 1 ? "es" : "") not hear \(Self.name(side))"
    }
  }

  private func clientMessages(_ side: ClientSide, _ direction: LinkDirection) -> String {
    switch direction {
    case .both: "messages between \(Self.name(side)) and \(names)"
    case .outbound: "messages from \(names) to \(Self.name(side))"
    case .inbound: "messages from \(Self.name(side)) to \(names)"
    }
  }

  private static func group(_ nodes: [NodeID]) -> String {
    "{\(nodes.map(\.description).joined(separator: " "))}"
  }

  private var others: [NodeID] { members.filter { !nodes.contains($0) } }

  private var sides: String { "\(Self.group(nodes)) | \(Self.group(others))" }

  private static func name(_ shape: PartitionShape, _ direction: LinkDirection) -> String {
    direction == .both || shape == .majoritiesRing ? "partition" : "one-way partition"
  }

  /// Whether a partition only parts two groups.
  private func isPlain(_ shape: PartitionShape, _ direction: LinkDirection) -> Bool {
    direction == .both && shape != .majoritiesRing && shape != .bridge
  }

  /// Who is cut off from whom.
  private func cut(_ shape: PartitionShape, _ direction: LinkDirection) -> String {
    if isPlain(shape, direction) { return sides }
    guard shape == .bridge, direction == .both else { return deafness(shape, direction) }
    let bridge = nodes.prefix(1).map(\.description).joined()
    return "only \(bridge) hears both \(Self.group(Array(nodes.dropFirst()))) and \(Self.group(others))"
  }

  /// Who does not hear whom.
  private func deafness(_ shape: PartitionShape, _ direction: LinkDirection) -> String {
    let cuts = shape.cuts(side: nodes, of: members, direction: direction)
      .filter { !$0.recipients.isEmpty && !$0.senders.isEmpty }
    return cuts.map { cut in
      let deaf = Words.list(cut.recipients.map(\.description))
      return "\(deaf) do\(cut.recipients.count == 1 ? "es" : "") not hear \(Words.list(cut.senders.map(\.description)))"
    }.joined(separator: "; ")
  }
}

extension Fault {
  fileprivate var isPowerLoss: Bool { if case .powerLoss = action { true } else { false } }
}
