import Determinism
import KeyValue
import Linearizability
import Raft
import Replica
import Scenarios
import Traces

/// What was seen that must not be, in words.
package enum FindingText {
  /// One sentence without a full stop, that begins with a name or in lower case.
  package static func sentence(_ finding: Finding) -> String {
    // No default here: the compiler asks for the sentence of a new finding.
    switch finding {
    case .twoLeaders, .votedTwice, .termWentBack, .leaseWithoutPromises, .campaignWithoutGrants, .voteNotDurable,
      .candidateLogNotDurable, .acknowledgementNotDurable:
      promiseSentence(finding)
    case .leaderChangedLog, .logsDiffer, .logBeginsBehindUnknown, .leaderLacksCommitted, .electableLacksCommitted,
      .committedOnTooFew, .commitWentBack, .commitBeyondLog, .matchWentBack, .matchNotDurable,
      .creditedUnsent, .creditedUnheardRound, .entriesUnsent, .sentAgain:
      logSentence(finding)
    case .appliedOtherEntries, .snapshotOfUnapplied, .statesDiffer, .appliedWentBack, .snapshotBeyondApplied,
      .commandsAppliedAgain, .stateNotOfLog, .snapshotOfOtherMembers, .toldOfMissingEntry, .leaderLacksTold,
      .logTimeWentBack, .readNotFresh, .readNotConfirmed, .answerUnfit, .waitsAfterLeadership, .waitsForApplied,
      .readsWaitAfterLeadership, .readsForgotten:
      stateSentence(finding)
    case .notSettled, .leaderDeposed, .notAnswered, .turnedAway, .changeStuck, .transferStuck, .stopped,
      .stoppedForSoundDisk, .stoppedForSnapshot,
      .cannotRecover:
      progressSentence(finding)
    case .followerSilent, .followerStuck, .snapshotUnending, .silentPeerFlooded: followerSentence(finding)
    case .membersNotInForce, .membersDiffer, .configurationsApart, .changesUncommitted, .jointNotLeft,
      .leadsThoughRemoved, .removedForgotten, .voterNotCaughtUp, .electedByTooFew, .campaignsOutside, .transferToOther,
      .transferToBehind,
      .proposalAmidTransfer, .leaseAfterOrder, .campaignsWithoutOrder:
      MembersText.sentence(finding) ?? unsaid(finding)
    case .removedNeeded, .markBeyondSynced, .wroteToEarlierFile, .recoveredOtherwise, .diskDiffers, .filesLeftOver,
      .roomMiscounted, .snapshotOverdue, .logNotCompacted:
      diskSentence(finding)
    }
  }

  private static func promiseSentence(_ finding: Finding) -> String {
    switch finding {
    case .twoLeaders(let one, let other, let term): "\(one) and \(other) both became leader of term \(term)"
    case .votedTwice(let voter, let first, let second, let term):
      "\(voter) voted for \(first) and for \(second) in term \(term)"
    case .termWentBack(let node, let from, let to): "\(node) was in term \(from) and now is in term \(to)"
    case .campaignWithoutGrants(let node, let term, let granters, let members):
      "\(node) campaigns in term \(term), and of \(members) servers only \(Words.list(granters.map(\.description))) "
        + "would vote for it there"
    case .leaseWithoutPromises(let leader, let term, let free, let members):
      "\(leader), leader of term \(term), holds a lease, and \(free.count) of \(members) "
        + "(\(Words.list(free.map(\.description)))) are free to vote for another leader"
    case .voteNotDurable(let voter, let candidate, let term, let durable):
      "\(voter)'s vote for \(candidate) in term \(term) left while its disk still held term \(durable.term) and "
        + (durable.votedFor.map { "a vote for \($0)" } ?? "no vote")
    case .candidateLogNotDurable(let node, let term, let last):
      "\(node) asks for votes in term \(term) with a log up to entry \(last) that is not durable"
    case .acknowledgementNotDurable(let follower, let index, let term, let lack):
      "\(follower) acknowledged entry \(index) in term \(term) while its disk \(predicate(lack))"
    default: unsaid(finding)
    }
  }

  private static func diskSentence(_ finding: Finding) -> String {
    switch finding {
    case .removedNeeded(let node, let file, let before, let after):
      "\(node) removed \(file): a loss of power would have left \(words(before)), and now "
        + (after.map { "leaves \(words($0))" } ?? "leaves files from which it cannot recover")
    case .markBeyondSynced(let node, let file, let offset, let mark, let synced):
      "the record at byte \(offset) of \(node)'s \(file) says that \(mark) bytes were synced when it was written, and "
        + "\(synced) were"
    case .wroteToEarlierFile(let node, let file):
      "\(node) wrote to \(file) while the name of a later file of the log was durable"
    case .recoveredOtherwise(let node, let stand, let files):
      "\(node) started with \(words(stand, besides: files)), and "
        + (files.map { "its files hold \(words($0, besides: stand))" } ?? "no crash leaves files such as it found")
    case .diskDiffers(let node, let stand, let disk):
      "all is done that \(node) asked of its disk, and it has \(words(stand, besides: disk)), and its files hold "
        + words(disk, besides: stand)
    case .filesLeftOver(let node, let files, let needed):
      "everything is durable at \(node), which has \(Words.count(files, "file")) and needs \(needed)"
    case .roomMiscounted(let node, let counted, let room):
      "\(node) counts \(counted) bytes of room on its disk, and there will be \(room) when all is written"
    case .snapshotOverdue(let node, let snapshot, let applied, let entries):
      "\(node) has applied entry \(applied) and "
        + (snapshot == .zero ? "has no snapshot" : "its last snapshot ends with entry \(snapshot)")
        + ", though it is to take one after \(entries == 1 ? "each entry" : "\(entries.grouped) entries")"
    case .logNotCompacted(let node, let start, let snapshot, let trailing):
      "\(node) has a snapshot up to entry \(snapshot), and its log still begins "
        + (start == .zero ? "with the first entry" : "behind entry \(start)")
        + (trailing == 0 ? "" : ", though no more than \(trailing.grouped) before the snapshot's end may stay")
    default: unsaid(finding)
    }
  }

  /// What a server or its files have, and of which of its starts that is where another one has it of another.
  private static func words(_ stand: DiskStand, besides other: DiskStand?) -> String {
    let isOfOther = other.map { $0.hardState.starts != stand.hardState.starts } ?? false
    return words(stand) + (isOfOther ? " as of start \(stand.hardState.starts)" : "")
  }

  private static func words(_ stand: DiskStand) -> String {
    "term \(stand.hardState.term), \(stand.hardState.votedFor.map { "a vote for \($0)" } ?? "no vote") and "
      + (stand.last.index == .zero ? "no entries" : "a log up to entry \(stand.last.index) of term \(stand.last.term)")
  }

  private static func logSentence(_ finding: Finding) -> String {
    switch finding {
    case .leaderChangedLog(let node, let term, let index):
      "\(node), leader of term \(term), changed its log up to entry \(index)"
    case .logsDiffer(let node, let position):
      "\(node)'s log up to entry \(position.index) of term \(position.term) differs from another log with that entry"
    case .logBeginsBehindUnknown(let node, let position):
      "\(node)'s log begins behind entry \(position.index) of term \(position.term), up to which no log was the same"
    case .leaderLacksCommitted(let node, let term, let index):
      "\(node), leader of term \(term), lacks what was committed up to entry \(index) in an earlier term"
    case .electableLacksCommitted(let node, let index, let voters, let members):
      "entry \(index) is committed, and \(node), which lacks it, could get the votes of \(voters.count) of its \(members) "
        + "voters (\(Words.list(voters.map(\.description))))"
    case .committedOnTooFew(let index, let holders, let members):
      "entry \(index) is committed, and on the disks of \(holders.count) of \(members)"
        + (holders.isEmpty ? "" : " (\(Words.list(holders.map(\.description))))")
    case .commitWentBack(let node, let from, let to): "\(node)'s commit index went back from \(from) to \(to)"
    case .commitBeyondLog(let node, let commit, let last):
      "\(node)'s commit index is \(commit), and its log ends at entry \(last)"
    case .matchWentBack(let leader, let term, let member, let from, let to):
      "\(leader), leader of term \(term), knew that \(member) holds entry \(from), and now only entry \(to)"
    case .matchNotDurable(let leader, let term, let member, let index, let lack):
      "\(leader), leader of term \(term), "
        + (member == leader
          ? "counts its own copy of entry \(index), but its disk "
          : "believes that \(member) holds entry \(index), but \(member)'s disk ") + predicate(lack, tense: .present)
    case .creditedUnsent(let leader, let term, let follower, let index, let received):
      "\(leader), leader of term \(term), believes that \(follower) holds entry \(index), and "
        + (received == .zero
          ? "nothing has come there of what it sent \(follower) in that term"
          : "what it sent \(follower) in that term and has come there ends at entry \(received)")
    case .creditedUnheardRound(let leader, let term, let follower, let round, let received):
      "\(leader), leader of term \(term), believes that \(follower) has heard its round \(round), and "
        + (received == 0 ? "none" : "none after \(received)") + " has come there"
    case .sentAgain(let leader, let term, let follower, let returns):
      "\(leader), leader of term \(term), went back in its log \(returns) times within a heartbeat interval, and sent "
        + "\(follower) again what it had sent it"
    case .entriesUnsent(let leader, let term, let follower, let match, let last):
      "\(leader), leader of term \(term), has \(follower)'s answer and sends it no more, though its own log ends at entry "
        + "\(last), \(match == .zero ? "nothing of \(follower)'s is known" : "\(follower) is known to hold entry \(match)"), "
        + "and there is room for more on the way"
    default: unsaid(finding)
    }
  }

  private static func stateSentence(_ finding: Finding) -> String {
    switch finding {
    case .appliedOtherEntries(let node, let index, let other):
      other.map { "\(node) and \($0) have applied different entries up to entry \(index)" }
        ?? "\(node) applied other entries up to entry \(index) than another server"
    case .snapshotOfUnapplied(let node, let index):
      "\(node) has a snapshot up to entry \(index), up to where no server applied"
    case .statesDiffer(let node, let index, let other, let contrast):
      "\(node)'s state after entry \(index) differs from "
        + (other == node ? "the one that it had there before" : "\(other)'s") + parentheses(contrast)
    case .appliedWentBack(let node, let from, let to): "\(node) had applied entry \(from) and is back at entry \(to)"
    case .snapshotBeyondApplied(let node, let snapshot, let applied):
      "\(node)'s snapshot ends at entry \(snapshot), and it has applied only up to entry \(applied)"
    case .commandsAppliedAgain(let node, let index, let difference):
      "\(node)'s state after entry \(index) is that of commands applied more than once"
        + parentheses(difference.map { .byLog($0) })
    case .stateNotOfLog(let node, let index, let difference):
      "\(node)'s state after entry \(index) is not what the log up to there comes to"
        + parentheses(difference.map { .byLog($0) })
    case .snapshotOfOtherMembers(let node, let index, let members):
      "\(node)'s snapshot up to entry \(index) names \(MembersText.of(members))"
    case .toldOfMissingEntry(let node, let position):
      "\(node) told a client of entry \(position.index) of term \(position.term), which its log does not hold"
    case .leaderLacksTold(let node, let term, let index, let toldIn):
      "\(node), leader of term \(term), lacks entry \(index), of which a client was told in term \(toldIn)"
    case .logTimeWentBack(let node, let from, let to):
      "at \(node) the log's time was \(span(from)), and is back at \(span(to))"
    case .waitsAfterLeadership(let node, let index, let term):
      "a client waits at \(node) for its entry \(index), and \(node) does not lead in term \(term)"
    case .waitsForApplied(let node, let index, let applied):
      "a client waits at \(node) for its entry \(index), and \(node) has applied entry \(applied)"
    case .readsWaitAfterLeadership(let node, let term, let count):
      "\(Words.count(count, "read")) \(count == 1 ? "waits" : "wait") at \(node), and \(node) does not lead in term \(term)"
    case .readsForgotten(let node, let waiting, let open):
      "\(Words.count(waiting, "read")) \(waiting == 1 ? "waits" : "wait") at \(node), which tries to confirm "
        + (open == 0 ? "none" : "only \(open)")
    case .answerUnfit(let node, let client):
      "\(node) answered client \(client) as if that had asked for another kind of operation"
    case .readNotFresh(let node, let index, let told, let other):
      "\(node) answered a read from its state \(index == .zero ? "before the first entry" : "after entry \(index)"), and "
        + "before the read was called \(other) had told a client of entry \(told)"
    case .readNotConfirmed(let node, let leader, let followers, let members):
      "\(node) answered a read, and since its call "
        + (followers.isEmpty
          ? "nobody had heard \(leader) lead"
          : "of \(members) servers only \(Words.list(followers.map(\.description))) had heard \(leader) lead")
    default: unsaid(finding)
    }
  }

  private static func followerSentence(_ finding: Finding) -> String {
    switch finding {
    case .followerSilent(let leader, let term, let follower, let after):
      "\(leader), leader of term \(term), has had no answer from \(follower) for \(after), which heard it all the time"
    case .followerStuck(let leader, let term, let follower, let match, let after):
      "\(leader), leader of term \(term), has got no further for \(after) with \(follower), "
        + (match > .zero ? "which it knows to hold entry \(match)" : "of whose log it knows nothing")
        + ", and each heard the other"
    case .snapshotUnending(let leader, let term, let follower, let snapshots, let pieces, let after):
      "\(leader), leader of term \(term), has been sending \(follower) \(Words.count(snapshots, "snapshot")) of up to "
        + "\(Words.count(pieces, "piece")) for \(after), and none is there"
    case .silentPeerFlooded(let leader, let term, let peer, let bytes, let silent):
      "\(leader), leader of term \(term), had not heard \(peer) for \(silent), and sent it \(bytes) bytes within a "
        + "heartbeat interval"
    default: unsaid(finding)
    }
  }

  private static func progressSentence(_ finding: Finding) -> String {
    switch finding {
    case .notSettled(let unsettled):
      "\(unsettled.electionTimeouts) election timeouts after "
        + "\(unsettled.after == .quorum ? "the quorum" : "everything") was healed, "
        + "\(Words.list(unsettled.nodes.map(\.description))) have not settled"
    case .leaderDeposed(let leader, let term, let other, let into, let quorum):
      "\(leader) led \(Words.list(quorum.map(\.description))) in term \(term), nothing failed, and "
        + "\(other == leader ? "it stepped down" : "\(other) deposed it") for term \(into)"
    case .notAnswered(let client, let key, let isRead, let since, let last):
      "client \(client) asked since \(since), and last of \(last), "
        + (isRead
          ? "to read \(Wording.show(key)), and was not answered" : "for \(Wording.show(key)), and it is not done")
    case .changeStuck(let timeouts):
      "an operator asked for other members \(timeouts) election timeouts ago, and they have not changed"
    case .transferStuck(let timeouts):
      "an operator asked for leadership to be transferred \(timeouts) election timeouts ago, and it was not"
    case .turnedAway(let away):
      "\(away.node), \(away.node == away.leader ? "leader" : "which followed \(away.leader)") all the time in term "
        + "\(away.term), \(predicate(away))"
    case .stopped(let node, let reason): "\(node) stopped: \(reason)"
    case .stoppedForSoundDisk(let node, let failure):
      "\(node) stopped: \(failure), though nothing is wrong with its disk"
    case .stoppedForSnapshot(let node, let index): "\(node) stopped: the snapshot up to entry \(index) does not decode"
    case .cannotRecover(let node, let damage): "\(node) cannot recover: \(damage)"
    default: unsaid(finding)
    }
  }

  /// Of a finding that is sorted in with others than it stands among.
  private static func unsaid(_ finding: Finding) -> String { finding.signature.description }

  // MARK: Parts

  private enum Tense { case past, present }

  /// What a server did with a client.
  private static func predicate(_ away: TurnedAway) -> String {
    let asked = away.isRead ? "client \(away.client), which asked it to read" : "client \(away.client), which asked it"
    return switch away.answer {
    case nil: "had no answer for \(asked), for \(away.after)"
    case .sentTo(nil): "turned \(asked) away, and named no leader"
    case .sentTo(let other?): "sent \(asked) to \(other)"
    case .doubt: "told \(asked) that it does not know what became of that"
    }
  }

  /// What a disk holds where something else should be.
  private static func predicate(_ lack: DurableLack, tense: Tense = .past) -> String {
    let verb = tense == .past ? "held" : "holds"
    return switch lack {
    case .term(let term): "still \(verb) term \(term)"
    case .otherEntries: "\(verb) other entries"
    case .noEntries: "\(verb) no entries"
    case .endsAt(let index): "\(verb) entries only up to entry \(index)"
    case .snapshotInPlaceOfLog(let position):
      "\(verb) a snapshot that names entry \(position.index) of term \(position.term), to which its log does not lead: "
        + "a restart drops the log"
    }
  }

  private static func parentheses(_ contrast: StateContrast?) -> String {
    switch contrast {
    case nil: ""
    case .at(let node, let difference): " (\(words(difference, there: "at \(node)")))"
    case .byLog(let difference): " (\(words(difference, there: "by the log")))"
    }
  }

  /// In what two states differ: `x is 1, and at n2 nothing`.
  static func words(_ difference: StateDifference, there: String) -> String {
    switch difference {
    case .key(let key, let one, let other):
      "\(Wording.show(key)) is \(show(one, unlike: other)), and \(there) \(show(other, unlike: one))"
    case .session(let name, let one, let other): "session \(name.rawValue) \(words(one, other, there: there))"
    case .storeBytes(let one, let other): "the store counts \(one) bytes, and \(there) \(other)"
    case .logTime(let one, let other): "the log's time is \(times(one, other, there: there))"
    }
  }

  private static func words(_ one: Session?, _ other: Session?, there: String) -> String {
    guard let one else { return "is not open, and \(there) it is" }
    guard let other else { return "is open, and \(there) it is not" }
    if one.last?.sequence != other.last?.sequence {
      return "has seen \(name(one.last?.sequence)), and \(there) \(name(other.last?.sequence))"
    }
    if one.last != other.last { return "remembers another answer than \(there)" }
    return "was last used when the log's time was \(times(one.lastUsed, other.lastUsed, there: there))"
  }

  private static func name(_ sequence: SequenceNumber?) -> String {
    sequence.map { "command \($0.rawValue)" } ?? "no command"
  }

  private static func span(_ instant: WallInstant) -> String { "\(Duration(nanoseconds: instant.nanoseconds))" }

  private static func times(_ one: WallInstant, _ other: WallInstant, there: String) -> String {
    let (first, second) = (Duration(nanoseconds: one.nanoseconds), Duration(nanoseconds: other.nanoseconds))
    return first.description == second.description
      ? "\(one.nanoseconds) ns, and \(there) \(other.nanoseconds) ns" : "\(first), and \(there) \(second)"
  }

  /// The most characters of a long value that are shown.
  private static let shownCharacters = 24

  /// A value; of a long one, what is around the place in which it differs from another one.
  private static func show(_ value: [UInt8]?, unlike other: [UInt8]?) -> String {
    guard let value, value.count > shownCharacters else { return Wording.show(value) }
    let common = zip(value, other ?? []).prefix { $0 == $1 }.count
    let start = max(0, min(common - shownCharacters / 2, value.count - shownCharacters))
    let part = Wording.show(Array(value[start...].prefix(shownCharacters)))
    return "\(start > 0 ? "…" : "")\(part)\(value.count > start + shownCharacters ? "…" : "")"
  }
}

/// A failure of the servers in words: what was seen, and where each server stood, a line each.
package enum FailureText {
  /// Without a full stop; the lines of the servers are set in.
  package static func of(_ failure: RunFailure) -> String {
    ([FindingText.sentence(failure.finding)] + failure.accounts.map(AccountText.sentence)).joined(separator: "\n  ")
  }
}

/// Where servers stand that make no progress, a sentence each.
enum AccountText {
  /// One sentence.
  static func sentence(_ account: NodeAccount) -> String {
    let fate = account.fate.flatMap { $0 == .member ? nil : " [\($0.rawValue)]" } ?? ""
    guard let running = account.running else {
      return account.fate == .down ? "\(account.node) is kept down" : "\(account.node) is down\(fate)"
    }
    let vote =
      running.vote.map { $0 == account.node ? "its own vote" : "voted for \($0)" } ?? "no vote given"
    var parts = [
      "\(account.node) \(role(running)) term \(running.term), \(vote)\(missing(running))",
      "\(log(running)), committed \(running.commitIndex), applied \(running.appliedIndex)",
    ]
    parts += running.laggards.map(sentence)
    if let incoming = running.incoming {
      parts.append("has \(incoming.bytes) bytes of the snapshot up to entry \(incoming.through)")
    }
    let disk = running.syncing.map { "its disk syncs \($0.isEmpty ? "the directory" : $0)" } ?? "its disk is idle"
    return parts.joined(separator: "; ") + "\(fate); \(disk)"
  }

  private static func log(_ running: NodeAccount.Running) -> String {
    let (start, last) = (running.logStart, running.lastIndex)
    if start == last { return last == .zero ? "its log empty" : "its log compacted up to its last entry, \(last)" }
    return "its log \(start == .zero ? "" : "compacted up to entry \(start), and then ")up to entry \(last)"
  }

  private static func role(_ running: NodeAccount.Running) -> String {
    switch running.role {
    case .leader: "leads"
    case .follower: running.leader.map { "follows \($0) in" } ?? "follows nobody in"
    case .preCandidate: "asks who would vote for it after"
    case .candidate: "is a candidate of"
    }
  }

  private static func missing(_ running: NodeAccount.Running) -> String {
    guard !running.missingVotes.isEmpty else { return "" }
    let names = running.missingVotes.map(\.description).joined(separator: " ")
    return running.role == .preCandidate ? ", no pre-vote yet of \(names)" : ", no vote yet of \(names)"
  }

  private static func sentence(_ laggard: NodeAccount.Laggard) -> String {
    let way =
      switch laggard.way {
      case .probe(let index): "asks from entry \(index) on where they agree"
      case .appends(let count, let index): "awaits answers to \(Words.count(count, "append")) up to entry \(index)"
      case .snapshot(nil): "sends its snapshot"
      case .snapshot(let transfer?):
        "sends the snapshot up to entry \(transfer.through), \(transfer.received) of \(transfer.size) bytes arrived"
      }
    let match = laggard.match == .zero ? "no entry" : "entry \(laggard.match)"
    return "\(laggard.member) is known to hold \(match), \(way)"
  }
}
