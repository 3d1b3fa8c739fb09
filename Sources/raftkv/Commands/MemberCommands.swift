import Determinism
import Hosting
import Raft
import System
import Terminal

/// `raftkv members`, `add`, `promote`, `demote`, `remove` and `transfer`: who takes part, and who leads.
enum MemberCommands {
  static let all = [members, add, promote, demote, remove, transfer]

  private static let members = ClientCommand(
    syntax: Syntax(
      name: "members", summary: "show who takes part", options: [],
      examples: [("raftkv members", "voters, learners, and those that are on their way out")])
  ) { arguments, context in
    context.show(members: context.client.members())
  }

  private static let add = ClientCommand(
    syntax: Syntax(
      name: "add", summary: "make a server a voter, once it has caught up", operands: "N",
      options: [
        Option("--peer", "ADDRESS", "where it listens for servers; 127.0.0.1:\(ServeCommand.firstPeerPort) and up"),
        Option("--http", "ADDRESS", "where it serves clients; 127.0.0.1:\(ServeCommand.firstHTTPPort) and up"),
        Option("--learner", nil, "make it a learner, which gets the log and has no vote"),
      ],
      examples: [
        ("raftkv add 4 --peer 127.0.0.1:7004 --http 127.0.0.1:8004", "a server that waits for that"),
        ("raftkv serve --id 4 --data data/4 --join 127.0.0.1:8001", "starts it, and adds it by itself"),
      ],
      note: "Start the server with --join before: of one that does not run, the cluster waits in vain to catch up.")
  ) { arguments, context in
    let node = try node(try arguments.operands(1)[0])
    let standard = ServeCommand.standardAddress(of: node)
    let peer = try arguments.address("--peer") ?? standard.peer
    let http = try arguments.address("--http") ?? standard.http
    guard let peerName = HostAndPort("\(peer)"), peerName.port != nil, let httpName = HostAndPort("\(http)"),
      httpName.port != nil
    else { throw UsageError("\(peer) and \(http) are where n\(node.number) is; expected HOST:PORT, the port not 0.") }
    let server = NamedServer(node, ServerAddresses(peer: peerName, http: httpName))
    return context.report(context.client.change(.add(server, asLearner: arguments.has("--learner"))))
  }

  private static let promote = change("promote", "make learners voters", example: "raftkv promote 4") { .promote($0) }
  private static let demote = change("demote", "make voters learners", example: "raftkv demote 4") { .demote($0) }
  private static let remove = change(
    "remove", "let members take part no longer", example: "raftkv remove 1"
  ) { .remove($0) }

  private static let transfer = ClientCommand(
    syntax: Syntax(
      name: "transfer", summary: "hand leadership on", operands: "[N]", options: [],
      examples: [
        ("raftkv transfer", "to the voter that is furthest along"), ("raftkv transfer 2", "to server 2"),
      ],
      note: "A transfer is sent to one server once: sent again, it could hand on the leadership of another one.")
  ) { arguments, context in
    let target = arguments.operands.isEmpty ? nil : try node(try arguments.operands(1)[0])
    return context.report(context.client.transfer(to: target))
  }

  private static func change(
    _ name: String, _ summary: String, example: String, _ order: @escaping @Sendable ([NodeID]) -> MemberOrder
  ) -> ClientCommand {
    let syntax = Syntax(
      name: name, summary: summary, operands: "N...", options: [], examples: [(example, "several at once work as well")]
    )
    return ClientCommand(syntax: syntax) { arguments, context in
      guard !arguments.operands.isEmpty else {
        throw UsageError("`raftkv \(name)` takes N..., the numbers of servers, found nothing.")
      }
      var nodes: [NodeID] = []
      for word in arguments.operands { nodes.append(try node(word)) }
      return context.report(context.client.change(order(nodes)))
    }
  }

  private static func node(_ word: String) throws(UsageError) -> NodeID {
    guard let node = NodeID(text: word) else {
      throw UsageError("\"\(word)\" is no server; expected a number from 1 to \(NodeSet.maxNodes).")
    }
    return node
  }
}
