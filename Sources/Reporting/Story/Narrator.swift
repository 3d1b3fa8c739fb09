import Determinism
import Histories
import Linearizability
import Raft
import Replica
import Scenarios
import Traces

/// Walks a trace and tells what matters of it.
struct Narrator {
  let scenario: Scenario
  let chronicle: Chronicle
  let focus: Focus
  let signature: FailureSignature
  let operations: [Operation]
  let wording: Wording
  let history: History
  let members: [NodeID]
  private let targets: FaultTargets
  /// What became of each node when the storm ended.
  private let healing: [CalmFate]
  /// By event: the operations that are answered in it.
  private(set) var answers = SortedTable<Int, [Int]>()
  /// By event: the reads that came to the server that was to answer them.
  private(set) var questions = SortedTable<Int, [Int]>()

  var servers: [ServerPicture]
  /// By index: what was committed there first, and by whom.
  var committed = SortedTable<LogIndex, Commitment>()
  /// In order: who was elected, and who voted for whom.
  var elections: [Election] = []
  var votes: [Ballot] = []
  /// What was decided on which the failure rests.
  var decisive: [NarrativeLine] = []
  /// The messages that have arrived.
  private var arrived = LookupTable<MessageKey, Bool>()
  /// By link: when the latest message that has arrived was sent.
  private var latest = SortedTable<Int, Duration>()
  /// By recipient and sender: the last append, or the last answer to one, that arrived.
  private(set) var contacts = SortedTable<Int, Contact>()
  /// By candidate and voter: the last vote that was asked for, if it was denied.
  private(set) var refusals = SortedTable<Int, Refusal>()
  private(set) var happenings: [Happening] = []

  init(
    scenario: Scenario, outcome: RunOutcome, operations: [Operation], chronicle: Chronicle, focus: Focus,
    signature: FailureSignature
  ) {
    (self.scenario, self.chronicle, self.focus, self.operations) = (scenario, chronicle, focus, operations)
    (history, wording, self.signature) = (outcome.history, Wording(outcome.history), signature)
    members = NodeID.first(scenario.cluster.nodes)
    servers = members.map(ServerPicture.init)
    (targets, healing) = (FaultTargets(outcome.faults), outcome.fates)
    for operation in focus.operations { noteAnswer(to: operation) }
  }

  /// Finds the event in which a server answered, and the one in which it was asked.
  private mutating func noteAnswer(to operation: Int) {
    guard let end = chronicle.returns[operation], case .clientReply(_, _, let node) = chronicle.trace[end].kind,
      let answer = chronicle.trace[end].cause
    else { return }
    answers[answer, default: []].append(operation)
    guard operations[operation].function == .get else { return }
    let question = chronicle.requests[operation]?.last { $0 <= answer && chronicle.trace[$0].node == node }
    if let question { questions[question, default: []].append(operation) }
  }

  /// Tells the trace from an event on, with all that came before in mind.
  mutating func tell(from first: Int = 0, through last: Int) {
    for place in chronicle.trace.indices where place <= last {
      let told = happenings(of: place)
      if place >= first { happenings += told }
    }
  }

  private mutating func happenings(of place: Int) -> [Happening] {
    let event = chronicle.trace[place]
    if case .earlier = event.kind { return [earlierHappening(event, at: place)] }
    hear(event, at: place)
    noteDecisive(event, at: place)
    var found: [Happening] = []
    if let happening = faultHappening(event, at: place) { found.append(happening) }
    for node in nodes(touchedBy: event, at: place) {
      var clauses = clauses(about: node, event, at: place)
      let restsOn = chronicle.beginning(ofSyncEndingIn: place)
      // It says once more what did not arrive, and that does not arrive either.
      if restsOn == nil, clauses.allSatisfy(\.isLoss) { for one in clauses.indices { clauses[one].rank = .routine } }
      let isTold = focus.isCause[place] || place == focus.end
      for state in event.states where state.node == node { servers[node.offset].take(state) }
      guard isTold, !clauses.isEmpty else { continue }
      let state = servers[node.offset].state
      let isRunning = state?.isRunning ?? false
      found.append(
        Happening(
          .init(event: place, at: event.at, node: node), role: isRunning ? state?.role : nil,
          term: isRunning ? state?.term : nil, clauses: clauses, vainCampaign: vainCampaign(of: node, event),
          restsOn: restsOn))
    }
    for state in event.states { servers[state.node.offset].take(state) }
    for operation in focus.operations where mentions(operation, place) {
      if let happening = clientHappening(operation, event, at: place) { found.append(happening) }
    }
    // Somebody has to say when the failure came to light, though that event did nothing to a server.
    if place == focus.end, found.isEmpty {
      let clause = Happening.Clause(text: EventText.of(event), rank: .essential)
      found.append(Happening(.init(event: place, at: event.at), clauses: [clause]))
    }
    return found
  }

  /// What came before the trace, of which only is known how it left the servers.
  private mutating func earlierHappening(_ event: TracedEvent, at place: Int) -> Happening {
    for effect in event.effects {
      if let node = effect.node { _ = clauses(for: effect.what, at: node, event, at: place, nil) }
    }
    for state in event.states { servers[state.node.offset].take(state) }
    return Happening(.init(event: place, at: event.at), clauses: [.init(text: EventText.of(event), rank: .essential)])
  }

  /// Whether no two servers are known to have applied different entries at an index.
  var appliedEntriesAgree: Bool {
    var applied = SortedTable<LogIndex, Term>()
    for server in servers {
      let last = server.state?.appliedIndex ?? .zero
      for entry in server.entries(from: LogIndex(1)) where entry.index <= last {
        guard applied[entry.index, default: entry.term] == entry.term else { return false }
        applied[entry.index] = entry.term
      }
    }
    return true
  }

  private func mentions(_ operation: Int, _ place: Int) -> Bool {
    chronicle.calls[operation] == place || chronicle.returns[operation] == place
  }

  /// The servers that an event is about, the one that it came to first.
  private func nodes(touchedBy event: TracedEvent, at place: Int) -> [NodeID] {
    var nodes = event.node.map { [$0] } ?? []
    for effect in event.effects {
      if let node = effect.node, effect.what.changesServer, !nodes.contains(node) { nodes.append(node) }
    }
    return nodes
  }

  /// Takes note of a message that arrives.
  private mutating func hear(_ event: TracedEvent, at place: Int) {
    guard case .message(let message) = event.kind, let node = event.node, !event.states.isEmpty else { return }
    let kind = message.content.kind
    if kind == .appendEntries || kind == .appendEntriesReply {
      contacts[Contact.place(of: node, from: message.key.sender)] = Contact(sentAt: message.sentAt, at: event.at)
    }
    if let refusal = Refusal(ignoring: message, in: event, chronicle.trace) {
      refusals[Contact.place(of: message.key.sender, from: node)] = refusal
    }
    guard kind == .requestVoteReply || kind == .preVoteReply else { return }
    let isGranted = message.grants
    let link = Contact.place(of: node, from: message.key.sender)
    let refusal = isGranted ? nil : Refusal(message, arrivingIn: event, chronicle)
    // That both campaign tells less than what stands against one of them in any term.
    let tellsLess = refusal.map { $0.isPassing && refusals[link]?.isPassing == false } ?? false
    if !tellsLess { refusals[link] = refusal }
    if isGranted, kind == .requestVoteReply, event.countsVote(of: node) {
      servers[node.offset].grants.append(
        .init(voter: message.key.sender, term: message.content.term, event: place))
    }
  }

  /// Whether this message has arrived before, and that it has now.
  mutating func isRepeated(_ message: TracedMessage) -> Bool {
    defer { arrived[message.key] = true }
    return arrived[message.key] ?? false
  }

  /// Whether its sender has sent a message later that has arrived before it, or at the same time.
  mutating func isOvertaken(_ message: TracedMessage) -> Bool {
    let link = Int(message.key.sender.number) << 8 | Int(message.key.recipient.number)
    defer { latest[link] = max(latest[link] ?? .zero, message.sentAt) }
    return latest[link].map { message.sentAt < $0 } ?? false
  }

  /// The term in which a server asks for votes, if nobody is ever elected in it.
  private func vainCampaign(of node: NodeID, _ event: TracedEvent) -> Term? {
    for effect in event.effects where effect.node == node {
      if case .role(.candidate, let term) = effect.what { return chronicle.wonTerms[term] == nil ? term : nil }
    }
    return nil
  }

  // MARK: Faults

  private func faultHappening(_ event: TracedEvent, at place: Int) -> Happening? {
    let (id, begins): (Int, Bool)
    switch event.kind {
    case .faultBegins(let fault, _): (id, begins) = (fault, true)
    case .faultEnds(let fault):
      // The end of the storm has ended it already.
      guard event.at <= scenario.stormEnd else { return nil }
      (id, begins) = (fault, false)
    case .stormEnds:
      return Happening(.init(event: place, at: event.at), clauses: [.init(text: calmText, rank: .turning)])
    case .calmLook: return secondHealing(event, at: place)
    case .operatorRequest(let request, fault: nil): return lastRequest(request, event, at: place)
    default: return nil
    }
    guard let fault = scenario.faults.first(where: { $0.id == id }), let nodes = targets.nodes(of: id) else {
      return nil
    }
    let text = FaultText(fault: fault, nodes: nodes, members: members)
    // Crashes and restarts are told of the servers that they happen to.
    guard !(begins && fault.action.isPlainCrash), let sentence = begins ? text.begin : text.end else { return nil }
    return Happening(
      .init(event: place, at: event.at), clauses: [.init(text: sentence, rank: begins ? .turning : .telling)])
  }

  /// What an operator asks for when everything has healed, which no fault says.
  private func lastRequest(_ request: ClientRequest.Body, _ event: TracedEvent, at place: Int) -> Happening? {
    let text: String
    switch request {
    case .change(let change): text = MembersText.request(change)
    case .transfer(let target): text = MembersText.request(toHandOnTo: target?.description ?? FaultText.bestSuccessor)
    default: return nil
    }
    guard focus.isCause[place] else { return nil }
    return Happening(
      .init(event: place, at: event.at), clauses: [.init(text: text, rank: .turning, mayRecur: true)])
  }

  /// Later in the calm those heal, too, that it has left out.
  private func secondHealing(_ event: TracedEvent, at place: Int) -> Happening? {
    guard event.node == nil, event.at > scenario.stormEnd,
      event.effects.contains(where: { $0.what.isHealing })
    else { return nil }
    let texts = outsiders.map { nodes, words in
      "\(Words.list(nodes.map(\.description))) \(nodes.count == 1 ? "is" : "are") no longer kept \(words)"
    }
    guard !texts.isEmpty else { return nil }
    return Happening(
      .init(event: place, at: event.at), clauses: [.init(text: texts.joined(separator: "; "), rank: .turning)])
  }

  /// Those that do not heal with the end of the storm, and how they stay.
  private var outsiders: [(nodes: [NodeID], words: String)] {
    let fates: [(fate: CalmFate, words: String)] = [
      (.down, "down"), (.cut, "cut off"), (.deaf, "deaf to the others"), (.mute, "unheard by the others"),
      (.full, "short of disk space"),
    ]
    return fates.map { fate, words in (healing.nodes { $0 == fate }, words) }.filter { !$0.nodes.isEmpty }
  }

  /// What the end of the storm does.
  private var calmText: String {
    let stays = outsiders.map { nodes, words in
      "\(Words.list(nodes.map(\.description))) \(nodes.count == 1 ? "is" : "are") kept \(words)"
    }
    let healed = healing.nodes { $0 == .member }
    let names = Words.list(healed.map(\.description))
    // Where members change, of whom progress is asked follows from who takes part by then.
    let members =
      scenario.membership == nil
      ? "from now on \(names) must make progress" : "\(names) heal\(healed.count == 1 ? "s" : "")"
    return (["faults end; \(members)"] + stays).joined(separator: "; ")
  }

  // MARK: Clients

  private func clientHappening(_ number: Int, _ event: TracedEvent, at place: Int) -> Happening? {
    let operation = operations[number]
    let client = wording.client(operation)
    let request = wording.request(operation)
    let text: String
    if chronicle.calls[number] == place {
      text = "\(client) calls \(request)"
    } else {
      switch history.outcome(of: operation) {
      case .fail: text = "\(client) is told that nothing came of \(request)"
      case .info: text = "\(client) gives up \(request): nobody knows whether it is done"
      case .ok(.value(let value)): text = "\(client)'s \(request) returns \(Wording.show(value))"
      case .ok(.mismatch(let seen)):
        text = "\(client)'s \(request) returns: it found \(Wording.show(seen))"
      case .ok(.swapped): text = "\(client)'s \(request) succeeds"
      case .ok(.unseenMismatch): text = "\(client)'s \(request) finds something else"
      case .ok(.done): text = "\(client)'s \(request) returns"
      }
    }
    return Happening(.init(event: place, at: event.at), clauses: [.init(text: text, rank: .essential)])
  }
}

/// A message that came through.
struct Contact {
  var sentAt: Duration
  var at: Duration

  /// Its place in a table of all pairs.
  static func place(of node: NodeID, from sender: NodeID) -> Int { node.offset << 8 | sender.offset }
}

/// What was committed first at an index, and where.
struct Commitment {
  var entry: TracedEntry
  var by: NodeID
  var event: Int
}

/// How a leader was elected.
struct Election {
  var leader: NodeID
  var term: Term
  var votes: [ServerPicture.Vote]
  var event: Int
}

/// A vote as it was given.
struct Ballot {
  var voter: NodeID
  var candidate: NodeID
  var term: Term
  var event: Int
}

extension FaultAction {
  /// Whether it does nothing but take servers down and let them start again.
  fileprivate var isPlainCrash: Bool {
    switch self {
    case .kill, .powerLoss: true
    default: false
    }
  }
}
