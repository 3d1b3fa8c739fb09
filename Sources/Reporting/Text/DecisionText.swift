import Determinism
import KeyValue
import Linearizability
import Raft
import Replica
import Traces

/// A decision in words that follow the server's name.
struct DecisionText {
  let decision: RuleDecision
  /// What it was about, where the question alone does not say.
  let context: Context

  /// What surrounds a decision: the message that it answers, and when the leader's rounds began.
  struct Context {
    /// The message that brought it about.
    var message: TracedMessage?
    /// When the round of a leader began, since the start; `nil` if that is not known.
    var roundStart: Duration?
    /// When the reads arrived that wait, since the start.
    var readArrival: Duration?

    /// Who has sent the message.
    var sender: String { message?.key.sender.description ?? "a server" }
  }

  /// What the server does by it.
  var predicate: String {
    switch decision.question {
    case .standing, .voteAfterEntering, .voteAfterHearing, .hardStateToPersist, .mayVote, .isUpToDate, .quorum, .votes,
      .countsPreVote:
      votePredicate
    case .speaksAsLeader, .departure, .electionTimeout, .resetsElectionTimer, .ignoresCandidate, .mayCampaign,
      .heardLeader, .remainsLeader, .mayLead:
      timingPredicate
    case .agreement, .truncationStart, .conflictHint, .followerCommitIndex, .proposalIndex, .recipients:
      logPredicate
    case .counted, .isHeld, .credit, .matchIndex, .backtrack, .isSilent, .isStalled, .mayCommit: progressPredicate
    case .members(let question): MemberDecisionText(question: question, context: context).predicate
    case .lastIncludedTerm, .compactionIndex, .continues, .installs, .keepsSuffix, .termAfterInstalling,
      .matchIndexOfSnapshot:
      snapshotPredicate
    case .knowsCommitIndex, .confirms, .leaseEnd, .holdsLease, .answers, .maySatisfyRead, .readPath: readPredicate
    case .disposition, .hasExpired, .logTime, .sessionsForSnapshot, .effect, .valueInSnapshot, .mayAnswer, .fate:
      clientPredicate
    case .mayStart, .isIntact, .isTorn, .durableLength, .place, .disposable, .lane, .fileToWrite, .isNewer, .outcome,
      .hasRoom, .snapshotIndex, .appliedIndexRestored, .hears, .wantsSnapshot:
      filePredicate
    case .isFrameIntact, .isAddressed: framePredicate
    }
  }

  // MARK: Votes

  private var votePredicate: String {
    switch decision.question {
    case .standing(let kind, let term, let current, let answers): standing(kind, term, current, answers.inForce)
    case .voteAfterEntering(let current, let term, let answers):
      answers.inForce == nil && current.votedFor != nil && term == current.term
        ? "forgets its vote for \(name(current.votedFor)) in term \(term), which goes on"
        : "enters term \(term) with \(vote(answers.inForce))"
    case .voteAfterHearing(let leader, let votedFor, let answers):
      answers.inForce == votedFor
        ? "keeps \(vote(votedFor))"
        : "takes \(leader), whom it hears as leader, for the one that it voted for; it had "
          + (votedFor.map { "voted for \($0)" } ?? "given no vote")
    case .hardStateToPersist(let state, let answers):
      "writes term \(answers.inForce.term) and \(vote(answers.inForce.votedFor)) to its disk, in place of term "
        + "\(state.term) and \(vote(state.votedFor))"
    case .mayVote(let candidate, let votedFor, let votedAt, let now, _, let answers):
      answers.inForce
        ? (votedFor.map { other in
          other == candidate
            ? "gives \(candidate) its vote again"
            : "may vote for \(candidate), though it has voted for \(other) in this term"
              + (votedAt.map { ", \(FaultText.span(now - $0)) ago" } ?? "")
        } ?? "may vote for \(candidate)")
        : "denies \(candidate) its vote: it has voted for \(name(votedFor)) in this term"
    case .isUpToDate(let candidate, let voter, _, let answers):
      "finds \(context.sender)'s log, which \(end(candidate)), \(answers.inForce ? "" : "not ")up to date "
        + "beside its own, which \(end(voter))"
    case .quorum(let voters, let answers):
      "takes \(answers.inForce) of \(voters) for a majority"
    case .countsPreVote(let attempt, let current, let answers):
      "\(answers.inForce ? "counts" : "passes over") a pre-vote for its \(attempt == current ? "present" : "former") attempt"
    case .votes(let counted, let isRepeated, let answers):
      "counts \(isRepeated ? "a vote that it has counted already" : "a vote"): "
        + "\(Words.count(counted, "vote")) became \(answers.inForce)"
    default: decision.rule.rawValue
    }
  }

  private func standing(_ kind: RaftMessage.Kind, _ term: Term, _ current: Term, _ standing: Raft.Standing) -> String {
    let what = "\(context.sender)'s \(MessageText.name(of: kind)) of term \(term)"
    return switch standing {
    case .newer: "enters term \(term) for \(what)"
    case .current where term < current: "counts \(what), though it is in term \(current) by now"
    case .current where term > current: "handles \(what) and stays in term \(current)"
    case .current: "counts \(what)"
    case .stale: "takes \(what) for an old one in term \(current)"
    }
  }

  private func name(_ node: NodeID?) -> String { node?.description ?? "nobody" }
  private func vote(_ node: NodeID?) -> String { node.map { "a vote for \($0)" } ?? "no vote" }
  private func end(_ position: LogPosition) -> String {
    position == .zero ? "is empty" : "ends with entry \(position.index) of term \(position.term)"
  }

  // MARK: Timeouts and promises

  private var timingPredicate: String {
    switch decision.question {
    case .speaksAsLeader(let role, let ledTerm, let current, let answers):
      answers.inForce && role != .leader
        ? "goes on to send appends in term \(current), though it is a \(role.name): it led term \(text(ledTerm))"
        : answers.inForce ? "speaks as leader" : "does not speak as leader"
    case .departure(let kind, let answers):
      answers.inForce == .atOnce
        ? "lets its \(MessageText.name(of: kind)) leave before its disk has synced what it rests on"
        : "keeps its \(MessageText.name(of: kind)) back until its disk has synced"
    case .electionTimeout(let interval, let answers):
      "draws its election timeout from \(range(answers.inForce)), in place of \(range(interval))"
    case .resetsElectionTimer(let kind, let isAccepted, let answers):
      "\(answers.inForce ? "starts its election timer anew" : "does not start its election timer anew") for "
        + "\(context.sender)'s \(MessageText.name(of: kind)), which it has \(isAccepted ? "accepted" : "denied")"
    case .ignoresCandidate(let kind, let heardAt, let now, _, let answers):
      "\(answers.inForce ? "ignores" : "listens to") \(context.sender)'s \(MessageText.name(of: kind)): it heard "
        + (heardAt.map { "a leader \(FaultText.span(now - $0)) ago" } ?? "no leader lately")
    case .mayCampaign(let heardAt, let now, _, let answers):
      "\(answers.inForce ? "may campaign" : "does not campaign yet")"
        + (heardAt.map { ": it heard a leader \(FaultText.span(now - $0)) ago" } ?? "")
    case .heardLeader(_, let starts, let answers):
      answers.inForce == nil && starts > 1
        ? "restarts free to vote, though it may have promised not to before"
        : answers.inForce == nil ? "starts free to vote" : "restarts as if it had just heard a leader"
    case .mayLead(let canWrite, _, let answers):
      "\(answers.inForce ? "leads or campaigns" : "neither leads nor campaigns") while its disk "
        + (canWrite ? "takes writes" : "takes no writes")
    case .remainsLeader(let heardAt, let now, _, let answers):
      "\(answers.inForce ? "goes on leading" : "gives up leading"): a quorum answered \(FaultText.span(now - heardAt)) ago"
    default: decision.rule.rawValue
    }
  }

  private func range(_ range: ClosedRange<Duration>) -> String {
    range.lowerBound == range.upperBound
      ? "\(FaultText.span(range.lowerBound)) alone"
      : "\(FaultText.span(range.lowerBound)) to \(FaultText.span(range.upperBound))"
  }

  private func text(_ term: Term?) -> String { term.map { "\($0)" } ?? "none" }

  // MARK: Logs

  private var logPredicate: String {
    switch decision.question {
    case .agreement(let previous, let termAtPrevious, let logStart, _, let answers):
      agreement(previous, termAtPrevious, logStart, answers.inForce)
    case .truncationStart(let previous, let conflict, let answers):
      answers.inForce.map { cut in
        "removes its log from entry \(cut) on"
          + (conflict == nil ? ", though nothing in the append behind entry \(previous) conflicts" : "")
      } ?? "removes nothing"
    case .conflictHint(let index, let logStart, let answers):
      "tells the leader to go on looking at entry \(answers.inForce)"
        + (answers.inForce == index ? "" : " in place of entry \(index): its log begins behind entry \(logStart)")
    case .followerCommitIndex(let current, let leaderCommit, let lastNew, _, let answers):
      answers.inForce < current
        ? "sets its commit index back from \(current) to \(answers.inForce)"
        : "sets its commit index to \(answers.inForce), though the append reached only to entry \(lastNew) "
          + "(the leader's commit index is \(leaderCommit))"
    case .proposalIndex(let lastIndex, let commitIndex, let answers):
      answers.inForce <= lastIndex
        ? "puts its new entry in the place of entry \(answers.inForce), which is not committed (its log ends at entry "
          + "\(lastIndex), committed up to entry \(commitIndex))"
        : "appends its new entry behind entry \(lastIndex)"
    case .recipients(let peers, _, let answers):
      "sends to \(answers.inForce.isEmpty ? "nobody" : "\(list(answers.inForce)) only"), not to \(list(peers.subtracting(answers.inForce))): "
        + "one of its peers could not be reached"
    default: decision.rule.rawValue
    }
  }

  private func counted(_ answer: LogAnswer, as counted: LogAnswer?, isOwn: Bool, term: Term) -> String {
    let whose = isOwn ? "its own disk's" : "\(context.sender)'s"
    if case .refuses(let hint) = answer, case .agrees = counted {
      return "counts \(whose) refusal of term \(term), which points to entry \(hint), for an acknowledgement"
    }
    return "\(counted == nil ? "passes over" : "counts") \(whose) acknowledgement of term \(term)"
  }

  private func list(_ nodes: NodeSet) -> String {
    nodes.isEmpty ? "nobody" : Words.list(nodes.map(\.description))
  }

  private func agreement(
    _ previous: LogPosition, _ termAtPrevious: Term?, _ logStart: LogPosition, _ agreement: Agreement
  ) -> String {
    let place = "entry \(previous.index) of term \(previous.term)"
    let snapshot = "its log begins behind entry \(logStart.index)"
    switch agreement {
    case .matches:
      return previous.index < logStart.index
        ? "takes an append behind entry \(previous.index) for one that fits, though \(snapshot)"
        : "holds \(place), behind which the leader's entries come"
    case .conflicts(let cut):
      let removal = cut.map { ", and removes its log from entry \($0) on" } ?? ""
      if previous.index < logStart.index {
        return
          "takes entry \(previous.index), which its snapshot includes (\(snapshot)), for one that conflicts\(removal)"
      }
      let held = termAtPrevious.map { "holds one of term \($0) there" } ?? "has none there"
      return "refuses an append behind \(place): it \(held)\(removal)"
    case .covered: return "finds entry \(previous.index) in its snapshot: \(snapshot)"
    }
  }

  // MARK: What a leader knows

  private var progressPredicate: String {
    switch decision.question {
    case .counted(let answer, let term, let isOwn, let role, _, let current, let answers):
      counted(answer, as: answers.inForce, isOwn: isOwn, term: term)
        + (term == current && role == .leader
          ? ""
          : ", \(answers.inForce == nil ? "for" : "though") it \(role == .leader ? "leads" : "is a \(role.name) of") term \(current)")
    case .isHeld(let holders, let place, let quorum, let answers):
      "takes what \(Words.count(holders, "voter")) hold\(holders == 1 ? "s" : "") for \(answers.inForce ? "" : "not ")"
        + "committed: the voter at place \(place) holds it, and \(quorum) must"
    case .credit(let acknowledged, _, let answers):
      answers.inForce == acknowledged
        ? "credits \(acknowledged.member) with entry \(acknowledged.index)"
        : "credits \(answers.inForce.member) with entry \(answers.inForce.index), though it was \(acknowledged.member) "
          + "that acknowledged entry \(acknowledged.index)"
    case .matchIndex(let current, let acknowledged, let answers):
      "takes \(context.sender) to hold entry \(answers.inForce): it acknowledged entry \(acknowledged) and was known to "
        + "hold entry \(current)"
    case .backtrack(let hint, let match, let lowest, let answers):
      answers.inForce.map { "goes back to entry \($0) for \(context.sender), which refused" }
        ?? "ignores \(context.sender)'s refusal, which asks for entry \(hint): \(context.sender) is known to hold entry "
        + "\(match), and entry \(lowest) was asked for already"
    case .isSilent(let heardAt, let now, _, let answers):
      answers.inForce
        ? "sends neither entries nor a snapshot to a server that last answered \(FaultText.span(now - heardAt)) ago"
        : "sends entries or a snapshot to a server that last answered \(FaultText.span(now - heardAt)) ago"
    case .isStalled(let movedAt, let now, _, _, let answers):
      "\(answers.inForce ? "takes for lost" : "waits for") what has got no further for \(FaultText.span(now - movedAt))"
    case .mayCommit(let entryTerm, let term, let answers):
      answers.inForce
        ? "commits an entry of term \(entryTerm) by counting copies"
          + (entryTerm == term ? "" : ", though it leads term \(term)")
        : "does not commit an entry of term \(entryTerm) by counting copies: it leads term \(term)"
    default: decision.rule.rawValue
    }
  }

  // MARK: Snapshots

  private var snapshotPredicate: String {
    switch decision.question {
    case .lastIncludedTerm(let entry, let current, let answers):
      "names term \(answers.inForce) in its snapshot"
        + (answers.inForce == entry ? "" : " for a last entry of term \(entry): \(current) is its current term")
    case .compactionIndex(let snapshot, _, _, _, let answers):
      "lets go of its log up to entry \(answers.inForce) for a snapshot up to entry \(snapshot)"
    case .continues(let offset, let received, let answers):
      "\(answers.inForce ? "adds" : "refuses") a piece of a snapshot at byte \(offset) to the \(received) that it has"
    case .installs(let position, let commitIndex, let answers):
      "\(answers.inForce ? "installs" : "does not install") a snapshot up to entry \(position.index): it knows entries "
        + "up to \(commitIndex) to be committed"
    case .keepsSuffix(let position, let term, let answers):
      answers.inForce
        ? "keeps the entries behind the snapshot up to entry \(position.index)"
        : "drops its log for the snapshot up to entry \(position.index) of term \(position.term), "
          + (term.map { "with the entries behind it (its own entry there is of term \($0))" }
            ?? "to which it does not lead")
    case .termAfterInstalling(let position, let current, let answers):
      answers.inForce == current
        ? "stays in term \(current)"
        : "takes the term of the snapshot's last entry, \(position.term), for its own, which was \(current)"
    case .matchIndexOfSnapshot(let sent, let newest, let answers):
      "takes \(context.sender) to hold entry \(answers.inForce): it has installed the snapshot up to entry \(sent.index)"
        + (answers.inForce == sent.index ? "" : newest.map { ", and the newest is up to entry \($0.index)" } ?? "")
    default: decision.rule.rawValue
    }
  }

  // MARK: Reads

  private var readPredicate: String {
    switch decision.question {
    case .knowsCommitIndex(let term, let current, let answers):
      answers.inForce
        ? "reads at its commit index"
          + (term == current ? "" : ", though it has committed nothing of its own term, \(current), yet")
        : "does not read yet: it has committed nothing of its own term, \(current)"
    case .confirms(let acknowledged, let needed, let peer, let answers):
      confirmation(acknowledged, needed, peer, answers.inForce)
    case .leaseEnd(let sentAt, let acknowledgedAt, let promise, _, let answers):
      "extends its lease by \(FaultText.span(answers.inForce - acknowledgedAt)) from now: a quorum has answered what it "
        + "sent \(FaultText.span(acknowledgedAt - sentAt)) ago, and promised \(FaultText.span(promise))"
        + (answers.inForce == answers.published
          ? "" : ", which leaves \(FaultText.span(answers.published - acknowledgedAt))")
    case .holdsLease(let end, let now, _, _, let answers):
      answers.inForce
        ? "relies on its lease"
          + (end.map { $0 > now ? ", which lasts another \(FaultText.span($0 - now))" : ", which has ended" } ?? "")
        : "has no lease"
    case .answers(let id, let starts, let answers):
      "\(answers.inForce ? "takes" : "does not take") an answer to a read of its start no. \(id.starts) in its start no. "
        + "\(starts)"
    case .maySatisfyRead(let index, let commitIndex, let answers):
      "\(answers.inForce ? "answers" : "does not answer") a read that waits for entry \(index) at commit index "
        + "\(commitIndex)"
    case .readPath(let role, _, let answers):
      switch answers.inForce {
      case .ownState: "answers from its own state, asking nobody, as a \(role.name)"
      case .confirmedLeadership: "looks whether it may answer"
      case .redirection: "sends the client to the leader"
      }
    default: decision.rule.rawValue
    }
  }

  private func confirmation(_ acknowledged: UInt64, _ needed: UInt64, _ peer: NodeID, _ isConfirmed: Bool) -> String {
    let round =
      acknowledged == 0
      ? "no round that \(peer) has answered"
      : "\(peer)'s answer to " + (context.roundStart.map { "the round of \($0)" } ?? "round \(acknowledged)")
    guard isConfirmed else { return "does not count \(round) for the read" }
    let arrival = context.readArrival.map { " (\($0))" } ?? ""
    return acknowledged == 0
      ? "takes \(peer), which has answered no round, to confirm that it leads"
      : "counts \(round)\(acknowledged >= needed ? "" : ", which began before the read came\(arrival)")"
  }

  // MARK: Clients and states

  private var clientPredicate: String {
    switch decision.question {
    case .disposition(let sequence, let last, let isOpen, let answers):
      disposition(sequence, last, isOpen, answers.inForce)
    case .hasExpired(let lastUsed, let logTime, let clock, let lifetime, let answers):
      "\(answers.inForce ? "takes a session for expired" : "takes a session for open"): its lifetime is "
        + "\(FaultText.span(lifetime)), and it was last used \(FaultText.span(logTime - lastUsed)) ago by the log's time"
        + (answers.inForce == answers.published
          ? "" : ", \(FaultText.span(clock - lastUsed)) by the server's own clock")
    case .logTime(_, let stamp, let answers):
      "sets the log's time to \(time(answers.inForce)) for a stamp of \(time(stamp))"
    case .sessionsForSnapshot(let answers):
      answers.inForce == answers.published
        ? "puts its sessions into the snapshot"
        : "leaves out of the snapshot "
          + "\(Words.list(answers.published.filter { !answers.inForce.contains($0) }.map { "session \($0.rawValue)" }))"
    case .effect(let operation, let value, let isLeader, let answers):
      "applies \(MessageText.of(operation)) as \(isLeader ? "the leader" : "no leader"): "
        + "\(Wording.show(operation.key)), which was \(Wording.show(value)), \(change(answers.inForce.change))"
        + (answers.inForce == answers.published ? "" : ", though it \(change(answers.published.change, isWish: true))")
    case .valueInSnapshot(let inSnapshot, let held, let answers):
      "restores a snapshot in which a key has \(inSnapshot.map { Wording.show($0) } ?? "no value"), and gives it "
        + "\(answers.inForce.map { Wording.show($0) } ?? "no value"): it held \(Wording.show(held))"
    case .mayAnswer(let index, let applied, let last, let answers):
      "\(answers.inForce ? "answers" : "does not answer") the client of entry \(index) when it has applied "
        + "\(applied == .zero ? "nothing" : "up to entry \(applied)") (its log ends at entry \(last))"
    case .fate(let write, let applied, let role, let answers): fate(write, applied, role, answers.inForce)
    default: decision.rule.rawValue
    }
  }

  private func time(_ instant: WallInstant) -> String { Duration(nanoseconds: instant.nanoseconds).description }

  private func disposition(
    _ sequence: SequenceNumber, _ last: SequenceNumber?, _ isOpen: Bool, _ disposition: SessionDisposition
  ) -> String {
    let command = "command \(sequence.rawValue) of a session"
    let state =
      !isOpen
      ? "that session is not open, or has expired"
      : last.map { $0 >= sequence ? "that session has seen command \($0.rawValue)" : "" } ?? ""
    return switch disposition {
    case .apply: state.isEmpty ? "applies \(command)" : "applies \(command), though \(state)"
    case .answerAgain: "does not apply \(command) again: \(state)"
    case .drop: "drops \(command): \(state)"
    case .refuse: "refuses \(command): \(state)"
    }
  }

  private func change(_ change: KeyValueOperation.Change, isWish: Bool = false) -> String {
    switch change {
    case .keep: isWish ? "should stay" : "stays"
    case .set(let value): isWish ? "should become \(Wording.show(value))" : "becomes \(Wording.show(value))"
    case .remove: isWish ? "should have no value" : "has no value any more"
    }
  }

  private func fate(_ write: LogPosition, _ applied: LogPosition?, _ role: Role, _ fate: WriteFate) -> String {
    let entry = "the client of entry \(write.index) of term \(write.term)"
    let there = applied.map { "entry \($0.index) of term \($0.term) was applied there" } ?? "nothing was applied there"
    return switch fate {
    case .open: "keeps \(entry) waiting, as a \(role.name): \(there)"
    case .answered: "answers \(entry) by what was applied there: \(there)"
    case .unknown: "tells \(entry) that the outcome is unknown: it is a \(role.name), and \(there)"
    case .refused: "tells \(entry) that nothing was done, as a \(role.name): \(there)"
    }
  }

  // MARK: Frames

  private var framePredicate: String {
    let message =
      context.message.map { "\($0.key.sender)'s \(MessageText.name(of: $0.content.kind))" } ?? "a client's request"
    let term = context.message.map { " of term \($0.content.term)" } ?? ""
    return switch decision.question {
    case .isFrameIntact(let expected, let actual, let answers):
      "\(answers.inForce ? "takes" : "does not take") \(message)\(term) for what was sent: its checksum is "
        + (expected == actual ? "right" : "wrong")
    case .isAddressed(let address, _, let cluster, let answers):
      "\(answers.inForce ? "takes" : "does not take") \(message)\(term) for one to itself: it is "
        + (address.cluster == cluster ? "for \(Self.name(of: address.recipient))" : "of another cluster")
    default: decision.rule.rawValue
    }
  }

  private static func name(of party: FrameAddress.Party) -> String {
    switch party {
    case .server(let node): "\(node)"
    case .client: "a client"
    }
  }

  // MARK: Files

  private var filePredicate: String {
    switch decision.question {
    case .mayStart(let onReplacedDisk, let answers):
      "\(answers.inForce ? "starts" : "does not start")"
        + (onReplacedDisk ? " on another disk than that on which it ran" : "")
    case .isIntact(_, _, let missing, let answers):
      "takes a record of its log \(missing > 0 ? "that lacks \(Words.count(missing, "byte")) " : "")"
        + "for \(answers.inForce ? "whole" : "broken")"
    case .isTorn(let offset, let mark, let later, let answers):
      "takes the bad record at byte \(offset) for \(answers.inForce ? "torn" : "damaged"): the log is known to be synced up "
        + "to byte \(mark)" + (later.map { ", and a whole record follows at byte \($0)" } ?? "")
    case .durableLength(let length, let mark, let answers):
      "takes \(answers.inForce) of the \(length) bytes that it has read of its log for durable: up to byte \(mark) the log "
        + "is known to be synced"
    case .place(let inFile, let inLog, let answers):
      "writes a record with place \(answers.inForce) in its checksum: it is at byte \(inFile) of its file, byte \(inLog) "
        + "of the log"
    case .disposable(let durable, let written, let compacted, let answers):
      "lets the files of its log go up to entry \(answers.inForce): its durable snapshot ends at entry \(durable), the one "
        + "being written at entry \(written), the protocol has compacted up to entry \(compacted)"
    case .lane(let file, let answers):
      "writes \(file.name) in the disk's queue for "
        + (answers.inForce == .log ? "its log, whose records wait for that" : "snapshots")
    case .fileToWrite(let name, let current, let answers):
      answers.inForce == current
        ? "writes \(name) over \(answers.inForce), its latest snapshot"
        : "writes \(name) as \(answers.inForce)\(decision.differs ? ", not as \(answers.published)" : "")"
    case .isNewer(let one, let other, let answers):
      "takes \(one.name) to be \(answers.inForce ? "later" : "earlier") than \(other.name)"
    case .outcome(_, let answers):
      switch answers.inForce {
      case .done: answers.inForce == answers.published ? "takes a flush for done" : "takes a flush that failed for done"
      case .failed: "takes a flush for failed"
      }
    case .wantsSnapshot(let entries, _, _, let lacksRoom, let log, let state, let answers):
      "\(answers.inForce ? "wants" : "does not want") a snapshot after \(Words.count(entries, "applied command"))"
        + (lacksRoom ? ": its disk is full, and for \(state) bytes it would let go of \(log)" : "")
    case .hears(let kind, _, let answers):
      "\(answers.inForce ? "hears" : "does not hear") a message of kind \(kind) for which its disk has no room"
    case .hasRoom(let bytes, let free, _, let answers):
      "\(answers.inForce ? "has" : "has no") room for \(bytes) bytes of \(free) free"
    case .snapshotIndex(let applied, let due, let answers):
      "names entry \(answers.inForce) in a snapshot of a state that has seen entry \(applied)"
        + (answers.inForce == applied ? "" : ": it was due at entry \(due)")
    case .appliedIndexRestored(let snapshot, let base, let answers):
      answers.inForce < snapshot
        ? "applies the entries behind entry \(answers.inForce) to a state from a snapshot up to entry \(snapshot), which "
          + "has seen them"
        : "goes on behind the snapshot up to entry \(snapshot) (its log begins behind entry \(base))"
    default: decision.rule.rawValue
    }
  }
}
