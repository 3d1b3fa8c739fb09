import Determinism

extension RaftMessage {
  /// Folds all that the message says into a digest: the same for two messages only if they are the same.
  package func fold(into digest: inout StableDigest) {
    digest.combine(UInt64(kind.rawValue))
    digest.combine(term.rawValue)
    switch self {
    case .requestVote(let request):
      request.lastPosition.fold(into: &digest)
      digest.combine(request.isTransfer ? 1 : 0)
    case .preVote(let request):
      request.lastPosition.fold(into: &digest)
      request.attempt.fold(into: &digest)
    case .requestVoteReply(let reply): digest.combine(reply.isGranted ? 1 : 0)
    case .preVoteReply(let reply):
      digest.combine(reply.isGranted ? 1 : 0)
      reply.attempt.fold(into: &digest)
    case .timeoutNow: break
    case .appendEntries(let request): request.fold(into: &digest)
    case .appendEntriesReply(let reply): reply.fold(into: &digest)
    case .installSnapshot(let request): request.fold(into: &digest)
    case .installSnapshotReply(let reply): reply.fold(into: &digest)
    case .readIndex(let request): request.id.fold(into: &digest)
    case .readIndexReply(let reply):
      reply.id.fold(into: &digest)
      digest.combine(reply.index == nil ? 0 : 1)
      digest.combine(reply.index?.rawValue ?? 0)
    }
  }
}

extension LogPosition {
  fileprivate func fold(into digest: inout StableDigest) {
    digest.combine(index.rawValue)
    digest.combine(term.rawValue)
  }
}

extension CampaignAttempt {
  fileprivate func fold(into digest: inout StableDigest) {
    digest.combine(starts)
    digest.combine(number)
  }
}

extension Members {
  func fold(into digest: inout StableDigest) {
    digest.combine(voters.rawValue)
    digest.combine(outgoing.rawValue)
    digest.combine(learners.rawValue)
  }
}

extension ForwardedReadID {
  fileprivate func fold(into digest: inout StableDigest) {
    digest.combine(starts)
    digest.combine(read.rawValue)
  }
}

extension AppendEntries {
  fileprivate func fold(into digest: inout StableDigest) {
    previous.fold(into: &digest)
    digest.combine(commitIndex.rawValue)
    digest.combine(round)
    digest.combine(UInt64(entries.count))
    for entry in entries {
      digest.combine(entry.term.rawValue)
      switch entry.payload {
      // A command has a length, and none of these is one.
      case .command(let bytes): digest.combine(bytes)
      case .noOp: digest.combine(.max)
      case .configuration(let members):
        digest.combine(.max - 1)
        members.fold(into: &digest)
      }
    }
  }
}

extension AppendEntriesReply {
  fileprivate func fold(into digest: inout StableDigest) {
    digest.combine(round)
    switch outcome {
    case .matched(let index):
      digest.combine(1)
      digest.combine(index.rawValue)
    case .conflict(let index, let term):
      digest.combine(term == nil ? 2 : 3)
      digest.combine(index.rawValue)
      digest.combine(term?.rawValue ?? 0)
    }
  }
}

extension InstallSnapshot {
  fileprivate func fold(into digest: inout StableDigest) {
    digest.combine(round)
    position.fold(into: &digest)
    digest.combine(members.index.rawValue)
    members.members.fold(into: &digest)
    digest.combine(logDigest)
    digest.combine(size)
    digest.combine(offset)
    digest.combine(bytes)
    digest.combine(isDone ? 1 : 0)
  }
}

extension InstallSnapshotReply {
  fileprivate func fold(into digest: inout StableDigest) {
    digest.combine(round)
    position.fold(into: &digest)
    switch outcome {
    case .received(let count):
      digest.combine(1)
      digest.combine(count)
    case .installed: digest.combine(2)
    }
  }
}
