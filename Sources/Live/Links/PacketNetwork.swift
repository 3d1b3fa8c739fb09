import Determinism
import System

/// A network of their own for the servers of a run, in which packets between them can be dropped. Linux only.
///
/// Each server has a network namespace and an address in it. A bridge in the namespace of this process joins them, and has
/// an address as well: there our clients are, and nothing is ever cut between them and a server. All of it lives in the
/// namespace that `enter` makes, which vanishes with the last process in it: two runs do not meet, and none leaves a trace.
package final class PacketNetwork: Links {
  package let nodes: [NodeID]
  /// For each node, a process that keeps its namespace while no server runs in it.
  private let holders: [Int32]
  /// The holders that end with this network.
  private let guarded: [GuardedProcess]
  private var rules: LinkRules?

  /// The first three numbers of all addresses.
  private static let prefix = "10.99.0"
  private static let bridge = "raftcheck"
  /// Of the bridge, and so of this process.
  private static let clientNumber: UInt8 = 254
  /// How long `ip` or `nft` may take, which need some milliseconds.
  private static let patience = Duration.seconds(20)

  /// Makes it, in a namespace that `enter` has made.
  ///
  /// - Parameter nodes: their numbers are at most 253.
  package convenience init(_ nodes: [NodeID]) throws(LiveProblem) {
    // In any other network the links made here would be the machine's own.
    guard Self.isEntered else { throw LiveProblem(.system, "this process is not in a network of its own") }
    let guarded: [GuardedProcess]
    do throws(SystemError) {
      guarded = try nodes.map { _ throws(SystemError) in try GuardedProcess(Self.holding) }
    } catch {
      throw LiveProblem(.system, "cannot make a network for a server: \(error)")
    }
    try self.init(nodes, holders: guarded.map(\.process.id), guarded: guarded)
  }

  /// Makes it in the network of this thread.
  ///
  /// - Parameter holders: for each node, a process in a network that is empty.
  init(_ nodes: [NodeID], holders: [Int32], guarded: [GuardedProcess] = []) throws(LiveProblem) {
    precondition(nodes.allSatisfy { $0.number < Self.clientNumber }, "\(nodes) do not fit into a network")
    precondition(holders.count == nodes.count, "\(holders.count) networks are not one for each of \(nodes)")
    (self.nodes, self.holders, self.guarded) = (nodes, holders, guarded)
    do throws(LiveProblem) {
      try build()
    } catch {
      close()
      throw error
    }
  }

  /// The address at which a server is to listen, and at which clients and other servers find it.
  package func host(of node: NodeID) -> String { "\(Self.prefix).\(node.number)" }

  /// The process in whose network a server is to be started.
  package func networkHolder(of node: NodeID) -> Int32 {
    guard let place = nodes.firstIndex(of: node) else { preconditionFailure("\(node) is not among \(nodes)") }
    return holders[place]
  }

  package func change(to weather: LinkWeather) throws(LiveProblem) {
    let new = LinkRules(weather, address: host)
    guard new != rules else { return }
    // Half of a text is not carried out, so after a failure the rules before are still in force.
    try Self.run(["nft", "-f", "-"], input: [new.text])
    rules = new
  }

  package func close() {
    for process in guarded { process.end() }
    // Their ends in namespaces that have ended vanish some time later. The next network may use their names before.
    let commands = (nodes.map(Self.link) + [Self.bridge]).map { "link delete dev \($0)" }
    try? Self.run(["ip", "-force", "-batch", "-"], input: commands)
    rules = nil
  }

  // MARK: Making it

  private func build() throws(LiveProblem) {
    try Self.run(["ip", "-batch", "-"], input: Self.bridgeCommands + nodes.flatMap { linkCommands(to: $0) })
    for node in nodes {
      try Self.run(["nsenter", "-t", "\(networkHolder(of: node))", "-n", "ip", "-batch", "-"], input: ends(of: node))
    }
    try change(to: LinkWeather(nodes))
  }

  private static var holding: Guard.Order {
    Guard.Order(words: ["sleep", "infinity"], makesNetwork: true, log: "/dev/null")
  }

  private static let bridgeCommands = [
    "link set dev lo up", "link add name \(bridge) type bridge",
    "address add \(prefix).\(clientNumber)/24 dev \(bridge)", "link set dev \(bridge) up",
  ]

  /// Lets processes in the network that `enter` has made reach each other at 127.0.0.1.
  static func bringUpLoopback() throws(LiveProblem) {
    try run(["ip", "-batch", "-"], input: ["link set dev lo up"])
  }

  /// The name of the end at the bridge.
  private static func link(to node: NodeID) -> String { "to-\(node)" }

  private func linkCommands(to node: NodeID) -> [String] {
    [
      "link add name \(Self.link(to: node)) type veth peer name eth0 netns \(networkHolder(of: node))",
      "link set dev \(Self.link(to: node)) master \(Self.bridge) up",
    ]
  }

  /// What is to be done at the end in the server's namespace.
  private func ends(of node: NodeID) -> [String] {
    ["link set dev lo up", "address add \(host(of: node))/24 dev eth0", "link set dev eth0 up"]
  }

  /// Runs a program that must succeed, with commands for it to read.
  private static func run(_ words: [String], input commands: [String]) throws(LiveProblem) {
    let result = try result(of: words, input: commands)
    guard result.isSuccess else { throw LiveProblem(.system, "\(words[0]) failed: \(result.complaint)") }
  }

  /// Runs a program by its name.
  static func result(of words: [String], input commands: [String] = []) throws(LiveProblem) -> ChildProcess.Result {
    let text = commands.map { $0 + "\n" }.joined()
    let found = words.map { word in programs.contains(word) ? InstalledProgram.path(of: word) ?? word : word }
    do throws(SystemError) {
      return try ChildProcess.run(found, input: text, within: patience)
    } catch {
      throw LiveProblem(.system, "\(error)")
    }
  }

  /// The programs that it takes.
  private static var programs: [String] { requirements.map(\.program) }
}
