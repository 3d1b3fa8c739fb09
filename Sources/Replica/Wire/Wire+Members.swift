import Determinism
import Raft

/// Who takes part, as sets of servers: 8 bytes each, of which the lowest bit is the server 1.
extension ByteWriter {
  mutating func write(nodes: NodeSet) { write(nodes.rawValue) }

  /// Writes voters, outgoing voters and learners.
  mutating func write(members: Members) {
    write(nodes: members.voters)
    write(nodes: members.outgoing)
    write(nodes: members.learners)
  }

  /// Writes where a configuration stands, and what it says.
  mutating func write(logged members: LoggedMembers) {
    write(members.index.rawValue)
    write(members: members.members)
  }

  /// Writes new voters, new learners, and who is removed.
  mutating func write(change: MemberChange) {
    write(nodes: change.voters)
    write(nodes: change.learners)
    write(nodes: change.removed)
  }
}

extension ByteReader {
  mutating func readNodes() throws(ByteCodingError) -> NodeSet { NodeSet(rawValue: try read()) }

  /// Reads a configuration: of some voters, of which none is a learner.
  mutating func readMembers() throws(ByteCodingError) -> Members {
    let start = offset
    let (voters, outgoing, learners) = (try readNodes(), try readNodes(), try readNodes())
    guard !voters.isEmpty, voters.intersection(learners).isEmpty else { throw .outOfOrder(offset: start) }
    return Members(voters: voters, outgoing: outgoing, learners: learners)
  }

  /// Reads the configuration as of an index, behind which it does not stand.
  mutating func readLoggedMembers(asOf last: LogIndex) throws(ByteCodingError) -> LoggedMembers {
    let start = offset
    let index = LogIndex(try read())
    guard index <= last else { throw .outOfOrder(offset: start) }
    return LoggedMembers(index: index, members: try readMembers())
  }

  mutating func readChange() throws(ByteCodingError) -> MemberChange {
    MemberChange(voters: try readNodes(), learners: try readNodes(), removed: try readNodes())
  }
}
