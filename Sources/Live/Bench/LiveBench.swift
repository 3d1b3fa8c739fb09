import Determinism
import Runs
import System

/// Measures how much clusters of real servers do for their clients, one system in turn with the other.
package struct LiveBench: Sendable {
  /// The systems, all of them in each round.
  package var systems: [BenchedSystem]
  /// Servers of a cluster, and clients that ask it.
  package var nodes = [1, 3]
  package var clients = [1, 4, 16, 64]
  package var rounds = 5
  /// How long each operation is measured in each round.
  package var time = Duration.seconds(10)
  /// Where the servers' files are, which nobody else writes: what a sync costs depends on it.
  private let folder: String

  package static let valueBytes = BenchLoad.valueBytes

  /// How long a cluster has until it serves.
  private static let readyPatience = Duration.seconds(60)

  /// - Parameter folder: an absolute path. The files are in a folder in it that is this process's own.
  package init(_ systems: [BenchedSystem], in folder: String) {
    (self.systems, self.folder) = (systems, "\(folder)/\(ThisProgram.processID)")
  }

  /// Measures everything. Each measurement has a cluster of its own, with empty data folders: first clients put, and then
  /// they get.
  ///
  /// - Parameter report: told what comes next.
  package func run(report: (String) -> Void) throws(LiveProblem) -> [LiveBenchRow] {
    guard !Files.isFolder(folder) else {
      throw LiveProblem(.system, "\(folder) is there already, of another benchmark; remove it")
    }
    var rows: [LiveBenchRow] = []
    for nodes in nodes {
      for clients in clients {
        var figures: [[LoadFigures]] = Array(repeating: [], count: systems.count * LoadOperation.allCases.count)
        for round in 1...rounds {
          for (place, system) in systems.enumerated() {
            report("\(nodes) nodes, \(clients) clients, round \(round) of \(rounds), \(system.rawValue)")
            for (other, part) in try measure(system, nodes: nodes, clients: clients).enumerated() {
              figures[other * systems.count + place].append(part)
            }
          }
        }
        rows += self.rows(figures, nodes, clients)
      }
    }
    // What failed stays there to be looked at; this did not.
    try? Folder.removeTree(folder)
    return rows
  }

  private func rows(_ figures: [[LoadFigures]], _ nodes: Int, _ clients: Int) -> [LiveBenchRow] {
    LoadOperation.allCases.enumerated().flatMap { other, operation in
      let start = other * systems.count
      let etcd = systems.firstIndex(of: .etcd).map { figures[start + $0] }
      return systems.enumerated().map { place, system in
        LiveBenchRow(
          system, nodes: nodes, clients: clients, operation, rounds: figures[start + place],
          besideEtcd: system == .etcd ? nil : etcd)
      }
    }
  }

  /// What each operation came to, in order.
  private func measure(
    _ kind: BenchedSystem, nodes: Int, clients: Int
  ) throws(LiveProblem) -> [LoadFigures] {
    let system = try kind.system
    let data = "\(folder)/\(kind.rawValue)"
    do throws(SystemError) {
      try Folder.removeTree(data)
      try Folder(data).make()
    } catch {
      throw LiveProblem(.system, "\(error)")
    }
    let world = try LiveWorld(system.description, NodeID.first(nodes), isParted: false, in: data)
    defer { world.close() }
    let cluster = try LiveCluster(
      world, of: system, foundedBy: world.servers, since: SystemClock.monotonic, logsIn: data)
    defer { cluster.end() }
    for server in world.servers { try cluster.bringUp(server.node) }
    try cluster.waitUntilReady(
      world.servers, of: system, within: Self.readyPatience, logsIn: data, orUntil: { false })
    var figures: [LoadFigures] = []
    for operation in LoadOperation.allCases {
      figures.append(try BenchLoad(operation, system, world.servers, clients: clients).run(for: time))
      try cluster.look()
      if let ending = cluster.endings.first {
        throw LiveProblem(.system, "\(ending.node) \(ending.how): see \(data)/\(ending.node).log")
      }
    }
    return figures
  }
}

/// A system that is measured.
package enum BenchedSystem: String, CaseIterable, Sendable {
  case raftkv
  case etcd

  /// Whether it can be started here; our own is built beside this program.
  package var isInstalled: Bool {
    switch self {
    case .raftkv: true
    case .etcd: InstalledProgram.path(of: rawValue) != nil
    }
  }

  /// With its usual settings.
  fileprivate var system: LiveSystem {
    get throws(LiveProblem) {
      switch self {
      case .raftkv:
        try LiveSystem(
          RaftkvSystem.undisturbed, choosing: [(name: RaftkvSystem.programOption, value: RaftkvSystem.program)])
      case .etcd: try LiveSystem(.undisturbedEtcd)
      }
    }
  }
}
