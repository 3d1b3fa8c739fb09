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
        ? "goes by \(MembersText.of(appended)) from now on"
        : "goes by \(MembersText.of(answers.inForce)), though its log holds \(MembersText.of(appended))"
    case .afterRemoval(let before, let left, let answers):
      answers.inForce == left
        ? "goes back to \(MembersText.of(left)) with its log"
        : "keeps \(MembersText.of(before)), though its log has gone back to \(MembersText.of(left))"
    case .afterInstallation(let before, let latest, _, let answers):
      answers.inForce == latest
        ? "takes \(MembersText.of(latest)) from its leader's snapshot"
        : answers.inForce == before
          ? "keeps \(MembersText.of(before)), though its leader's snapshot says \(MembersText.of(latest))"
          : "goes by \(MembersText.of(answers.inForce)), though its leader's snapshot says \(MembersText.of(latest))"
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
    case .isElectable(let node, let members, let before, let answers):
      electable(node, members, before, answers)
    case .mayVote(let candidate, let voter, let members, let answers):
      answers.inForce
        ? "may vote for \(candidate), whatever its own configuration"
        : "denies \(candidate) its vote: \(Self.denial(candidate, voter, members))"
    case .isCaughtUp(let match, let end, let began, let now, _, let answers):
      "\(answers.inForce ? "takes" : "does not take yet") the new voters for caught up with entry \(end), "
        + "\(FaultText.span(now - began)) after the round began: "
        + (match >= end
          ? "each is known to hold that"
          : "one is known to hold \(match == .zero ? "no entry" : "only entry \(match)")")
    case .mayForget(let removal, let match, let committedAt, _, _, let answers):
      "\(answers.inForce ? "no longer replicates" : "goes on replicating") to a removed server known to hold "
        + "\(match == .zero ? "no entry" : "entry \(match)"): its removal, entry \(removal), is "
        + "\(committedAt == nil ? "not " : "")committed"
    case .leadsOn(_, let members, let commitIndex, let answers):
      "\(answers.inForce ? "goes on leading, though it is no voter any more" : "leads no longer"): "
        + "\(MembersText.of(members)) is \(members.index <= commitIndex ? "" : "not ")committed"
    case .commitIndexWhenRemoved(let commitIndex, let lastIndex, let answers):
      answers.inForce == commitIndex
        ? "steps down with entry \(commitIndex) committed"
        : "takes all up to entry \(lastIndex) for committed as it steps down, though only entry \(commitIndex) is on a "
          + "majority"
    default: ""
    }
  }

  private func electable(
    _ node: NodeID, _ members: Members, _ before: Members?, _ answers: RuleDecision.Answers<Bool>
  ) -> String {
    let (now, then) = (MembersText.of(members), before.map { ", and before that \(MembersText.of($0))" } ?? "")
    let isVoter = members.electors.contains(node)
    let wasVoter = before?.electors.contains(node) ?? false
    if answers.inForce {
      return "may campaign\(isVoter || wasVoter ? "" : ", though it is no voter"): in force is \(now)\(then)"
    }
    return "may not campaign\(wasVoter ? ", though it was a voter before that" : ""): in force is \(now)\(then)"
  }

  /// Why a voter denies its vote by its own configuration.
  static func denial(_ candidate: NodeID, _ voter: NodeID, _ members: Members) -> String {
    let isVoters = members.electors.contains(candidate)
    return "\(isVoters ? "\(voter) is no voter itself" : "\(candidate) is no voter") by \(voter)'s configuration, "
      + MembersText.of(members)
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
      "\(answers.inForce ? "begins" : "refuses") to transfer leadership to \(target)"
        + (members.voters.contains(target)
          ? "" : ", which is \(members.outgoing.contains(target) ? "to be no voter any more" : "no voter")")
    case .takesProposals(let target, let answers):
      "\(answers.inForce ? "takes" : "refuses") proposals"
        + (target.map { " while it transfers leadership to \($0)" } ?? "")
    case .mayTakeOver(let match, let last, let answers):
      "\(answers.inForce ? "hands over to" : "does not hand over yet to") a server that is known to hold "
        + (match == last
          ? "its whole log"
          : "\(match == .zero ? "no entry" : "only entry \(match)") of its log, which ends at entry \(last)")
    case .givesUpTransfer(let begunAt, let now, let timeout, let answers):
      "\(answers.inForce ? "gives up" : "goes on with") the transfer of leadership \(FaultText.span(now - begunAt)) after "
        + "it began"
        + (answers.inForce ? "" : " (an election timeout is at most \(FaultText.span(timeout.upperBound)))")
    case .keepsTarget(let target, let members, let answers):
      "\(answers.inForce ? "goes on" : "ends") to transfer leadership to \(target), which is "
        + (members.voters.contains(target)
          ? "a voter" : "\(members.outgoing.contains(target) ? "to be " : "")no voter any more")
    case .asksBeforehand(_, let isTransfer, let answers):
      "\(answers.inForce ? "asks beforehand who would vote for it" : "campaigns at once")"
        + (isTransfer ? "\(answers.inForce ? ", though" : ":") its leader has told it to campaign" : "")
    case .passesStickiness(let orderedIn, let term, let answers):
      "asks for votes of term \(term) \(answers.inForce ? "in its leader's name" : "in its own name")"
        + (orderedIn.map {
          answers.inForce && $0.next != term
            ? ", though its leader told it to campaign in term \($0), not in the term before"
            : ": its leader told it to campaign in term \($0)"
        } ?? "")
    case .mayUseLease(let hasSent, let answers):
      "\(answers.inForce ? "relies" : "relies no longer") on its lease"
        + (hasSent ? ", having told another server to campaign" : "")
    default: ""
    }
  }
}
