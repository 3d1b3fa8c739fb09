import Determinism
import Foundation
import Runs
import System
import Testing

@testable import Live

/// Servers are programs that do nothing.
@Suite(
  "Servers as processes",
  .enabled(if: FileManager.default.isExecutableFile(atPath: Program.file), "the program is not built beside the tests")
)
struct LiveClusterTests {
  private let folder: TemporaryFolder
  private let nodes = NodeID.first(3)

  init() throws { folder = try TemporaryFolder() }

  private func cluster(running script: String = "exec sleep 100") throws -> LiveCluster {
    let log = "\(folder.path)/log"
    let servers = nodes.map { LiveServer($0, at: [SocketAddress(host: "127.0.0.1", port: 1)], data: folder.path) }
    let cluster = LiveCluster(servers, since: SystemClock.monotonic) { (server, _) throws(LiveProblem) in
      do throws(SystemError) {
        return try GuardedProcess(Guard.Order(words: ["sh", "-c", script, "\(server.node)"], log: log))
      } catch {
        throw LiveProblem(.system, "\(error)")
      }
    }
    for node in nodes { try cluster.bringUp(node) }
    return cluster
  }

  private func running(_ cluster: LiveCluster) -> [NodeID] { nodes.filter(cluster.isRunning) }

  /// Looks after the servers until something holds.
  private func look(_ cluster: LiveCluster, until holds: () -> Bool) throws -> Bool {
    let deadline = SystemClock.monotonic + .seconds(10)
    while SystemClock.monotonic < deadline {
      try cluster.look()
      if holds() { return true }
      Pause.sleep(.milliseconds(10))
    }
    return false
  }

  @Test("A server that two faults hold down runs again when both have ended")
  func overlappingKills() throws {
    let cluster = try cluster()
    defer { cluster.end() }
    #expect(running(cluster) == nodes)
    cluster.hold([nodes[0], nodes[1]])
    cluster.hold([nodes[0]])
    #expect(running(cluster) == [nodes[2]])
    #expect(cluster.awake.map(\.node) == [nodes[2]])
    #expect(cluster.kills == 2)
    try cluster.release(nodes[0])
    try cluster.release(nodes[1])
    #expect(running(cluster) == [nodes[1], nodes[2]])
    try cluster.release(nodes[0])
    #expect(running(cluster) == nodes)
    try cluster.look()
    #expect(cluster.endings == [])
    #expect((cluster.kills, cluster.starts) == (2, 5))
  }

  @Test("A server that two faults pause goes on when both have ended, and one that starts meanwhile stands still")
  func overlappingPauses() throws {
    let cluster = try cluster(running: "while :; do echo $0; sleep 0.02; done")
    defer { cluster.end() }
    cluster.pause([nodes[0]])
    cluster.pause([nodes[0], nodes[1]])
    cluster.resume([nodes[0]])
    #expect(cluster.awake.map(\.node) == [nodes[2]])
    cluster.hold([nodes[1]])
    try cluster.release(nodes[1])
    #expect(running(cluster) == nodes)
    #expect(cluster.awake.map(\.node) == [nodes[2]])
    cluster.resume([nodes[0], nodes[1]])
    #expect(cluster.awake.map(\.node) == nodes)
    // All of them say something again.
    try "".write(toFile: "\(folder.path)/log", atomically: false, encoding: .utf8)
    let isHeard = try look(cluster) {
      let text = (try? folder.text(of: "log")) ?? ""
      return nodes.allSatisfy { text.contains("\($0)") }
    }
    #expect(isHeard)
    #expect(cluster.endings == [])
  }

  @Test("A server that ends by itself is noticed and started again, unless a fault holds it down")
  func endings() throws {
    let cluster = try cluster(running: "[ $0 = n2 ] && exit 3; exec sleep 100")
    defer { cluster.end() }
    #expect(try look(cluster) { !cluster.endings.isEmpty })
    #expect(cluster.endings.map(\.node) == [nodes[1]])
    #expect(cluster.endings.map(\.how) == [.code(3)])
    #expect(running(cluster) == [nodes[0], nodes[2]])
    #expect(try look(cluster) { cluster.endings.count == 2 })
    #expect(cluster.starts == 4)
    #expect(cluster.kills == 0)
    cluster.hold([nodes[1]])
    #expect(cluster.kills == 0)
    try cluster.release(nodes[1])
    #expect(cluster.starts == 5)
  }
}
