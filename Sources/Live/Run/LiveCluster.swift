import Determinism
import System

/// The servers of a run as processes: started, killed, stopped and let go on.
final class LiveCluster {
  /// A server that has ended though nobody killed it.
  struct Ending: Hashable, Sendable {
    let node: NodeID
    let at: Duration
    let how: ChildProcess.Ending
  }

  /// How a server comes to a cluster that is there.
  struct Joining {
    let contact: LiveServer
    let asLearner: Bool
  }

  private struct Member {
    let server: LiveServer
    var process: GuardedProcess?
    /// How many faults hold it down, or let it stand still.
    var downs = 0
    var pauses = 0
    /// Whether it takes part at all; and how it came to, if it is none of the founders.
    var isWanted = false
    var joining: Joining?
    /// When it is started again after it ended by itself.
    var comesBack: LocalInstant?
  }

  private var members: [Member]
  private let start: (LiveServer, Joining?) throws(LiveProblem) -> GuardedProcess
  private let begin: LocalInstant
  /// So long after it has ended by itself a server is started again, as whoever runs one would have it.
  private static let restartPause = Duration.seconds(1)

  private(set) var endings: [Ending] = []
  private(set) var kills = 0
  private(set) var starts = 0

  /// - Parameters:
  ///   - begin: the time from which endings are counted.
  ///   - start: starts one.
  init(
    _ servers: [LiveServer], since begin: LocalInstant,
    start: @escaping (LiveServer, Joining?) throws(LiveProblem) -> GuardedProcess
  ) {
    members = servers.map { Member(server: $0) }
    (self.begin, self.start) = (begin, start)
  }

  /// Those that run and do not stand still.
  var awake: [LiveServer] { members.filter { $0.process != nil && $0.pauses == 0 }.map(\.server) }
  /// Those that take part.
  var wanted: [LiveServer] { members.filter(\.isWanted).map(\.server) }
  var endingsText: [String] { endings.map { "\($0.node) \($0.how) at \($0.at)" } }

  /// One of the run's, whether or not it takes part.
  func server(_ node: NodeID) -> LiveServer? { members.first { $0.server.node == node }?.server }

  func isRunning(_ node: NodeID) -> Bool { members[place(node)].process != nil }

  /// Lets a server take part from now on.
  func bringUp(_ node: NodeID, joining: Joining? = nil) throws(LiveProblem) {
    (members[place(node)].isWanted, members[place(node)].joining) = (true, joining)
    try startIfDue(place(node))
  }

  /// Kills servers, all at the same time, and holds them down.
  func hold(_ nodes: [NodeID]) {
    let places = nodes.map(place)
    for place in places { members[place].process?.send(.kill) }
    for place in places {
      members[place].downs += 1
      members[place].comesBack = nil
      guard let process = members[place].process else { continue }
      note(process, at: place, isKilled: true)
      process.end()
      members[place].process = nil
      kills += 1
    }
  }

  /// Lets a server that was held down run again, if nothing else holds it.
  func release(_ node: NodeID) throws(LiveProblem) {
    members[place(node)].downs -= 1
    try startIfDue(place(node))
  }

  func pause(_ nodes: [NodeID]) {
    for place in nodes.map(place) {
      members[place].pauses += 1
      if members[place].pauses == 1 { members[place].process?.send(.stop) }
    }
  }

  func resume(_ nodes: [NodeID]) {
    for place in nodes.map(place) {
      members[place].pauses -= 1
      if members[place].pauses == 0 { members[place].process?.send(.proceed) }
    }
  }

  /// Takes note of servers that have ended by themselves, and starts them again after a while.
  func look() throws(LiveProblem) {
    for place in members.indices {
      if let process = members[place].process, note(process, at: place, isKilled: false) {
        process.end()
        members[place].process = nil
        members[place].comesBack = SystemClock.monotonic + Self.restartPause
      }
      if let due = members[place].comesBack, due <= SystemClock.monotonic {
        members[place].comesBack = nil
        try startIfDue(place)
      }
    }
  }

  /// Ends them all.
  func end() {
    for member in members { member.process?.send(.kill) }
    for place in members.indices {
      members[place].process?.end()
      members[place].process = nil
    }
  }

  private func place(_ node: NodeID) -> Int {
    guard let place = members.firstIndex(where: { $0.server.node == node }) else {
      preconditionFailure("\(node) is no server of this run")
    }
    return place
  }

  private func startIfDue(_ place: Int) throws(LiveProblem) {
    let member = members[place]
    guard member.isWanted, member.downs == 0, member.process == nil, member.comesBack == nil else { return }
    let process = try start(member.server, member.joining)
    members[place].process = process
    starts += 1
    if member.pauses > 0 { process.send(.stop) }
  }

  /// Whether it has ended by itself; if so, it is told.
  @discardableResult
  private func note(_ process: GuardedProcess, at place: Int, isKilled: Bool) -> Bool {
    guard let ending = process.endingIfEnded() else { return false }
    // The signal that it was just sent.
    guard !isKilled || ending != .killed else { return false }
    // Whoever joins gives up if the server that it asks is not there, and is started again.
    guard members[place].joining == nil || ending != .code(RaftkvSystem.unavailableCode) else { return true }
    endings.append(Ending(node: members[place].server.node, at: SystemClock.monotonic - begin, how: ending))
    return true
  }
}
