import Determinism
import Raft
import Traces

/// A peer that was not heard for an election timeout is sent little: what it lacks waits until it answers. Else a leader
/// fills its links with what nobody hears.
///
/// Whoever looks counts any message that arrives from the peer; the leader may count fewer.
package struct SilentPeersGetLittle: Sendable {
  /// How many bytes of entries and pieces such a peer may be sent within a heartbeat interval: as much as some empty
  /// appends take, so that a leader may ask with a small entry or piece.
  package static let mostBytes = 256

  /// What one node was seen to do with another one.
  private struct Link: Sendable {
    var heardAt = LocalInstant(nanoseconds: 0)
    var intervalStart = LocalInstant(nanoseconds: 0)
    var bytes = 0
  }

  private let electionTimeout: Duration
  private let heartbeatInterval: Duration
  /// By sender, and then by recipient.
  private var links: [Link]
  /// By node: since when it leads in its term, and which that is.
  private var leadsSince: [LocalInstant]
  private var terms: [Term]

  /// - Parameters:
  ///   - nodes: how many servers there are.
  ///   - electionTimeout: the longest.
  package init(nodes: Int, electionTimeout: Duration, heartbeatInterval: Duration) {
    (self.electionTimeout, self.heartbeatInterval) = (electionTimeout, heartbeatInterval)
    links = Array(repeating: Link(), count: nodes * nodes)
    leadsSince = Array(repeating: LocalInstant(nanoseconds: 0), count: nodes)
    terms = Array(repeating: .zero, count: nodes)
  }

  /// A leader begins to replicate to a peer: it has an election timeout to answer.
  package mutating func noteMember(_ peer: NodeID, of node: NodeID, at now: LocalInstant) {
    noteArrival(at: node, from: peer, at: now)
  }

  /// A message of a peer reaches a node.
  package mutating func noteArrival(at node: NodeID, from peer: NodeID, at now: LocalInstant) {
    links[node.offset * terms.count + peer.offset].heardAt = now
  }

  /// A message with entries or a piece leaves a node.
  ///
  /// - Parameters:
  ///   - bytes: how many of entries or of a piece it carries. Nobody asks while the peer is heard.
  ///   - now: by the sender's clock.
  /// - Returns: what is broken.
  package mutating func look(
    at label: MessageLabel, bytes: @autoclosure () -> Int, from node: NodeID, to peer: NodeID, at now: LocalInstant
  ) -> Finding? {
    switch label.kind {
    case .installSnapshot: break
    case .appendEntries where label.entryCount > 0: break
    default: return nil
    }
    if terms[node.offset] != label.term { (terms[node.offset], leadsSince[node.offset]) = (label.term, now) }
    let place = node.offset * terms.count + peer.offset
    var link = links[place]
    defer { links[place] = link }
    let heardAt = max(link.heardAt, leadsSince[node.offset])
    guard now - heardAt > electionTimeout else {
      link.bytes = 0
      return nil
    }
    if link.bytes == 0 || now - link.intervalStart >= heartbeatInterval {
      (link.intervalStart, link.bytes) = (now, 0)
    }
    link.bytes += bytes()
    guard link.bytes > Self.mostBytes else { return nil }
    return .silentPeerFlooded(leader: node, term: label.term, peer: peer, bytes: link.bytes, silent: now - heardAt)
  }
}
