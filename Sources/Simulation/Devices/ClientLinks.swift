import Determinism
import Raft
import Replica
import Scenarios

/// Which links between clients and servers faults cut and clog, and what the latter hold.
///
/// A client's link is a stream: nothing on it comes twice or is overtaken, and what is lost is lost with its connection.
struct ClientLinks: Sendable {
  /// One way between a client and a server.
  struct Way: Sendable {
    let client: ClientID
    let node: NodeID
    /// Whether it leads to the client.
    let isReply: Bool
  }

  /// A message on a clogged link.
  struct HeldMessage: Sendable {
    let event: SimulationEvent
    let way: Way
    /// When it would have arrived.
    let arrival: VirtualInstant
  }

  /// How many messages clogged links hold, all together; further ones are lost.
  static let maxHeld = 2_000

  private let clients: Int
  /// By server, direction and whether the client's number is odd: how many faults cut the links, and how many clog them.
  private var cuts: [Int]
  private var clogs: [Int]
  /// In the order of sending.
  private var held: [HeldMessage] = []
  /// How many faults are in force.
  private var faults = 0

  /// - Parameter clients: how many there are; an identity is that much further on than the one before.
  init(nodes: Int, clients: Int) {
    self.clients = max(1, clients)
    cuts = Array(repeating: 0, count: nodes * 4)
    clogs = cuts
  }

  /// Whether all links are as they should be.
  var areSound: Bool { faults == 0 }

  func isCut(_ way: Way) -> Bool { cuts[place(of: way)] > 0 }
  func isClogged(_ way: Way) -> Bool { clogs[place(of: way)] > 0 }

  /// Cuts, or by −1 mends, the links of some clients to some servers. What clogged links hold is lost where they are cut.
  mutating func changeCuts(_ side: ClientSide, from nodes: [NodeID], _ direction: LinkDirection, by change: Int) {
    faults += change
    for place in places(side, nodes, direction) { cuts[place] += change }
    if change > 0 { held = held.filter { !isCut($0.way) } }
  }

  /// Clogs, or by −1 clears, the links of some clients to some servers.
  mutating func changeClogs(_ side: ClientSide, from nodes: [NodeID], _ direction: LinkDirection, by change: Int) {
    faults += change
    for place in places(side, nodes, direction) { clogs[place] += change }
  }

  /// Keeps a message on a clogged link, if there is room for it.
  mutating func hold(_ message: HeldMessage) {
    if held.count < Self.maxHeld { held.append(message) }
  }

  /// The messages on links that are clogged no more, in the order of sending.
  mutating func releaseHeld() -> [HeldMessage] {
    let all = held
    held = all.filter { isClogged($0.way) }
    return all.filter { !isClogged($0.way) }
  }

  private func place(of way: Way) -> Int {
    Self.place(way.node, isReply: way.isReply, isOdd: Int(way.client.rawValue) % clients % 2 == 1)
  }

  private static func place(_ node: NodeID, isReply: Bool, isOdd: Bool) -> Int {
    node.offset * 4 + (isReply ? 2 : 0) + (isOdd ? 1 : 0)
  }

  private func places(_ side: ClientSide, _ nodes: [NodeID], _ direction: LinkDirection) -> [Int] {
    var places: [Int] = []
    for node in nodes {
      for isReply in [false, true] where direction == .both || isReply == (direction == .outbound) {
        for isOdd in [false, true] where side == .all || isOdd == (side == .odd) {
          places.append(Self.place(node, isReply: isReply, isOdd: isOdd))
        }
      }
    }
    return places
  }
}

extension Simulation {
  /// Sends something between a client and a server.
  ///
  /// - Parameter arrival: when it arrives if nothing is wrong with the link.
  mutating func send(
    _ event: consuming SimulationEvent, on way: ClientLinks.Way, arrivingAt arrival: VirtualInstant
  ) {
    guard !clientLinks.areSound else { return schedule(event, at: arrival) }
    // The connection breaks, and its client waits in vain.
    if clientLinks.isCut(way) { return }
    guard clientLinks.isClogged(way) else { return schedule(event, at: arrival) }
    clientLinks.hold(.init(event: event, way: way, arrival: arrival))
  }

  /// Lets a fault change the links between clients and servers, or takes that back.
  mutating func changeClientLinks(by action: FaultAction, _ nodes: [NodeID], by change: Int) {
    switch action {
    case .clientPartition(_, let side, let direction):
      clientLinks.changeCuts(side, from: nodes, direction, by: change)
      guard change > 0 else { return }
      let (links, now) = (clientLinks, now)
      // What is under way is lost with its connection.
      _ = queue.removeAll(after: now) { event in event.clientWay.map(links.isCut) ?? false }
    case .clientClog(_, let side, let direction):
      clientLinks.changeClogs(side, from: nodes, direction, by: change)
      guard change < 0 else { return }
      for held in clientLinks.releaseHeld() {
        schedule(held.event, at: max(held.arrival, now + scenario.network.clientDelayMin))
      }
    default: break
    }
  }
}

extension SimulationEvent {
  /// The way that it takes between a client and a server, if it does.
  fileprivate var clientWay: ClientLinks.Way? {
    switch self {
    case .clientRequest(_, let client, let node), .damagedRequest(_, _, let client, let node):
      .init(client: client, node: node, isReply: false)
    case .clientReply(_, let node, let client, _), .connectionRefused(let node, let client, _):
      .init(client: client, node: node, isReply: true)
    default: nil
    }
  }
}
