import Determinism

/// A read that a follower has asked its leader about.
struct ForwardedRead: Hashable, Sendable {
  var id: ReadID
  var askedAt: LocalInstant
  /// What the leader answered.
  var index: LogIndex?
}

/// Linearizable reads at a follower, through its leader's index (Ongaro 2014 §6.4, end).
extension RaftNode {
  mutating func forward(_ id: ReadID, into ready: inout Ready) {
    guard let leader, forwardedReads.count < RaftConfiguration.maxPendingReads else {
      ready.abandonedReads.append(id)
      return
    }
    forwardedReads.append(ForwardedRead(id: id, askedAt: now))
    let name = ForwardedReadID(starts: hardState.starts, read: id)
    send(.readIndex(ReadIndex(term: term, id: name)), to: leader, into: &ready)
  }

  mutating func handle(_ request: ReadIndex, isCurrent: Bool, from follower: NodeID, into ready: inout Ready) {
    let read = Leadership.WaitingRead(id: request.id.read, follower: follower, starts: request.id.starts)
    if isCurrent, role == .leader { begin(read, into: &ready) } else { abandon(read, into: &ready) }
  }

  mutating func handle(_ reply: ReadIndexReply, into ready: inout Ready) {
    guard rules.answers(reply.id, askedIn: hardState.starts),
      let place = forwardedReads.firstIndex(where: { $0.id == reply.id.read && $0.index == nil })
    else { return }
    guard let index = reply.index else {
      forwardedReads.remove(at: place)
      ready.abandonedReads.append(reply.id.read)
      return
    }
    forwardedReads[place].index = index
    releaseForwardedReads(into: &ready)
  }

  /// Releases the answered reads up to whose index everything is committed.
  mutating func releaseForwardedReads(into ready: inout Ready) {
    guard !forwardedReads.isEmpty else { return }
    var waiting: [ForwardedRead] = []
    for read in forwardedReads {
      if let index = read.index, rules.maySatisfyRead(index: index, commitIndex: commitIndex) {
        ready.confirmedReads.append(.init(id: read.id, index: index))
      } else {
        waiting.append(read)
      }
    }
    forwardedReads = waiting
  }

  /// The question or its answer is lost: whoever reads had better ask anew.
  mutating func abandonOldForwardedReads(into ready: inout Ready) {
    let limit = configuration.electionTimeout.upperBound
    let old = forwardedReads.prefix { now - $0.askedAt >= limit }
    guard !old.isEmpty else { return }
    ready.abandonedReads += old.map(\.id)
    forwardedReads.removeFirst(old.count)
  }
}
