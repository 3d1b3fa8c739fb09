import Determinism
import Raft
import Replica
import Scenarios

/// What becomes of messages: links cut by partitions, faults that hit single messages, and ordinary delays.
struct SimulatedNetwork: Sendable {
  /// A fault in force that touches messages one by one, and what it adds to a draw's key.
  private struct MessageFault: Sendable {
    var faultID: UInt64
    var action: FaultAction
    /// The nodes that it has taken hold of, if it does not touch all messages.
    var nodes = NodeSet()
  }

  /// A message on a clogged link.
  struct HeldMessage: Sendable {
    var message: RaftMessage
    var sender: NodeID
    var recipient: NodeID
    var number: UInt32 = 0
  }

  /// What the network does with one message between servers.
  struct Fate: Sendable {
    /// How long it takes; `nil` if it is lost.
    var delay: Duration?
    /// How long a second copy takes, if there is one.
    var duplicate: Duration?
    var isHeldBack = false
    /// When the message arrives once more, long after.
    var replay: Duration?
    /// How many messages of the same content were sent before.
    var occurrence: UInt64 = 0
  }

  /// How many messages clogged links hold, all together; further ones are lost.
  static let maxHeld = 2_000

  private let dice: Dice
  private var plan: NetworkPlan
  private let nodes: Int
  /// How many faults cut each link, sender by sender.
  private var cuts: [Int]
  /// How many faults clog each link, and what they hold, in the order of sending.
  private var clogs: [Int]
  private var held: [HeldMessage] = []
  /// The numbers of the messages that clogged links hold.
  var heldNumbers: [UInt32] { held.map(\.number) }
  private var messageFaults: [MessageFault] = []
  /// How many faults slow down some nodes.
  private var slowingFaults = 0
  /// The most that a message takes, in the calm.
  private var longestDelay: Duration?
  /// The least that a message between servers takes, in the calm.
  private var leastDelay = Duration.zero
  /// How many messages of the same content have been sent.
  private var occurrences = DigestCounts()
  /// When the last message of each client's stream arrives, for both directions: streams keep their order.
  private var streamEnds = LookupTable<UInt64, VirtualInstant>()
  /// What the scenario fixes of the storm's messages, if anything.
  private var fixedFates: FixedFates?

  init(scenario: Scenario) {
    dice = scenario.dice
    plan = scenario.network
    nodes = scenario.cluster.nodes
    cuts = Array(repeating: 0, count: nodes * nodes)
    clogs = cuts
    if let messages = scenario.overrides?.messages, !messages.isEmpty {
      fixedFates = FixedFates(messages) { [nodes] key in
        Self.content(
          of: key.kind.rawValue, key.term, key.index, link: Self.link(key.sender, key.recipient, of: nodes))
      }
    }
  }

  // MARK: Faults

  /// Cuts, or by −1 mends, the links from some nodes to others.
  mutating func changeCuts(from senders: [NodeID], to recipients: [NodeID], by change: Int) {
    for sender in senders {
      for recipient in recipients where recipient != sender { cuts[link(sender, recipient)] += change }
    }
  }

  func isCut(from sender: NodeID, to recipient: NodeID) -> Bool { cuts[link(sender, recipient)] > 0 }

  /// Begins a fault that touches messages one by one.
  ///
  /// - Parameter targets: the nodes that it has taken hold of, if it does not touch all messages.
  mutating func begin(_ fault: Fault, targets: [NodeID] = []) {
    var nodes = NodeSet()
    for node in targets { nodes.insert(node) }
    messageFaults.append(MessageFault(faultID: UInt64(fault.id), action: fault.action, nodes: nodes))
    if case .slowNode = fault.action { slowingFaults += 1 }
  }

  mutating func end(_ fault: Fault) {
    messageFaults.removeAll { $0.faultID == UInt64(fault.id) }
    if case .slowNode = fault.action { slowingFaults -= 1 }
  }

  /// Clogs, or by −1 clears, the links from some nodes to others.
  mutating func changeClogs(from senders: [NodeID], to recipients: [NodeID], by change: Int) {
    for sender in senders {
      for recipient in recipients where recipient != sender { clogs[link(sender, recipient)] += change }
    }
  }

  func isClogged(from sender: NodeID, to recipient: NodeID) -> Bool { clogs[link(sender, recipient)] > 0 }

  /// Keeps a message on a clogged link. - Returns: whether there was room for it.
  mutating func hold(_ message: HeldMessage) -> Bool {
    guard held.count < Self.maxHeld else { return false }
    held.append(message)
    return true
  }

  /// The messages on links that are clogged no more, in the order of sending.
  mutating func releaseHeld() -> [HeldMessage] {
    let all = held
    held = all.filter { isClogged(from: $0.sender, to: $0.recipient) }
    return all.filter { !isClogged(from: $0.sender, to: $0.recipient) }
  }

  /// Lets no message take longer, none between servers less, and loses none of a client's.
  mutating func calmDown(_ calm: CalmPlan) {
    longestDelay = calm.longestDelay
    leastDelay = calm.leastDelay ?? .zero
    plan.clientLoss = .zero
    fixedFates = nil
  }

  private func link(_ sender: NodeID, _ recipient: NodeID) -> Int { Self.link(sender, recipient, of: nodes) }

  private static func link(_ sender: NodeID, _ recipient: NodeID, of nodes: Int) -> Int {
    sender.offset * nodes + recipient.offset
  }

  // MARK: Between servers

  /// Decides over a message by its content: removing another message changes nothing here.
  mutating func fate(of label: MessageLabel, from sender: NodeID, to recipient: NodeID) -> Fate {
    let key = Self.content(
      of: label.kind.rawValue, label.term.rawValue, label.index.rawValue, link: link(sender, recipient))
    let occurrence = occurrences.add(key)

    var fate = Fate()
    fate.occurrence = occurrence
    if let fixed = fixedFates?.fate(of: key, occurrence: occurrence) {
      if fixed == .atOnce { fate.delay = plan.delayMin }
      return fate
    }
    var extra = Duration.zero
    var (isLost, isDuplicated) = (false, false)
    for fault in messageFaults {
      let own = StableDigest.mix(key ^ fault.faultID)
      switch fault.action {
      case .loss(let chance):
        if dice.draw(.messageFate, own, occurrence: occurrence).happens(chance) { isLost = true }
      case .delay(let mean, let shape):
        extra = extra + dice.draw(.messageFate, own, occurrence: occurrence).delay(mean: mean, shape: shape)
      case .slowNode(_, let mean):
        guard fault.nodes.contains(sender) || fault.nodes.contains(recipient) else { continue }
        extra = extra + dice.draw(.nodeDelay, own, occurrence: occurrence).exponential(mean: mean)
      case .replay(let chance, let after):
        if dice.draw(.messageFate, own, occurrence: occurrence).happens(chance) {
          fate.replay = dice.draw(.replayFate, own, occurrence: occurrence).within(.zero...after)
        }
      case .duplicate(let chance):
        if dice.draw(.messageFate, own, occurrence: occurrence).happens(chance) { isDuplicated = true }
      case .reorder(let chance, let hold):
        if dice.draw(.messageFate, own, occurrence: occurrence).happens(chance) {
          extra = extra + dice.draw(.messageHold, own, occurrence: occurrence).within(.zero...hold)
          fate.isHeldBack = true
        }
      default: break
      }
    }
    if isLost { return fate }
    let draw = dice.draw(.messageDelay, key, occurrence: occurrence)
    fate.delay = delay(by: draw, mean: plan.delayMean, extra: extra)
    if isDuplicated {
      let draw = dice.draw(.duplicateDelay, key, occurrence: occurrence)
      fate.duplicate = delay(by: draw, mean: plan.delayMean * 8, extra: extra)
    }
    return fate
  }

  /// The digest of what a message is about.
  private static func content(of kind: UInt8, _ term: UInt64, _ index: UInt64, link: Int) -> UInt64 {
    var content = StableDigest(start: UInt64(link))
    content.combine(UInt64(kind))
    content.combine(term)
    content.combine(index)
    return content.value
  }

  private func delay(by draw: Draw, mean: Duration, extra: Duration) -> Duration {
    let delay = plan.delayMin + extra + draw.delay(mean: mean, shape: plan.delayShape)
    return longestDelay.map { min($0, max(leastDelay, delay)) } ?? delay
  }

  // MARK: Between clients and servers

  /// When a client's message to a server, or the other way round, arrives; `nil` if it is lost with the connection.
  ///
  /// - Parameters:
  ///   - content: says what the message is about.
  ///   - isReply: the direction.
  mutating func arrival(
    at now: VirtualInstant, client: ClientID, node: NodeID, content: UInt64, isReply: Bool
  ) -> VirtualInstant? {
    let stream = UInt64(client.rawValue) << 16 | UInt64(node.number) << 1 | (isReply ? 1 : 0)
    var digest = StableDigest(start: stream)
    digest.combine(content)
    let key = digest.value
    // No attempt is made twice.
    let occurrence = isReply ? occurrences.add(key) : 0
    if dice.draw(.clientLoss, key, occurrence: occurrence).happens(plan.clientLoss) { return nil }
    let delay = dice.draw(.clientDelay, key, occurrence: occurrence).exponential(mean: plan.clientDelayMean)
    let slowness = slowingFaults > 0 ? slowness(of: node, key: key, occurrence: occurrence) : .zero
    let end = max(streamEnds[stream, default: .start], now + plan.clientDelayMin + delay + slowness)
    // In the calm no stream ends later than this, so that it keeps its order even so.
    let arrival = longestDelay.map { min(end, now + $0) } ?? end
    streamEnds[stream] = arrival
    return arrival
  }

  /// How much longer a message to or from a node takes.
  private func slowness(of node: NodeID, key: UInt64, occurrence: UInt64) -> Duration {
    messageFaults.reduce(.zero) { sum, fault in
      guard case .slowNode(_, let mean) = fault.action, fault.nodes.contains(node) else { return sum }
      let own = StableDigest.mix(key ^ fault.faultID)
      return sum + dice.draw(.nodeDelay, own, occurrence: occurrence).exponential(mean: mean)
    }
  }
}
