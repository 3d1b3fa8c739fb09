import Determinism
import Raft
import Replica
import Scenarios
import Traces

// Frames that are not what was sent, or come to servers for whom they are not.
extension Simulation {
  /// How a message arrives whose frame is damaged on its way.
  ///
  /// - Parameters:
  ///   - draws: the key of the draws that say how.
  ///   - number: of the message as it was sent.
  mutating func damagedArrival(
    of message: RaftMessage, from node: NodeID, to recipient: NodeID, by draws: UInt64, number: UInt32
  ) -> SimulationEvent {
    let sent = Wire.encode(Frame(.message(message), FrameAddress(carrier.cluster, from: node, to: recipient)))
    var (frame, draws) = (sent, dice.sequence(.frameDamage, draws))
    FrameDamage.damage(&frame, by: &draws)
    // Zeros may be set to zeros.
    guard frame != sent else { return .peerMessage(message, from: node, to: recipient, number: number) }
    statistics.messagesLost += 1
    let arrival = write(damaged: frame, at: recipient, number)
    return .frame(frame, from: node, to: recipient, number: arrival)
  }

  /// Sends what comes over the network beside a message, if there are faults that let it.
  mutating func sendStrays(
    beside message: RaftMessage, _ label: MessageLabel, from node: NodeID, to recipient: NodeID, occurrence: UInt64
  ) {
    for stray in network.strays(beside: label, from: node, to: recipient, occurrence: occurrence) {
      guard isStorm(at: now + stray.delay) else { continue }
      let content: RaftMessage
      let address: FrameAddress
      let (flaw, goal): (FrameFlaw, NodeID)
      switch stray.kind {
      case .foreign(let ahead):
        content = message.inAnotherCluster(ahead: ahead)
        address = FrameAddress(ClusterID(carrier.cluster.rawValue &+ 1), from: node, to: recipient)
        (flaw, goal) = (.ofAnotherCluster, recipient)
      case .misdelivered(let other):
        content = message
        address = FrameAddress(carrier.cluster, from: node, to: recipient)
        (flaw, goal) = (.forAnother(recipient), other)
      }
      let number = write(stray: content, flaw, from: node, to: goal, occurrence: occurrence)
      let frame = Wire.encode(Frame(.message(content), address))
      schedule(.frame(frame, from: node, to: goal, number: number, isStray: true), at: now + stray.delay)
    }
  }

  /// How a client's request arrives whose frame is damaged on its way.
  ///
  /// - Parameter draws: the key of the draws that say how.
  func damagedArrival(
    of request: ClientRequest, from client: ClientID, to node: NodeID, by draws: UInt64
  ) -> SimulationEvent {
    let address = FrameAddress(carrier.cluster, from: .client(client), to: .server(node))
    let sent = Wire.encode(Frame(.request(request), address))
    var (frame, draws) = (sent, dice.sequence(.frameDamage, draws))
    FrameDamage.damage(&frame, by: &draws)
    guard frame != sent else { return .clientRequest(request, from: client, to: node) }
    return .damagedRequest(frame, sent: request, from: client, to: node)
  }

  /// Lets a client's frame come to a server, which opens it.
  mutating func deliver(_ frame: [UInt8], from client: ClientID, to node: NodeID) {
    guard cluster.running.contains(node) else { return refuseConnection(of: client, at: node) }
    let refused = cluster.replicas[node.offset].refusedFrames.all
    step(node, .frame(frame))
    guard cluster.replicas[node.offset].refusedFrames.all > refused else { return }
    statistics.framesRefused += 1
    if isTraced { tracer?.note(.refusedFrame, at: node) }
  }

  /// Lets a frame come to a server, which opens it.
  mutating func deliver(_ frame: [UInt8], from sender: NodeID, to node: NodeID, number: UInt32, isStray: Bool) {
    guard cluster.running.contains(node), !network.isCut(from: sender, to: node) else {
      return noteLost(number, at: node)
    }
    let refused = cluster.replicas[node.offset].refusedFrames.all
    step(node, .frame(frame))
    if cluster.replicas[node.offset].refusedFrames.all > refused {
      statistics.framesRefused += 1
      noteLost(number, at: node)
      return
    }
    observe(creditOf: sender, by: node)
    statistics.messagesDelivered += 1
    if options.tellsDeliveries, !isStray { deliveries.append(sentMessages[Int(number)]) }
  }

  /// Takes note that a frame that was counted before does not arrive.
  mutating func noteLost(_ number: UInt32, at node: NodeID) {
    if isTraced { tracer?.noteLost(number, at: node) }
  }
}
