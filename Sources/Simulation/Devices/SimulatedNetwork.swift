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
    /// With which it would have arrived.
    var arrival: SimulationEvent
    var sender: NodeID
    var recipient: NodeID
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
    /// How its frame is damaged, if it is: the key of the draws that say so.
    var damage: UInt64?
    /// How many messages of the same content were sent before.
    var occurrence: UInt64 = 0
  }

  /// A frame that comes to a server for whom it is not.
  struct Stray: Sendable {
    enum Kind: Sendable {
      /// Of another cluster, whose terms are so many ahead.
      case foreign(ahead: Int)
      /// A copy of a message, for another server.
      case misdelivered(to: NodeID)
    }

    var kind: Kind
    var delay: Duration
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
  var heldNumbers: [UInt32] { held.compactMap(\.arrival.number) }
  private var messageFaults: [MessageFault] = []
  /// How many faults slow down some nodes, or clients' links, and bring frames to servers for whom they are not.
  private var slowingFaults = 0
  private(set) var strayFaults = 0
  /// How many faults damage frames.
  private(set) var damagingFaults = 0
  /// The most that a message takes, in the calm.
  private var longestDelay: Duration?
  /// The least that a message between servers takes, in the calm.
  private var leastDelay = Duration.zero
  /// How many messages of the same content have been sent.
  private var occurrences = DigestCounts()
  /// When the last message of each client's stream arrives: streams keep their order. By client, server and direction.
  private var streamEnds: [VirtualInstant] = []
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
    countFault(fault.action, by: 1)
  }

  mutating func end(_ fault: Fault) {
    messageFaults.removeAll { $0.faultID == UInt64(fault.id) }
    countFault(fault.action, by: -1)
  }

  private mutating func countFault(_ action: FaultAction, by change: Int) {
    switch action {
    case .slowNode, .clientDelay: slowingFaults += change
    case .foreign, .misdeliver: strayFaults += change
    case .corrupt: damagingFaults += change
    default: break
    }
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
      case .corrupt(let chance):
        if dice.draw(.messageFate, own, occurrence: occurrence).happens(chance) {
          fate.damage = StableDigest.mix(own ^ StableDigest.mix(occurrence))
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

  /// What comes over the network beside a message, whatever becomes of that.
  ///
  /// - Parameter occurrence: how many messages of the same content were sent before.
  func strays(beside label: MessageLabel, from sender: NodeID, to recipient: NodeID, occurrence: UInt64) -> [Stray] {
    guard strayFaults > 0 else { return [] }
    let key = Self.content(
      of: label.kind.rawValue, label.term.rawValue, label.index.rawValue, link: link(sender, recipient))
    return messageFaults.compactMap { fault in
      let own = StableDigest.mix(key ^ fault.faultID)
      func happens(_ chance: Ratio) -> Bool { dice.draw(.messageFate, own, occurrence: occurrence).happens(chance) }
      var draws = dice.sequence(.strayFrame, StableDigest.mix(own ^ StableDigest.mix(occurrence)))
      let kind: Stray.Kind
      switch fault.action {
      case .foreign(let chance, let ahead) where happens(chance): kind = .foreign(ahead: ahead)
      case .misdeliver(let chance) where happens(chance):
        let others = NodeID.first(nodes).filter { $0 != sender && $0 != recipient }
        guard !others.isEmpty else { return nil }
        kind = .misdelivered(to: draws.pick(others))
      default: return nil
      }
      return Stray(kind: kind, delay: delay(by: draws.next(), mean: plan.delayMean * 8, extra: .zero))
    }
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
    let stream = Self.stream(of: client, node, isReply: isReply)
    let key = Self.content(content, in: stream)
    // No attempt is made twice.
    let occurrence = isReply ? occurrences.add(key) : 0
    if dice.draw(.clientLoss, key, occurrence: occurrence).happens(plan.clientLoss) { return nil }
    let delay = dice.draw(.clientDelay, key, occurrence: occurrence).exponential(mean: plan.clientDelayMean)
    let slowness = slowingFaults > 0 ? slowness(of: node, key: key, occurrence: occurrence) : .zero
    let place = (Int(client.rawValue) * nodes + node.offset) * 2 + (isReply ? 1 : 0)
    while streamEnds.count <= place { streamEnds.append(.start) }
    let end = max(streamEnds[place], now + plan.clientDelayMin + delay + slowness)
    // In the calm no stream ends later than this, so that it keeps its order even so.
    let arrival = longestDelay.map { min(end, now + $0) } ?? end
    streamEnds[place] = arrival
    return arrival
  }

  /// How the frame of a request is damaged, if it is: the key of the draws that say so.
  ///
  /// - Parameter content: says what the request is about.
  func damage(ofRequest content: UInt64, from client: ClientID, to node: NodeID) -> UInt64? {
    let key = Self.content(content, in: Self.stream(of: client, node, isReply: false))
    for fault in messageFaults {
      guard case .corrupt(let chance) = fault.action else { continue }
      let own = StableDigest.mix(key ^ fault.faultID)
      if dice.draw(.messageFate, own).happens(chance) { return own }
    }
    return nil
  }

  private static func stream(of client: ClientID, _ node: NodeID, isReply: Bool) -> UInt64 {
    UInt64(client.rawValue) << 16 | UInt64(node.number) << 1 | (isReply ? 1 : 0)
  }

  private static func content(_ content: UInt64, in stream: UInt64) -> UInt64 {
    var digest = StableDigest(start: stream)
    digest.combine(content)
    return digest.value
  }

  /// How much longer a message between a client and a node takes.
  private func slowness(of node: NodeID, key: UInt64, occurrence: UInt64) -> Duration {
    messageFaults.reduce(.zero) { sum, fault in
      let own = StableDigest.mix(key ^ fault.faultID)
      switch fault.action {
      case .slowNode(_, let mean) where fault.nodes.contains(node):
        return sum + dice.draw(.nodeDelay, own, occurrence: occurrence).exponential(mean: mean)
      case .clientDelay(let mean, let shape):
        return sum + dice.draw(.messageFate, own, occurrence: occurrence).delay(mean: mean, shape: shape)
      default: return sum
      }
    }
  }
}
