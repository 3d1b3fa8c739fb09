import Determinism
import Foundation
import Raft
import Testing

/// A line of an interaction file that says nothing.
private struct UnknownCommand: Error {
  let line: String
}

/// A small cluster that obeys the commands of an interaction file and tells what came of each.
///
///     add-nodes COUNT [option=value...]   logs=1,1,2/1,1/-  terms=2,2,2  reads=lease  prevote  quorum  append=2
///                                         window=8  chunk=20  trailing=2  manual-sync
///     campaign NODE                       its election timer runs out
///     heartbeat NODE                      its heartbeat timer runs out
///     tick NODE|all 150ms                 clocks go on and timers run out, each at the start of its range
///     propose NODE TEXT...                one command for each text
///     read NODE NUMBER
///     sync NODE                           needed with manual-sync only
///     deliver [NODE->NODE [all]]          one message, all that a link holds, or whatever there is until all is quiet
///     settle NODE...                      the same among these; what others say or would hear is lost
///     drop [NODE->NODE|NODE]              what is on its way
///     duplicate NODE->NODE                the oldest message there
///     compact NODE [INDEX]                a snapshot of what it has applied
///     crash NODE, restart NODE, unreachable NODE NODE
///     log NODE, status [NODE], progress NODE, messages
private struct Interaction {
  private var cluster = TestCluster(nodes: 1)
  private var syncsItself = true
  private var output: [String] = []
  private var seenReads: [(confirmed: Int, abandoned: Int)] = []
  private var seen: [String] = []

  /// What came of one command, a line each.
  mutating func run(_ line: String) throws -> [String] {
    output = []
    let words = line.split(separator: " ").map(String.init)
    let before = states()
    try obey(words[0], Array(words.dropFirst()), line)
    if syncsItself { syncAll() }
    guard words[0] != "add-nodes" else { return output }
    for (old, new) in zip(before, states()) where old != new { output.append(new) }
    reportReads()
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
    case ("restart", 1): cluster.restart(try node(arguments[0], line))
    case ("unreachable", 2):
      cluster.step(try node(arguments[0], line), .unreachable(try node(arguments[1], line)))
    case ("log", 1): describeLog(try node(arguments[0], line))
    case ("status", 0): output += states()
    case ("status", 1): output.append(states()[try node(arguments[0], line).offset])
    case ("progress", 1): describeProgress(try node(arguments[0], line))
    case ("messages", 0): output += cluster.inFlight.map(\.description)
    default: throw UnknownCommand(line: line)
    }
  }

  private mutating func addNodes(_ arguments: [String], _ line: String) throws {
    guard let count = Int(arguments[0]), (1...9).contains(count) else { throw UnknownCommand(line: line) }
    var logs: [[UInt64]] = []
    var terms: [UInt64] = []
    var settings: [(name: String, value: String)] = []
    for argument in arguments.dropFirst() {
      let parts = argument.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
      let value = parts.count > 1 ? parts[1] : ""
      switch parts[0] {
      case "logs": logs = value.split(separator: "/").map { $0.split(separator: ",").compactMap { UInt64($0) } }
      case "terms": terms = value.split(separator: ",").compactMap { UInt64($0) }
      case "manual-sync": syncsItself = false
      case "reads", "prevote", "quorum", "append", "window", "chunk", "trailing": settings.append((parts[0], value))
      default: throw UnknownCommand(line: line)
      }
    }
    cluster = TestCluster(nodes: count, logs: logs, terms: terms) { configuration in
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
    seenReads = Array(repeating: (0, 0), count: count)
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

@Suite("Interaction files")
struct InteractionTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("Interactions")

  private static func files() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "txt" }.sorted { $0.lastPathComponent < $1.lastPathComponent }
  }

  /// Runs the commands of a file, and writes it anew with what came of each. Lines that begin with # stay as they are.
  private func replay(_ text: String) throws -> String {
    var interaction = Interaction()
    var written = ""
    var isOutput = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.isEmpty {
        isOutput = false
      } else if line.hasPrefix("#") {
        written += "\(line)\n"
      } else if line == "----" {
        isOutput = true
      } else if !isOutput {
        written += "\(line)\n----\n\(try interaction.run(line).joined(separator: "\n"))\n\n"
      }
    }
    return written
  }

  @Test("Every interaction comes out as it is written down")
  func files() throws {
    let files = try Self.files()
    #expect(files.count >= 25)
    let updates = ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1"
    var changed: [String] = []
    for file in files {
      let text = try String(contentsOf: file, encoding: .utf8)
      let replayed = try replay(text)
      guard replayed != text else { continue }
      changed.append(file.lastPathComponent)
      if updates { try replayed.write(to: file, atomically: true, encoding: .utf8) }
      let pairs = zip(text.split(separator: "\n"), replayed.split(separator: "\n"))
      let difference = pairs.first { $0 != $1 }
      if !updates {
        Issue.record(
          "\(file.lastPathComponent): expected \(difference?.0 ?? "the end"), found \(difference?.1 ?? "the end")")
      }
    }
    if updates {
      Issue.record("\(changed.count) files were rewritten. Read the differences, then test without UPDATE_GOLDENS.")
    }
  }
}
