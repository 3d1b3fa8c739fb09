import Determinism
import KeyValue
import Raft

/// Clients, and what they are answered.
extension Replica {
  mutating func take(_ request: ClientRequest, from client: ClientID, at now: LocalInstant) {
    if let violation = request.violation {
      return answer(.refused(violation), to: client, sequence: request.sequence)
    }
    switch request.body {
    case .openSession: propose(.openSession, sequence: request.sequence, from: client)
    case .read(let key): read(key, sequence: request.sequence, from: client, at: now)
    case .write(let operation, let session):
      let body = Command.Body.change(operation, session: session, sequence: request.sequence)
      propose(body, sequence: request.sequence, from: client)
    case .change(let change): begin(change, sequence: request.sequence, from: client, at: now)
    case .transfer(let target): beginTransfer(to: target, sequence: request.sequence, from: client, at: now)
    }
  }

  private mutating func read(
    _ key: [UInt8], sequence: SequenceNumber, from client: ClientID, at now: LocalInstant
  ) {
    switch rules.server.readPath(role: raft.role, mode: raft.configuration.reads) {
    case .ownState: answerRead(of: key, to: client, sequence: sequence)
    case .redirection: answer(.notLeader(hint: raft.leader), to: client, sequence: sequence)
    case .confirmedLeadership:
      let id = waiting.add(WaitingClients.Read(client: client, sequence: sequence, key: key))
      step(.read(id), at: now)
    }
  }

  /// Takes a client's command, to be appended before this step ends or together with others.
  private mutating func propose(_ body: Command.Body, sequence: SequenceNumber, from client: ClientID) {
    guard raft.role == .leader else { return answer(.notLeader(hint: raft.leader), to: client, sequence: sequence) }
    gathered.add(GatheredProposals.Proposal(Command(stamp: wall, body: body), sequence: sequence, client: client))
  }

  /// Whether commands wait for others, to be appended together (Ongaro 2014 §10.2.2): while a flush of the log is under way
  /// they could not become durable here before the next one. A leader to which nothing is left to commit appends at once,
  /// so that its own slow disk holds up no cluster in which others are faster, and so does one that fills an append.
  var gathers: Bool {
    flushBegan != nil && raft.commitIndex < raft.log.lastIndex
      && gathered.count < raft.configuration.maxEntriesPerAppend && gathered.bytes < RaftConfiguration.maxBytesPerAppend
  }

  /// Appends the commands that clients have proposed.
  mutating func proposeGathered(at now: LocalInstant) {
    var (proposals, bytes) = (gathered.take(), 0)
    var commands: [[UInt8]] = []
    proposals.removeAll { proposal in
      // Another server may have room; nothing was appended here.
      guard disk.storage.hasRoom(forEntryBytes: bytes + proposal.bytes.count) else {
        disk.storage.noteRefusal(ofBytes: bytes + proposal.bytes.count)
        refuse(proposal, hint: nil)
        return true
      }
      bytes += proposal.bytes.count
      commands.append(proposal.bytes)
      return false
    }
    guard !commands.isEmpty else { return }
    step(.propose(commands), at: now)
    guard case .appended(let first, let count) = ready.proposal else {
      for proposal in proposals { refuse(proposal, hint: nil) }
      return
    }
    for (place, proposal) in proposals.enumerated() {
      guard place < count else {
        refuse(proposal, hint: nil)
        continue
      }
      let index = LogIndex(first.index.rawValue + UInt64(place))
      noteProposed(proposal, at: LogPosition(index: index, term: first.term))
    }
  }

  /// Lets a client wait for its command, which was appended.
  private mutating func noteProposed(_ proposal: GatheredProposals.Proposal, at position: LogPosition) {
    let (client, sequence) = (proposal.client, proposal.sequence)
    if rules.server.mayAnswer(position.index, appliedIndex: appliedIndex, lastIndex: raft.log.lastIndex) {
      let outcome = stateMachine.preview(
        proposal.command, at: position.index.rawValue, isLeader: raft.role == .leader, rules: rules.session)
      answer(ClientReply.Body(outcome), to: client, sequence: sequence, about: .command(position))
    } else {
      waiting.add(WaitingClients.Write(client: client, sequence: sequence, term: position.term), at: position.index)
    }
  }

  /// Tells a client that its command was not appended.
  mutating func refuse(_ proposal: GatheredProposals.Proposal, hint: NodeID?) {
    answer(.notLeader(hint: hint), to: proposal.client, sequence: proposal.sequence)
  }

  /// Tells the client whose command was appended at an index what there is to tell.
  ///
  /// - Parameters:
  ///   - applied: the entry that has just been applied there, if one has been.
  ///   - outcome: what that one came to.
  mutating func settleWrite(at index: LogIndex, applied: LogPosition?, outcome: CommandOutcome?) {
    guard let write = waiting.write(at: index) else { return }
    let position = LogPosition(index: index, term: write.term)
    let body: ClientReply.Body
    switch rules.server.fate(of: position, applied: applied, role: raft.role) {
    case .open: return
    case .answered: body = outcome.map(ClientReply.Body.init) ?? .unknown
    case .unknown: body = .unknown
    case .refused: body = .notLeader(hint: raft.leader)
    }
    waiting.removeWrite(at: index)
    let isAnswered = outcome != nil && body != .unknown
    answer(body, to: write.client, sequence: write.sequence, about: isAnswered ? applied.map { .command($0) } : nil)
  }

  mutating func answerRead(of key: [UInt8], to client: ClientID, sequence: SequenceNumber) {
    answer(
      .value(stateMachine.value(of: key)), to: client, sequence: sequence, about: .state(after: appliedIndex))
  }

  mutating func answer(
    _ body: ClientReply.Body, to client: ClientID, sequence: SequenceNumber, about ground: AnswerGround? = nil
  ) {
    commands.append(.answer(ClientReply(sequence: sequence, body: body), to: client, about: ground))
  }
}
