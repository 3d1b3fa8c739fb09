import Determinism
import Runs
import System

extension LiveCluster {
  /// Servers of a system, none of which runs yet.
  ///
  /// - Parameters:
  ///   - founders: those that begin together; others join them.
  ///   - begin: the time from which endings are counted.
  ///   - folder: where what they print is kept.
  convenience init(
    _ world: LiveWorld, of system: LiveSystem, foundedBy founders: [LiveServer], since begin: LocalInstant,
    logsIn folder: String
  ) throws(LiveProblem) {
    for server in world.servers { try Self.makeFolder(server.data) }
    self.init(world.servers, since: begin) { (server, joining) throws(LiveProblem) in
      try Self.start(server, joining, of: system, founders, in: world, logsIn: folder)
    }
  }

  private static func makeFolder(_ path: String) throws(LiveProblem) {
    do throws(FileProblem) { try Files.makeFolder(path) } catch { throw LiveProblem(.system, "\(error)") }
  }

  private static func start(
    _ server: LiveServer, _ joining: Joining?, of system: LiveSystem, _ founders: [LiveServer], in world: LiveWorld,
    logsIn folder: String
  ) throws(LiveProblem) -> GuardedProcess {
    var words = system.command(for: server, among: founders)
    if let joining { words = RaftkvSystem.words(words, joining: joining) }
    let order = Guard.Order(
      words: words, network: world.network(of: server.node), directory: server.data,
      log: "\(folder)/\(server.node).log")
    do throws(SystemError) {
      return try GuardedProcess(order, environment: system.environment(for: server, among: founders))
    } catch {
      throw LiveProblem(.system, "\(server.node): \(error)")
    }
  }

  /// Waits until servers that have been started answer.
  ///
  /// - Parameter folder: where what they print is kept.
  func waitUntilReady(
    _ servers: [LiveServer], of system: LiveSystem, within patience: Duration, logsIn folder: String,
    orUntil shouldStop: () -> Bool
  ) throws(LiveProblem) {
    let deadline = SystemClock.monotonic + patience
    var readiness = Readiness(system, log: "\(folder)/clients.log")
    defer { readiness.close() }
    for server in servers {
      while !readiness.isReady(server) {
        if shouldStop() { return }
        if let problem = readiness.fatalProblem { throw problem }
        try look()
        if let ending = endings.first {
          throw LiveProblem(
            .system,
            "\(ending.node) \(ending.how) before it was ready; \(Self.lastWords(of: ending.node, in: folder))")
        }
        guard SystemClock.monotonic < deadline else {
          throw LiveProblem(
            .system,
            "\(server.node) is not ready within \(patience): \(readiness.reason ?? "it does not answer"); "
              + Self.lastWords(of: server.node, in: folder))
        }
        Pause.sleep(.milliseconds(50))
      }
    }
  }

  /// What a server wrote last, as a clause that says where all of it is.
  private static func lastWords(of node: NodeID, in folder: String) -> String {
    let path = "\(folder)/\(node).log"
    guard let bytes = try? Files.read(path, limit: logLimit), !bytes.isEmpty else { return "see \(path)" }
    let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
    guard let last = lines.last else { return "see \(path)" }
    return "it wrote last \(String(last).quoted(columns: 100)); see \(path)"
  }

  /// A longer log is not read.
  private static let logLimit = 1 << 20
}
