import Determinism
import Raft
import Traces

/// A decision about members or about a transfer of leadership, in words that follow the server's name.
struct MemberDecisionText {
  let question: RuleDecision.MemberQuestion
  let context: DecisionText.Context

  var predicate: String {
    switch question {
    case .inForce, .afterRemoval, .afterInstallation, .atStart, .ofSnapshot: configuration
    case .oldMajority, .isElectable, .mayVote, .isCaughtUp, .mayForget, .leadsOn, .commitIndexWhenRemoved: part
    case .mayBeginChange, .mayFollow, .leavesJoint: change
    case .mayTransfer, .takesProposals, .mayTakeOver, .givesUpTransfer, .keepsTarget, .asksBeforehand,
      .passesStickiness, .mayUseLease:
      transfer
    }
  }

  private var configuration: String {
    switch question {
    case .inForce(let appended, _, let answers):
      answers.inForce == appended
        ? "lets \(MembersText.of(appended)) count from now on"
        : "lets \(MembersText.of(answers.inForce)) count, though its log holds \(MembersText.of(appended))"
    case .afterRemoval(let before, let left, let answers):
      answers.inForce == left
        ? "goes back to \(MembersText.of(left)) with its log"
        : "keeps \(MembersText.of(before)), though its log has gone back to \(MembersText.of(left))"
    case .afterInstallation(let before, let latest, _, let answers):
      answers.inForce == latest
        ? "takes \(MembersText.of(latest)) from its leader's snapshot"
        : answers.inForce == before
          ? "keeps \(MembersText.of(before)), though its leader's snapshot says \(MembersText.of(latest))"
          : "makes \(MembersText.of(answers.inForce)) of \(MembersText.of(latest)) in its leader's snapshot"
    case .atStart(let appended, _, let answers):
      answers.inForce == appended
        ? "starts with \(MembersText.of(appended))"
        : "starts with \(MembersText.of(answers.inForce)), though its log holds \(MembersText.of(appended))"
    case .ofSnapshot(let included, _, let answers):
      "puts \(MembersText.of(answers.inForce)) into its snapshot"
        + (answers.inForce == included ? "" : ", in place of \(MembersText.of(included))")
    default: ""
    }
  }

  private var part: String {
    switch question {
    case .oldMajority(let members, let answers):
      answers.inForce == members.outgoing
        ? "asks for majorities of \(MembersText.list(members.voters)) and of \(MembersText.list(members.outgoing))"
        : "asks for a majority of \(MembersText.list(members.voters)), and for none of \(MembersText.list(members.outgoing))"
    case .isElectable(_, let members, let before, let answers):
      "\(answers.inForce ? "may" : "may not") campaign by \(MembersText.of(members))"
        + (before.map { ", or by what was in force before, \(MembersText.of($0))" } ?? "")
    case .mayVote(let candidate, let voter, let members, let answers):
      answers.inForce
        ? "may vote for \(candidate), whatever its own configuration"
        : members.electors.contains(candidate)
          ? "denies \(candidate) its vote, for \(voter) is no voter of \(MembersText.of(members))"
          : "denies \(candidate) its vote, which is no voter of \(MembersText.of(members))"
    case .isCaughtUp(let match, let end, let began, let now, _, let answers):
      "takes new voters that hold entry \(match) for \(answers.inForce ? "" : "not ")caught up with entry \(end), "
        + "\(FaultText.span(now - began)) after the round began"
    case .mayForget(let removal, let match, let committedAt, _, _, let answers):
      "\(answers.inForce ? "replicates no longer" : "goes on replicating") to a removed server that holds entry \(match): "
        + "its removal, entry \(removal), is \(committedAt == nil ? "not " : "")committed"
    case .leadsOn(_, let members, let commitIndex, let answers):
      "\(answers.inForce ? "leads on" : "steps down") with \(MembersText.of(members)), "
        + "\(members.index <= commitIndex ? "committed" : "not committed")"
    case .commitIndexWhenRemoved(let commitIndex, let lastIndex, let answers):
      answers.inForce == commitIndex
        ? "steps down with entry \(commitIndex) committed"
        : "takes all up to entry \(lastIndex) for committed as it goes, in place of entry \(commitIndex)"
    default: ""
    }
  }

  private var change: String {
    switch question {
    case .mayBeginChange(let term, let current, let answers):
      "\(answers.inForce ? "begins" : "refuses") a change in term \(current), of which "
        + (term == current ? "an entry is committed" : "nothing is committed")
    case .mayFollow(let latest, let commitIndex, _, let answers):
      latest.index <= commitIndex
        ? "lets a change follow on \(MembersText.of(latest)), which is committed"
        : "\(answers.inForce ? "lets a change follow on" : "refuses a change behind") \(MembersText.of(latest)), "
          + "which is not committed"
    case .leavesJoint(let joint, let commitIndex, _, let answers):
      "\(answers.inForce ? "ends" : "does not end") joint consensus of entry \(joint.index), which is "
        + "\(joint.index <= commitIndex ? "" : "not ")committed"
    default: ""
    }
  }

  private var transfer: String {
    switch question {
    case .mayTransfer(let target, let members, let answers):
      "\(answers.inForce ? "transfers" : "does not transfer") leadership to \(target), which is "
        + (members.voters.contains(target) ? "a voter" : "no voter")
    case .takesProposals(let target, let answers):
      "\(answers.inForce ? "takes" : "refuses") proposals"
        + (target.map { " while it transfers leadership to \($0)" } ?? "")
    case .mayTakeOver(let match, let last, let answers):
      "\(answers.inForce ? "tells" : "does not tell") the server to campaign that is to lead, which holds entry \(match) of "
        + "\(last)"
    case .givesUpTransfer(let begunAt, let now, _, let answers):
      "\(answers.inForce ? "gives up" : "goes on with") the transfer of leadership after \(FaultText.span(now - begunAt))"
    case .keepsTarget(let target, let members, let answers):
      "\(answers.inForce ? "goes on" : "ends") to transfer leadership to \(target), which is "
        + (members.voters.contains(target) ? "a voter" : "no voter any more")
    case .asksBeforehand(_, let isTransfer, let answers):
      "\(answers.inForce ? "asks beforehand who would vote for it" : "campaigns at once")"
        + (isTransfer ? ", told so by its leader" : "")
    case .passesStickiness(let orderedIn, let term, let answers):
      "asks for votes of term \(term) \(answers.inForce ? "in its leader's name" : "in its own name")"
        + (orderedIn.map { "; its leader told it to campaign in term \($0)" } ?? "")
    case .mayUseLease(let hasSent, let answers):
      "\(answers.inForce ? "relies" : "relies no longer") on its lease"
        + (hasSent ? ", having told another server to campaign" : "")
    default: ""
    }
  }
}
