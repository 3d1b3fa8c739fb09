import Determinism
import Scenarios

/// Why a state of the servers must not be: what was demanded, and the facts against it, a sentence each.
struct Argument {
  let steps: [String]

  /// - Parameter narrator: has walked to the failure.
  init(_ run: FailingRun, _ demand: Demand, _ narrator: Narrator) {
    // Its law has two sides: equal logs, and equal states where the logs are equal.
    let isOfStates = run.signature == .invariant("StateMachineSafety") && narrator.appliedEntriesAgree
    let demand = isOfStates ? .equalStates : demand
    var steps = ["\(demand.title): \(demand.sentence.lowercasedFirst)"]
    let detail = run.outcome.failure?.detail.split(separator: "\n").first.map(String.init) ?? ""
    if let failure = run.outcome.failure, !detail.isEmpty { steps.append("Here (seen at \(failure.at)) \(detail).") }
    let facts = Facts(narrator: narrator, detail: DetailText(detail))
    if run.signature == .stopped("acknowledged-beyond-log") { steps += facts.ownAcknowledgement }
    steps += facts.elections + facts.commonVoters
    if run.signature != .stopped("log-damaged") { steps += facts.entries }
    if run.signature == .invariant("LeaseIsPromised") { steps += facts.contacts }
    if run.signature == .liveness("NoLeader") { steps += facts.refusals }
    self.steps = steps
  }
}

/// The words of a failure's detail that name servers, terms and entries.
struct DetailText {
  let words: [String]

  init(_ text: String) { words = text.split { !$0.isLetter && !$0.isNumber }.map(String.init) }

  var nodes: [NodeID] { words.compactMap { NodeID(named: $0) } }
  var terms: [UInt64] { numbers(behind: ["term"]) }
  var indices: [UInt64] { numbers(behind: ["entry", "to", "holds", "behind"]) }

  /// Each once, in the order in which they stand there.
  private func numbers(behind heads: [String]) -> [UInt64] {
    var found: [UInt64] = []
    for place in words.indices.dropFirst() where heads.contains(words[place - 1]) {
      if let number = UInt64(words[place]), !found.contains(number) { found.append(number) }
    }
    return found
  }
}

/// What the trace says of the servers, terms and entries that a failure names.
private struct Facts {
  let narrator: Narrator
  let detail: DetailText

  private func time(_ event: Int) -> String { narrator.chronicle.trace[event].at.description }

  private var namedElections: [Election] {
    narrator.elections.filter { detail.nodes.contains($0.leader) && detail.terms.contains($0.term) }
  }

  /// How the leaders that are named were elected.
  var elections: [String] {
    namedElections.map { election in
      "\(election.leader) was elected leader of term \(election.term) at \(time(election.event))"
        + (election.votes.isEmpty ? "." : " by \(votes(election)).")
    }
  }

  private func votes(_ election: Election) -> String {
    var counted: [ServerPicture.Vote] = []
    for vote in election.votes where !counted.contains(vote) { counted.append(vote) }
    let voters = counted.map { vote in
      let name = vote.voter == election.leader ? "its own vote" : "\(vote.voter)'s"
      let times = election.votes.count { $0 == vote }
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
    guard let leader = detail.nodes.first else { return [] }
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
  var refusals: [String] {
    narrator.refusals.values.filter { $0.at > narrator.scenario.stormEnd }.prefix(Self.maxRefusals).map(\.sentence)
  }

  private static let maxRefusals = 6

  /// What is known of the entries that are named.
  var entries: [String] { detail.indices.first { $0 > 0 }.map(facts) ?? [] }

  private func facts(of index: UInt64) -> [String] {
    var sentences: [String] = []
    if let commitment = narrator.committed[index] {
      sentences.append(
        "\(commitment.by) committed \(EntryText.names([commitment.entry])) at \(time(commitment.event)).")
    }
    var groups: [(text: String, nodes: [NodeID])] = []
    for server in narrator.servers {
      guard let state = server.state else { continue }
      let text =
        server.entry(at: index).map { "hold \(EntryText.names([$0]))" }
        ?? (state.lastIndex == 0
          ? "are empty"
          : state.lastIndex < index ? "end at entry \(state.lastIndex) of term \(state.lastTerm)" : nil)
      guard let text else { continue }
      if let place = groups.firstIndex(where: { $0.text == text }) {
        groups[place].nodes.append(server.node)
      } else {
        groups.append((text, [server.node]))
      }
    }
    if groups.count > 1 || sentences.isEmpty {
      let clauses = groups.map {
        "the log\($0.nodes.count == 1 ? "" : "s") of \(Words.list($0.nodes.map(\.description))) \($0.nodes.count == 1 ? singular($0.text) : $0.text)"
      }
      if !clauses.isEmpty { sentences.append("\(clauses.joined(separator: "; ").capitalisedFirst).") }
    }
    return sentences
  }

  private func singular(_ text: String) -> String {
    if text.hasPrefix("are") { return "is" + text.dropFirst(3) }
    return text.hasPrefix("hold") ? "holds" + text.dropFirst(4) : "ends" + text.dropFirst(3)
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
