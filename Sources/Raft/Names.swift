extension Role {
  /// As the papers and the field call it.
  package var name: String {
    switch self {
    case .follower: "follower"
    case .candidate: "candidate"
    case .leader: "leader"
    case .preCandidate: "pre-candidate"
    }
  }
}

extension RaftMessage.Kind {
  /// As the papers call it, and as it stands in files.
  package var name: String {
    switch self {
    case .requestVote: "request-vote"
    case .requestVoteReply: "request-vote-reply"
    case .appendEntries: "append-entries"
    case .appendEntriesReply: "append-entries-reply"
    case .preVote: "pre-vote"
    case .preVoteReply: "pre-vote-reply"
    case .installSnapshot: "install-snapshot"
    case .installSnapshotReply: "install-snapshot-reply"
    case .readIndex: "read-index"
    case .readIndexReply: "read-index-reply"
    }
  }

  /// The kind of this name.
  package init?(named name: String) {
    guard let kind = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = kind
  }
}
