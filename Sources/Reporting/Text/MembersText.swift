import Determinism
import Raft

/// Who takes part, in words.
enum MembersText {
  /// A configuration: `voters n1, n2 and n3, learner n4`, `voters n1 and n4, outgoing n1, n2 and n3`.
  static func of(_ members: Members) -> String {
    var parts = [group("voter", members.voters)]
    if members.isJoint { parts.append("outgoing \(list(members.outgoing))") }
    if !members.learners.isEmpty { parts.append(group("learner", members.learners)) }
    return members.all.isEmpty ? "nobody" : parts.joined(separator: ", ")
  }

  /// A configuration and where it stands: `voters n1 and n2 (entry 7)`.
  static func of(_ logged: LoggedMembers) -> String {
    "\(of(logged.members)) (\(logged.index == .zero ? "from the beginning" : "entry \(logged.index)"))"
  }

  /// What an operator asks: `make n4 a voter, remove n1`.
  static func of(_ change: MemberChange) -> String {
    var parts: [String] = []
    if !change.voters.isEmpty { parts.append("make \(list(change.voters)) \(kind("voter", change.voters))") }
    if !change.learners.isEmpty { parts.append("make \(list(change.learners)) \(kind("learner", change.learners))") }
    if !change.removed.isEmpty { parts.append("remove \(list(change.removed))") }
    return parts.isEmpty ? "change nothing" : parts.joined(separator: ", ")
  }

  /// That an operator asks for a change.
  static func request(_ change: MemberChange) -> String { "an operator asks for other members: \(of(change))" }

  /// That an operator asks for a transfer of leadership.
  static func request(toHandOnTo successor: String) -> String {
    "an operator asks the leader to hand on to \(successor)"
  }

  /// Why an operator's request is not carried out.
  static func of(_ refusal: RequestRefusal) -> String {
    switch refusal {
    case .changeUnderWay: "another change of members is under way"
    case .transferUnderWay: "leadership is being transferred"
    case .nothingCommittedInTerm: "nothing is committed in the leader's term"
    case .unknownServer: "a server that it names can have no part in it"
    case .lastVoter: "no voter would be left"
    case .notCaughtUp: "the server did not catch up in time"
    }
  }

  static func list(_ nodes: NodeSet) -> String { nodes.isEmpty ? "nobody" : Words.list(nodes.map(\.description)) }

  private static func group(_ name: String, _ nodes: NodeSet) -> String {
    "\(nodes.count == 1 ? name : name + "s") \(list(nodes))"
  }

  private static func kind(_ name: String, _ nodes: NodeSet) -> String { nodes.count == 1 ? "a \(name)" : name + "s" }
}
