import Determinism
import Raft
import Scenarios
import Traces

/// Why a state of the servers must not be: what was demanded, and the facts against it, a sentence each.
struct Argument {
  let steps: [String]

  /// - Parameter narrator: has walked to the failure.
  init(_ run: FailingRun, _ demand: Demand, _ narrator: Narrator) {
    // Its law has two sides: equal logs, and equal states where the logs are equal.
    let isOfStates = run.signature == .invariant(.stateMachineSafety) && narrator.appliedEntriesAgree
    let demand = isOfStates ? .equalStates : demand
    var steps = ["\(demand.title): \(demand.sentence.lowercasedFirst)"]
    guard let failure = run.outcome.failure else {
      self.steps = steps
      return
    }
    steps.append("Here (seen at \(failure.at)) \(FindingText.sentence(failure.finding)).")
    let facts = Facts(narrator: narrator, finding: failure.finding)
    if case .stopped(_, .acknowledgedBeyondLog) = failure.finding { steps += facts.ownAcknowledgement }
    steps += facts.elections + facts.commonVoters
    if run.signature != .stopped(.logDamaged) { steps += facts.entries }
    if run.signature == .invariant(.leaseIsPromised) { steps += facts.contacts }
    if case .invariant(.committedOnQuorum) = run.signature { steps += facts.configuration }
    if case .electableLacksCommitted(let node, let index, _, _) = failure.finding {
      steps += facts.configurations(of: node, lacking: index)
    }
    if run.signature == .liveness(.noLeader) { steps += facts.refusals { _ in true } }
    if run.signature == .liveness(.transferStuck) {
      // Of whoever is to lead, and asks for votes by now.
      steps += facts.refusals { [.candidate, .preCandidate].contains(narrator.servers[$0.candidate.offset].role) }
    }
    self.steps = steps
  }
}

/// What the trace says of the servers, terms and entries that a failure names.
private struct Facts {
  let narrator: Narrator
  let finding: Finding

  private func time(_ event: Int) -> String { narrator.chronicle.trace[event].at.description }

  private var namedElections: [Election] {
    narrator.elections.filter { finding.nodes.contains($0.leader) && finding.terms.contains($0.term) }
  }

  /// How the leaders that are named were elected.
  var elections: [String] {
    namedElections.map { election in
      "\(election.leader) was elected leader of term \(election.term) at \(time(election.event))"
        + (election.votes.isEmpty ? "." : " by \(votes(election)).")
    }
  }

  private func votes(_ election: Election) -> String {
    var counted: [(vote: ServerPicture.Vote, times: Int)] = []
    for vote in election.votes {
      if let place = counted.firstIndex(where: { $0.vote.voter == vote.voter && $0.vote.term == vote.term }) {
        counted[place].times += 1
      } else {
        counted.append((vote, 1))
      }
    }
    let voters = counted.map { vote, times in
      let name = vote.voter == election.leader ? "its own vote" : "\(vote.voter)'s"
      return name + (vote.term == election.term ? "" : " of term \(vote.term)")
        + (times > 1 ? ", counted \(times == 2 ? "twice" : "\(times) times")" : "")
    }
    return Words.list(voters) + (voters.count == 1 ? " alone" : "")
  }

  /// Why two leaders of one term could both have a majority.
  var commonVoters: [String] {
    let elections = namedElections
    guard elections.count == 2, elections[0].term == elections[1].term else { return [] }
    let (one, other) = (elections[0], elections[1])
    let common = one.votes.map(\.voter).filter { voter in other.votes.contains { $0.voter == voter } }
    if common.isEmpty {
      return ["Nobody voted for both: two majorities always have a server in common, so at least one of these is none."]
    }
    return common.map { voter in
      let cast = narrator.votes.filter { $0.voter == voter && $0.term == one.term }
      let times = cast.map { "for \($0.candidate) at \(time($0.event))" }
      return times.count > 1 ? "\(voter) voted \(Words.list(times))." : "\(voter)'s vote counted for both."
    }
  }

  /// That a server stopped for what its own disk acknowledged.
  var ownAcknowledgement: [String] {
    guard let end = narrator.focus.end, narrator.chronicle.trace[end].endsSync,
      let node = narrator.chronicle.trace[end].node
    else { return [] }
    return ["It is \(node)'s own disk that acknowledged it: a sync of what \(node) had appended has ended."]
  }

  /// When a leader and the others heard of each other last.
  var contacts: [String] {
    guard let leader = finding.nodes.first else { return [] }
    let clocks = narrator.scenario.clocks.driftPartsPerMillion
    let odd = narrator.members.filter { clocks[$0.offset] != 0 }.map { node in
      "\(node)'s clock runs \(FaultText.rate(clocks[node.offset]))"
    }
    return (odd.isEmpty ? [] : ["\(odd.joined(separator: "; "))."])
      + narrator.members.filter { $0 != leader }.map { node in
        guard let told = narrator.contacts[Contact.place(of: node, from: leader)] else {
          return "\(node) has never heard \(leader)."
        }
        let answer = narrator.contacts[Contact.place(of: leader, from: node)].map {
          "; the last answer that \(leader) has from it was sent at \($0.sentAt) and arrived at \($0.at)"
        }
        return "\(node) last heard \(leader) at \(told.at)\(answer ?? "")."
      }
  }

  /// Why nobody gets the votes of a majority.
  func refusals(where isWanted: (Refusal) -> Bool) -> [String] {
    narrator.refusals.values.filter { $0.at > narrator.scenario.stormEnd && isWanted($0) }.prefix(Self.maxRefusals)
      .map(\.sentence)
  }

  /// Who is asked for what is committed, where that has changed.
  var configuration: [String] {
    guard let index = finding.indices.first(where: { $0 > .zero }), let by = narrator.committed[index]?.by,
      let latest = narrator.servers[by.offset].latestMembers
    else { return [] }
    let demand = latest.members.isJoint ? "a majority of each must hold what is committed" : ""
    return [
      "The latest configuration of \(by)'s log is \(MembersText.of(latest))\(demand.isEmpty ? "" : ": \(demand)")."
    ]
  }

  /// By what the one that could be elected counts, and the one that has committed what it lacks, where that differs.
  func configurations(of node: NodeID, lacking index: LogIndex) -> [String] {
    guard let own = narrator.servers[node.offset].latestMembers, let by = narrator.committed[index]?.by, by != node
    else { return [] }
    let other = narrator.servers[by.offset].latestMembers
    guard own.members != other?.members else { return [] }
    let others = other.map { "; \(by) counts by \(MembersText.of($0))" } ?? ""
    return ["\(node) counts by the latest configuration of its own log, \(MembersText.of(own))\(others)."]
  }

  private static let maxRefusals = 6

  /// What is known of the entries that are named.
  var entries: [String] { finding.indices.first { $0 > .zero }.map(facts) ?? [] }

  private func facts(of index: LogIndex) -> [String] {
    var sentences: [String] = []
    if let commitment = narrator.committed[index] {
      sentences.append(
        "\(commitment.by) committed \(EntryText.names([commitment.entry])) at \(time(commitment.event)).")
    }
    var groups: [(end: LogAt, nodes: [NodeID])] = []
    for server in narrator.servers {
      guard let state = server.state, let end = LogAt(server, state, index) else { continue }
      if let place = groups.firstIndex(where: { $0.end == end }) {
        groups[place].nodes.append(server.node)
      } else {
        groups.append((end, [server.node]))
      }
    }
    if groups.count > 1 || sentences.isEmpty {
      let clauses = groups.map { end, nodes in
        "the log\(nodes.count == 1 ? "" : "s") of \(Words.list(nodes.map(\.description))) \(end.predicate(nodes.count))"
      }
      if !clauses.isEmpty { sentences.append("\(clauses.joined(separator: "; ").capitalisedFirst).") }
    }
    let held = groups.compactMap { if case .holds(let entry) = $0.end { entry } else { nil } }
    for (place, one) in held.enumerated() {
      for other in held[..<place] where EntryText.names([one]) == EntryText.names([other]) {
        sentences.append("These read alike, and differ in \(Words.list(Self.unseenDifferences(one, other))).")
      }
    }
    return sentences
  }

  /// In what two entries differ of which is told the same.
  private static func unseenDifferences(_ one: TracedEntry, _ other: TracedEntry) -> [String] {
    guard case (.command(let one), .command(let other)) = (one.content, other.content) else { return ["their bytes"] }
    var names = one.stamp == other.stamp ? [] : ["their stamps"]
    if case (.change(_, let mine, let number), .change(_, let others, let otherNumber)) = (one.body, other.body) {
      if mine != others { names.append("their sessions") }
      if number != otherNumber { names.append("their numbers in a session") }
    }
    return names.isEmpty ? ["their bytes"] : names
  }
}

/// What a log holds at an index, or how far it goes.
private enum LogAt: Hashable {
  case holds(TracedEntry)
  case isEmpty
  case ends(LogPosition)

  /// `nil` if the trace does not tell.
  init?(_ server: ServerPicture, _ state: NodeState, _ index: LogIndex) {
    if let entry = server.entry(at: index) {
      self = .holds(entry)
    } else if state.last.index == .zero {
      self = .isEmpty
    } else if state.last.index < index {
      self = .ends(state.last)
    } else {
      return nil
    }
  }

  /// Of so many logs.
  func predicate(_ count: Int) -> String {
    switch self {
    case .holds(let entry): "\(count == 1 ? "holds" : "hold") \(EntryText.names([entry]))"
    case .isEmpty: count == 1 ? "is empty" : "are empty"
    case .ends(let last): "\(count == 1 ? "ends" : "end") at entry \(last.index) of term \(last.term)"
    }
  }
}

extension String {
  /// With a capital at the beginning, unless that is a name.
  var capitalisedFirst: String {
    let first = prefix { $0 != " " && $0 != "'" && $0 != "," }
    return first.contains(where: \.isNumber) ? self : prefix(1).uppercased() + dropFirst()
  }

  /// As it stands within a sentence, unless its first word is a name.
  var lowercasedFirst: String {
    let first = prefix { $0 != " " }
    return first.dropFirst().allSatisfy(\.isLowercase) ? prefix(1).lowercased() + dropFirst() : self
  }
}
