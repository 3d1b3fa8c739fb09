import Determinism
import Raft
import Traces

extension MembersText {
  /// What was seen of members or of a transfer of leadership; `nil` of anything else.
  static func sentence(_ finding: Finding) -> String? {
    switch finding {
    case .membersNotInForce(let node, let latest, let inForce):
      "\(node) goes by \(of(inForce)), though the latest configuration of its log is \(of(latest))"
    case .membersDiffer(let node, let index, let held, let committed):
      "\(node) holds \(of(held)) after entry \(index), where the committed log has \(of(committed))"
    case .configurationsApart(let before, let after):
      "\(of(after)) followed on \(of(before)), and both can decide without a server in common"
    case .changesUncommitted(let node, let term, let one, let other):
      "\(node), leader of term \(term), has appended \(of(other)) while \(of(one)) was not committed"
    case .jointNotLeft(let node, let term, let members):
      "\(node), leader of term \(term), has committed \(of(members)), and does not end joint consensus"
    case .leadsThoughRemoved(let node, let term, let members):
      "\(node) leads in term \(term), though it is no voter any more: \(of(members)) is committed"
    case .removedForgotten(let node, let term, let members, let forgotten):
      "\(node), leader of term \(term), no longer replicates to \(list(forgotten)), though \(of(members)) is not committed"
    case .voterNotCaughtUp(let leader, let term, let voter, let match, let members):
      "\(leader), leader of term \(term), has appended \(of(members)), and \(voter) was known to hold "
        + (match == .zero ? "no entry" : "only entry \(match)")
    case .electedByTooFew(let node, let term, let voters, let members):
      "\(node) leads in term \(term) with the votes of \(list(voters)), of \(members) voters"
    case .campaignsOutside(let node, let term, let members):
      "\(node) campaigns in term \(term), though it is no voter: in force is \(of(members))"
    case .transferToOther(let node, let term, let target, let isOutgoing):
      "\(node), leader of term \(term), hands on to \(target), which is \(isOutgoing ? "to be no voter any more" : "no voter")"
    case .transferToBehind(let node, let term, let target, let match, let last):
      "\(node), leader of term \(term), told \(target) to campaign, which held \(match == .zero ? "no entry" : "only entry \(match)") "
        + "of \(node)'s log, which ends at entry \(last)"
    case .proposalAmidTransfer(let node, let term, let index):
      "\(node), leader of term \(term), has appended the command of entry \(index) while it hands on its leadership"
    case .leaseAfterOrder(let node, let term):
      "\(node) holds a lease in term \(term), in which it has told another server to campaign"
    case .campaignsWithoutOrder(let node, let term):
      "\(node) asks for votes of term \(term) in its leader's name, and nobody told it to campaign in the term before"
    default: nil
    }
  }
}
