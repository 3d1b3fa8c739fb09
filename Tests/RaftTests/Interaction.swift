import Determinism
import Raft

/// A line of an interaction file that says nothing.
struct UnknownCommand: Error {
  let line: String
}

/// A small cluster that obeys the commands of an interaction file and tells what came of each.
///
///     add-nodes COUNT [option=value...]   logs=1,1,2/1,1/-  terms=2,2,2  reads=lease  prevote  quorum  append=2
///                                         window=8  chunk=20  trailing=2  manual-sync  joining=2
///     campaign NODE                       its election timer runs out
///     heartbeat NODE                      its heartbeat timer runs out
///     tick NODE|all 150ms                 clocks go on and timers run out, each at the start of its range
///     propose NODE TEXT...                one command for each text
///     read NODE NUMBER
///     sync NODE                           needed with manual-sync only
///     deliver [NODE->NODE [all]]          one message, all that a link holds, or whatever there is until all is quiet
///     settle NODE...                      the same among these; what others say or would hear is lost
///     flow [NODE...]                      the same, and only what comes of it is told
///     drop [NODE->NODE|NODE]              what is on its way
///     duplicate NODE->NODE                the oldest message there
///     compact NODE [INDEX]                a snapshot of what it has applied
///     change NODE [voters=n4,n5] [learners=n2] [removed=n1]
///     transfer NODE [NODE], step-down NODE
///     crash NODE, restart NODE, unreachable NODE NODE
///     log NODE, status [NODE], members [NODE], progress NODE, messages
struct Interaction {
  private var cluster = TestCluster(nodes: 1)
  private var syncsItself = true
  private var output: [String] = []
  private var seenReads: [(confirmed: Int, abandoned: Int)] = []
  private var seenOutcomes: [(change: Int, transfer: Int)] = []

  /// What came of one command, a line each.
  mutating func run(_ line: String) throws -> [String] {
    output = []
    let words = line.split(separator: " ").map(String.init)
    let (before, configurations) = (states(), cluster.hosts.map(\.node.inForce))
    try obey(words[0], Array(words.dropFirst()), line)
    if syncsItself { syncAll() }
    guard words[0] != "add-nodes" else { return output }
    for (old, new) in zip(before, states()) where old != new { output.append(new) }
    for (old, host) in zip(configurations, cluster.hosts) where old != host.node.inForce {
      output.append(Self.words(of: host))
    }
    reportReads()
    reportOutcomes()
    return output.isEmpty ? ["ok"] : output
  }

  private func states() -> [String] {
    cluster.hosts.map { host in
      guard host.isUp else { return "\(host.node.id) down" }
      let role =
        switch host.node.role {
        case .follower: "follower"
        case .preCandidate: "pre-candidate"
        case .candidate: "candidate"
        case .leader: "leader"
        }
      let stopped = host.node.stopReason.map { " stopped: \($0)" } ?? ""
      let leader = host.node.leader.map { " leader=\($0)" } ?? ""
      return "\(host.node.id) \(role) term=\(host.node.term)\(leader) commit=\(host.node.commitIndex)\(stopped)"
    }
  }

  private static func words(of host: TestCluster.Host) -> String {
    "\(host.node.id) goes by \(host.node.inForce.index): \(host.node.members.words)"
  }

  private mutating func reportReads() {
    for (place, host) in cluster.hosts.enumerated() {
      for read in host.confirmedReads.dropFirst(seenReads[place].confirmed) {
        output.append("\(host.node.id) read \(read.id.rawValue) confirmed at \(read.index)")
      }
      for read in host.abandonedReads.dropFirst(seenReads[place].abandoned) {
        output.append("\(host.node.id) read \(read.rawValue) abandoned")
      }
      seenReads[place] = (host.confirmedReads.count, host.abandonedReads.count)
    }
  }

  private mutating func reportOutcomes() {
    func text(_ outcome: RequestOutcome) -> String {
      switch outcome {
      case .done: "done"
      case .refused(let refusal): "refused, \(refusal.name)"
      }
    }
    for (place, host) in cluster.hosts.enumerated() {
      for outcome in host.changeOutcomes.dropFirst(seenOutcomes[place].change) {
        output.append("\(host.node.id) change \(text(outcome))")
      }
      for outcome in host.transferOutcomes.dropFirst(seenOutcomes[place].transfer) {
        output.append("\(host.node.id) transfer \(text(outcome))")
      }
      seenOutcomes[place] = (host.changeOutcomes.count, host.transferOutcomes.count)
    }
  }

  private mutating func syncAll() {
    while let busy = cluster.hosts.first(where: { $0.isUp && (!$0.held.isEmpty || $0.pendingSnapshot != nil) }) {
      cluster.sync(busy.node.id)
    }
  }

  private func node(_ word: String, _ line: String) throws -> NodeID {
    guard let id = NodeID(named: word), cluster.members.contains(id) else { throw UnknownCommand(line: line) }
    return id
  }

  private func link(_ word: String, _ line: String) throws -> (from: NodeID, to: NodeID) {
    let ends = word.components(separatedBy: "->")
    guard ends.count == 2 else { throw UnknownCommand(line: line) }
    return (try node(ends[0], line), try node(ends[1], line))
  }

  private mutating func obey(_ command: String, _ arguments: [String], _ line: String) throws {
    switch (command, arguments.count) {
    case ("add-nodes", 1...): try addNodes(arguments, line)
    case ("campaign", 1): cluster.timeout(try node(arguments[0], line))
    case ("heartbeat", 1): cluster.heartbeat(try node(arguments[0], line))
    case ("sync", 1): cluster.sync(try node(arguments[0], line))
    case ("propose", 2...):
      for text in arguments.dropFirst() { cluster.propose(text, at: try node(arguments[0], line)) }
    case ("read", 2):
      cluster.step(try node(arguments[0], line), .read(ReadID(UInt64(arguments[1]) ?? 0)))
    case ("tick", 2): try tick(arguments, line)
    case ("deliver", _): try deliver(arguments, line)
    case ("settle", 1...): try settle(among: arguments.map { try node($0, line) })
    case ("flow", _): try flow(among: arguments.isEmpty ? cluster.members : arguments.map { try node($0, line) })
    case ("change", 2...4): try change(arguments, line)
    case ("transfer", 1...2):
      cluster.transfer(to: try arguments.dropFirst().first.map { try node($0, line) }, at: try node(arguments[0], line))
    case ("step-down", 1): cluster.step(try node(arguments[0], line), .stepDown)
    case ("drop", 0...1):
      guard let what = arguments.first else { return cluster.drop() }
      if what.contains("->") {
        let link = try link(what, line)
        cluster.drop { $0.from == link.from && $0.to == link.to }
      } else {
        let id = try node(what, line)
        cluster.drop { $0.from == id || $0.to == id }
      }
    case ("duplicate", 1):
      let link = try link(arguments[0], line)
      guard let place = cluster.inFlight.firstIndex(where: { $0.from == link.from && $0.to == link.to }) else { break }
      cluster.duplicate(at: place)
    case ("compact", 1...2):
      cluster.compact(try node(arguments[0], line), at: arguments.dropFirst().first.flatMap { UInt64($0) })
    case ("crash", 1):
      let id = try node(arguments[0], line)
      cluster.crash(id)
      seenReads[id.offset] = (0, 0)
    case ("restart", 1):
      let id = try node(arguments[0], line)
      cluster.restart(id)
      seenOutcomes[id.offset] = (0, 0)
    case ("unreachable", 2):
      cluster.step(try node(arguments[0], line), .unreachable(try node(arguments[1], line)))
    case ("log", 1): describeLog(try node(arguments[0], line))
    case ("status", 0): output += states()
    case ("status", 1): output.append(states()[try node(arguments[0], line).offset])
    case ("members", 0): output += cluster.hosts.map { Self.words(of: $0) }
    case ("members", 1): output.append(Self.words(of: cluster.hosts[try node(arguments[0], line).offset]))
    case ("progress", 1): describeProgress(try node(arguments[0], line))
    case ("messages", 0): output += cluster.inFlight.map(\.description)
    default: throw UnknownCommand(line: line)
    }
  }

  private mutating func addNodes(_ arguments: [String], _ line: String) throws {
    guard let count = Int(arguments[0]), (1...9).contains(count) else { throw UnknownCommand(line: line) }
    var logs: [[UInt64]] = []
    var terms: [UInt64] = []
    var joining = 0
    var settings: [(name: String, value: String)] = []
    for argument in arguments.dropFirst() {
      let parts = argument.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      let value = parts.count > 1 ? parts[1] : ""
      switch parts[0] {
      case "logs": logs = value.split(separator: "/").map { $0.split(separator: ",").compactMap { UInt64($0) } }
      case "terms": terms = value.split(separator: ",").compactMap { UInt64($0) }
      case "manual-sync": syncsItself = false
      case "joining": joining = Int(value) ?? 0
      case "reads", "prevote", "quorum", "append", "window", "chunk", "trailing": settings.append((parts[0], value))
      default: throw UnknownCommand(line: line)
      }
    }
    cluster = TestCluster(nodes: count, joining: joining, logs: logs, terms: terms) { configuration in
      for (name, value) in settings {
        switch name {
        case "reads": configuration.reads = ReadMode(rawValue: value) ?? .readIndex
        case "prevote": configuration.usesPreVote = true
        case "quorum": configuration.checksQuorum = true
        case "append": configuration.maxEntriesPerAppend = Int(value) ?? 1
        case "window": configuration.maxInflightEntries = Int(value) ?? 1
        case "chunk": configuration.maxSnapshotChunkBytes = Int(value) ?? 1
        default: configuration.trailingEntries = Int(value) ?? 0
        }
      }
    }
    seenReads = Array(repeating: (0, 0), count: count + joining)
    seenOutcomes = Array(repeating: (0, 0), count: count + joining)
    output += states()
  }

  private mutating func tick(_ arguments: [String], _ line: String) throws {
    guard arguments[1].hasSuffix("ms"), let span = Int64(arguments[1].dropLast(2)) else {
      throw UnknownCommand(line: line)
    }
    for id in arguments[0] == "all" ? cluster.members : [try node(arguments[0], line)] {
      cluster.advance(id, by: .milliseconds(span))
    }
  }

  private mutating func deliver(at place: Int) {
    output.append(cluster.inFlight[place].description)
    cluster.deliver(at: place)
    if syncsItself { syncAll() }
  }

  private mutating func deliver(_ arguments: [String], _ line: String) throws {
    guard let first = arguments.first else {
      while !cluster.inFlight.isEmpty { deliver(at: 0) }
      return
    }
    let link = try link(first, line)
    var count = arguments.count > 1 ? cluster.messages(from: link.from, to: link.to).count : 1
    while count > 0, let place = cluster.inFlight.firstIndex(where: { $0.from == link.from && $0.to == link.to }) {
      deliver(at: place)
      count -= 1
    }
  }

  private mutating func settle(among nodes: [NodeID]) {
    while true {
      cluster.drop { !nodes.contains($0.from) || !nodes.contains($0.to) }
      guard !cluster.inFlight.isEmpty else { return }
      deliver(at: 0)
    }
  }

  private mutating func flow(among nodes: [NodeID]) throws {
    let told = output
    settle(among: nodes)
    output = told
  }

  private mutating func change(_ arguments: [String], _ line: String) throws {
    var change = MemberChange()
    for argument in arguments.dropFirst() {
      let parts = argument.split(separator: "=").map(String.init)
      guard parts.count == 2 else { throw UnknownCommand(line: line) }
      let nodes = NodeSet(try parts[1].split(separator: ",").map { try node(String($0), line) })
      switch parts[0] {
      case "voters": change.voters = nodes
      case "learners": change.learners = nodes
      case "removed": change.removed = nodes
      default: throw UnknownCommand(line: line)
      }
    }
    cluster.step(try node(arguments[0], line), .change(change))
  }

  private mutating func describeLog(_ id: NodeID) {
    let log = cluster[id].log
    let entries = log.entries(from: log.firstIndex)
    let words = entries.enumerated().map { offset, entry in
      let text =
        switch entry.payload {
        case .noOp: "no-op"
        case .configuration(let members): members.words
        case .command(let bytes): String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: " ", with: "-")
        }
      return "\(log.firstIndex.rawValue + UInt64(offset))/\(entry.term) \(text)"
    }
    let snapshot = cluster[id].snapshot.map { "snapshot \($0.position), " } ?? ""
    output.append("\(snapshot)after \(log.start): " + (words.isEmpty ? "nothing" : words.joined(separator: ", ")))
  }

  private mutating func describeProgress(_ id: NodeID) {
    guard let leadership = cluster[id].leadership else { return output.append("\(id) does not lead") }
    for member in leadership.progress.tracked where member != id {
      let progress = leadership.progress.slots[member.offset]
      let transfer = progress.transfer.map { " snapshot=\($0.snapshot.position) received=\($0.received)" } ?? ""
      output.append(
        "\(member) \(progress.mode) match=\(progress.match) next=\(progress.next) inflight=\(progress.flights.count)"
          + transfer)
    }
  }
}
