import Determinism
import Histories
import Raft
import Runs
import Scenarios
import System

/// This project's own store as a system under test.
package enum RaftkvSystem {
  package static let name = "raftkv"
  static let programOption = "program"
  static let readsOption = "reads"
  /// The choice of how reads become safe that leaves it to the seed.
  static let drawnReads = "drawn"
  /// The ports, in the order of the description.
  enum Port {
    static let (clients, peers, listener) = (0, 1, 2)
  }

  /// Servers reach each other at `{address.peer}`, where a proxy takes what they send on to `{address.listen}`.
  package static var description: SystemDescription {
    var description = SystemDescription(
      name: name,
      server: words(listeningAt: "{address.listen}") + ["--advertise", "{address.peer}", "--allow-fault-injection"],
      client: .raftkv,
      faults: [
        .one, .halves, .majority, .minorityThird, .majoritiesRing, .bridge, .primaries, .oneWay, .clog, .loss, .delay,
        .duplicate, .reorder, .slowNode, .kill, .killMajority, .powerLoss, .crashLoop, .pause, .snapshot, .slowDisk,
        .clockDrift, .clockJump, .clockStrobe, .transfer,
      ],
      operations: [.get, .put, .append, .delete, .compareAndSet])
    description.ports = ["client", "peer", "listen"]
    description.peer = "{node}={address.peer}"
    description.readiness = .answersReads
    description.links = .frames
    description.options = [
      .init(readsOption, [drawnReads] + ReadMode.allCases.map(\.rawValue), "how reads become safe"),
      .init(programOption, [], "the program of the servers"),
    ]
    description.electionTimeout = .milliseconds(300)...(.milliseconds(600))
    description.heartbeatInterval = .milliseconds(60)
    return description
  }

  /// As whoever runs it would have it: nothing lies between the servers, and no faults can be injected.
  package static var undisturbed: SystemDescription {
    var description = description
    (description.server, description.ports) = (words(listeningAt: "{address.peer}"), ["client", "peer"])
    (description.links, description.faults) = (.none, [])
    return description
  }

  private static func words(listeningAt address: String) -> [String] {
    [
      "{option.program}", "serve", "--id", "{node}", "--data", "{data}", peers, "{peers}", "--listen", address,
      "--http", "{address}", bootstrap,
    ]
  }

  private static let (bootstrap, peers) = ("--bootstrap", "--peers")

  /// Where the program is if nobody says so: beside this one, or wherever the system finds it.
  package static var program: String {
    let beside = (ThisProgram.path ?? name).folderAndName.folder + "/\(name)"
    return Files.isFile(beside) ? beside : name
  }

  /// How reads become safe, if a choice says so.
  package static func reads(in system: LiveSystem) -> ReadMode? {
    system.option(readsOption).flatMap { ReadMode(rawValue: $0) }
  }

  /// What a scenario and a known bug make of every server.
  package static func words(for scenario: Scenario, bug: String?) -> [String] {
    func milliseconds(_ span: Duration) -> String { "\(span.nanoseconds / 1_000_000)ms" }
    return [
      "--election", milliseconds(scenario.cluster.electionTimeoutMin), "--heartbeat",
      milliseconds(scenario.cluster.heartbeatInterval), "--reads", scenario.protocols.reads.rawValue,
      "--snapshot-entries", "\(scenario.protocols.snapshotEntries)",
    ] + (bug.map { ["--bug", $0] } ?? [])
  }

  /// What a server ends with if nobody is there whom it asks to take it in.
  static let unavailableCode: Int32 = 69

  /// The words of a server that joins a cluster instead of founding it.
  static func words(_ words: [String], joining: LiveCluster.Joining) -> [String] {
    let join = ["--join", "\(joining.contact.address)"] + (joining.asLearner ? ["--learner"] : [])
    // It learns from the cluster who is there.
    let founders = words.firstIndex(of: peers).map { $0..<($0 + 2) } ?? 0..<0
    return words.indices.filter { !founders.contains($0) }.flatMap { words[$0] == bootstrap ? join : [words[$0]] }
  }
}
