import Determinism
import Raft

extension TestCluster.MessageInFlight: CustomStringConvertible {
  /// As interaction files have it: `n1->n3 AppendEntries term=4 prev=2/2 entries=[3/2] commit=1`.
  var description: String { "\(from)->\(to) \(message.words)" }
}

extension RaftMessage {
  /// Its kind and what it says.
  var words: String {
    switch self {
    case .requestVote(let request): "RequestVote term=\(request.term) last=\(request.lastPosition)"
    case .requestVoteReply(let reply): "RequestVoteReply term=\(reply.term) granted=\(reply.isGranted)"
    case .preVote(let request): "PreVote term=\(request.term) last=\(request.lastPosition)"
    case .preVoteReply(let reply): "PreVoteReply term=\(reply.term) granted=\(reply.isGranted)"
    case .appendEntries(let request):
      "AppendEntries term=\(request.term) prev=\(request.previous) entries=["
        + request.entries.enumerated()
        .map { "\(request.previous.index.rawValue + UInt64($0.offset) + 1)/\($0.element.term)" }
        .joined(separator: " ") + "] commit=\(request.commitIndex) round=\(request.round)"
    case .appendEntriesReply(let reply):
      switch reply.outcome {
      case .matched(let index): "AppendEntriesReply term=\(reply.term) matched=\(index) round=\(reply.round)"
      case .conflict(let index, let term):
        "AppendEntriesReply term=\(reply.term) conflict=\(index)/\(term.map { "\($0)" } ?? "-") round=\(reply.round)"
      }
    case .installSnapshot(let request):
      "InstallSnapshot term=\(request.term) last=\(request.position) offset=\(request.offset) "
        + "bytes=\(request.bytes.count) of \(request.size)\(request.isDone ? " done" : "") round=\(request.round)"
    case .installSnapshotReply(let reply):
      switch reply.outcome {
      case .installed: "InstallSnapshotReply term=\(reply.term) last=\(reply.position) installed"
      case .received(let count): "InstallSnapshotReply term=\(reply.term) last=\(reply.position) received=\(count)"
      }
    case .readIndex(let request): "ReadIndex term=\(request.term) id=\(request.id.starts).\(request.id.read.rawValue)"
    case .readIndexReply(let reply):
      "ReadIndexReply term=\(reply.term) id=\(reply.id.starts).\(reply.id.read.rawValue) "
        + "index=\(reply.index.map { "\($0)" } ?? "-")"
    }
  }
}
