import Determinism
import Hosting
import System
import Terminal

/// What the commands of a client share.
struct ClientContext {
  var client: StoreClient<ConnectedNetwork>
  let console: Console
  /// Whether answers are JSON objects.
  let isJSON: Bool
  /// Whether commands come from standard input, so that no value can.
  var isConsole = false
  /// The line of a pipe that is being done, from 1.
  var line: Int?

  /// What stands before a sentence on standard error.
  var place: String {
    if let line { return "\(KeyValueProgram.name): line \(line): " }
    return isConsole ? "" : "\(KeyValueProgram.name): "
  }
}

/// A command that asks a cluster: one of the command line, and one of the console.
struct ClientCommand: Sendable {
  /// Without the options that all of them share.
  let syntax: Syntax
  /// Does it. Throws `UsageError` or `HostProblem`, nothing else.
  let run: @Sendable (Arguments, inout ClientContext) throws -> ExitCode

  /// All of them, in the order of the help.
  static let all =
    KeyCommands.all + [ServerCommands.status] + MemberCommands.all + [ServerCommands.snapshot]

  /// The same as a command of the program.
  var command: Command {
    var full = syntax
    full.options += Self.sharedOptions
    let run = run
    return Command(syntax: full) { arguments, console in
      var context = try Self.context(arguments, console)
      return try run(arguments, &context)
    }
  }

  // MARK: Shared options

  static let sharedOptions = [
    Option(
      "--endpoints", "LIST", "where servers serve clients; \(standardServers.map(\.description).joined(separator: ","))"
    ),
    Option("--timeout", "TIME", "how long to try, all servers together; 10s unless given"), Syntax.json, Syntax.help,
  ]

  private static let standardServers = (0..<3 as Range<UInt16>).map {
    SocketAddress(host: "127.0.0.1", port: ServeCommand.firstHTTPPort + $0)
  }
  private static let standardTimeout = Duration.seconds(10)

  /// What the shared options say.
  static func context(_ arguments: Arguments, _ console: Console) throws(UsageError) -> ClientContext {
    let timeout = try arguments.duration("--timeout") ?? standardTimeout
    let servers = try arguments.value("--endpoints").map(servers) ?? standardServers
    return ClientContext(
      client: StoreClient(of: servers, timeout: timeout, over: ConnectedNetwork()), console: console,
      isJSON: arguments.has("--json"))
  }

  /// Reads `127.0.0.1:8001,127.0.0.1:8002`.
  private static func servers(_ list: String) throws(UsageError) -> [SocketAddress] {
    var servers: [SocketAddress] = []
    for word in list.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      guard let server = SocketAddress(word), HostAndPort(word)?.port != nil, !servers.contains(server) else {
        throw UsageError(
          "--endpoints names \"\(word)\"; expected each server once, with commas between them, as in "
            + "127.0.0.1:8001,127.0.0.1:8002.")
      }
      servers.append(server)
    }
    let most = StoreClient<ConnectedNetwork>.maxServers
    guard servers.count <= most else {
      throw UsageError("--endpoints names \(servers.count) servers; expected at most \(most).")
    }
    return servers
  }
}
