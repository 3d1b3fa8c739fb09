import Determinism
import Hosting
import KnownBugs
import Raft
import Replica
import System
import Terminal

/// `raftkv serve`: one server of a cluster.
enum ServeCommand {
  static let command = Command(
    syntax: Syntax(
      name: "serve", summary: "run a server of a cluster",
      options: [
        Option("--id", "N", "this server's number, 1 to \(NodeSet.maxNodes)"),
        Option("--data", "DIR", "its folder; it is made if it is not there"),
        Option("--peers", "LIST", "all that found the cluster: 1,2,3 or 1=HOST:PORT,2=HOST:PORT"),
        Option("--listen", "ADDRESS", "for other servers; 127.0.0.1:\(firstPeerPort) and up unless given"),
        Option("--advertise", "ADDRESS", "where other servers reach this one, if that is not --listen"),
        Option("--http", "ADDRESS", "for clients; 127.0.0.1:\(firstHTTPPort) and up unless given"),
        Option("--bootstrap", nil, "found a cluster, if the folder is new"),
        Option("--join", "ADDRESS", "join the cluster of which a server serves clients there, if the folder is new"),
        Option("--learner", nil, "with --join: take the log and do not vote, until somebody promotes it"),
        Option("--election", "TIME", "the least election timeout, 500ms unless given; the longest is twice that"),
        Option("--heartbeat", "TIME", "how often a leader is heard, 100ms unless given"),
        Option(
          "--reads", "MODE", "\(ReadMode.allCases.map(\.rawValue).joined(separator: ", ")); read-index unless given"),
        Option("--snapshot-entries", "N", "a snapshot after so many entries, 100,000 unless given"),
        Option("--allow-remote", nil, "listen where other machines can connect: nobody is asked who he is"),
        Option("--allow-fault-injection", nil, "let clocks and disk be disturbed through a socket in the folder"),
        Option("--bug", "NAME", "with --allow-fault-injection: switch on a known bug"),
        Syntax.help,
      ],
      examples: [
        (
          "raftkv serve --id 1 --data data/1 --peers 1,2,3 --bootstrap",
          "one of three; the others have the numbers 2 and 3"
        ),
        ("raftkv serve --id 4 --data data/4 --join 127.0.0.1:8001", "one more"),
        ("raftkv serve --id 1 --data data/1", "again, later"),
      ],
      note: """
        Server N listens on port \(firstPeerPort - 1) + N for other servers and on \(firstHTTPPort - 1) + N for clients unless
        told otherwise. SIGTERM and Ctrl-C stop it in order: a leader hands its leadership on. After an error of the disk it
        ends with 74; started again it makes durable what it finds. What is acknowledged survives SIGKILL at any moment.
        """),
    run: run)

  static let firstPeerPort: UInt16 = 7_001
  static let firstHTTPPort: UInt16 = 8_001
  private static let longestTime = Duration.seconds(60)

  private static func run(_ arguments: Arguments, on console: Console) throws -> ExitCode {
    var settings = try settings(arguments)
    settings.allowsFaults = arguments.has("--allow-fault-injection")
    Signals.block()
    OpenFileLimit.raise()
    let waker: Waker
    do throws(SystemError) { waker = try Waker() } catch { throw HostProblem(.inputOutput, "\(error)") }
    Signals.watch(waker)
    let host = try Host.start(settings, wokenBy: waker) { console.complain($0) }
    console.complain(
      "\(settings.id) of cluster \(host.identity.cluster) serves clients on http://\(host.settings.address.http) and servers on "
        + "\(host.settings.placeForServers); its files are in \(settings.data)")
    // Whoever has a log was taken in before.
    if case .joins(let contact) = settings.origin, host.replica.status.lastIndex == .zero {
      join(host, by: contact, asLearner: arguments.has("--learner"), on: console)
    }
    if let problem = host.run(until: { Signals.areRequested }) { throw problem }
    return .done
  }

  /// Asks for this server to be made a voter, or a learner, until it is one.
  private static func join(_ host: Host, by contact: SocketAddress, asLearner: Bool, on console: Console) {
    let (id, address) = (host.settings.id, host.settings.publicAddress)
    _ = WorkerThread {
      var isAsking = true
      while isAsking, !Signals.areRequested {
        switch try? ClusterContact(at: contact).add(id, at: address, asLearner: asLearner) {
        case true?:
          console.complain("\(id) is a \(asLearner ? "learner" : "voter")")
          isAsking = false
        case false?:
          console.complain("\(id) is refused by \(contact); it goes on as a learner, or as nobody")
          isAsking = false
        case nil: Pause.sleep(.milliseconds(500))
        }
      }
    }
  }

  // MARK: Settings

  /// What the words of a command line come to.
  static func settings(_ arguments: Arguments) throws(UsageError) -> HostSettings {
    guard let number = try arguments.number("--id", in: 1...NodeSet.maxNodes) else {
      throw UsageError("`raftkv serve` needs --id N, the number of this server.")
    }
    guard let data = arguments.value("--data") else {
      throw UsageError("`raftkv serve` needs --data DIR, the folder of this server.")
    }
    let id = NodeID(UInt8(number))
    let (address, advertised) = (try listeningAddress(of: id, arguments), try advertisedAddress(arguments))
    let own = ServerAddress(peer: advertised ?? address.peer, http: address.http)
    let peers = try founders(arguments.value("--peers") ?? "", id, own)
    var settings = HostSettings(id, try origin(arguments), peers, at: address, data: data)
    settings.advertised = advertised
    try setTimes(of: &settings, arguments)
    if let reads = try arguments.choice("--reads", ReadMode.self) { settings.reads = reads }
    if let entries = try arguments.number("--snapshot-entries", in: 1...10_000_000) {
      settings.snapshots = SnapshotThresholds(entries: entries)
    }
    if let name = arguments.value("--bug") {
      guard arguments.has("--allow-fault-injection") else {
        throw UsageError("--bug makes the store lose data; expected --allow-fault-injection beside it.")
      }
      guard let bug = KnownBug.catalogue.first(where: { $0.name == name }) else {
        let hint = Suggestion.clause(for: name, among: KnownBug.catalogue.map(\.name))
        throw UsageError("--bug is \"\(name)\"; expected one that `raftcheck bugs list` names.\(hint)")
      }
      settings.rules = bug.rules
    }
    return settings
  }

  private static func listeningAddress(of id: NodeID, _ arguments: Arguments) throws(UsageError) -> ServerAddress {
    var address = standardAddress(of: id)
    if let given = try arguments.address("--listen") { address.peer = given }
    if let given = try arguments.address("--http") { address.http = given }
    // Whoever advertises another address may listen on all networks.
    for place in arguments.has("--advertise") ? [address.http] : [address.peer, address.http] where place.isWildcard {
      throw UsageError("\(place) is no address at which others find this server; expected that of one of its networks.")
    }
    for place in [address.peer, address.http] where !place.isLoopback && !arguments.has("--allow-remote") {
      throw UsageError("\(place) can be reached from other machines; expected --allow-remote beside it, or 127.0.0.1.")
    }
    return address
  }

  /// Where others reach this server is no place that it opens: that takes no permission.
  private static func advertisedAddress(_ arguments: Arguments) throws(UsageError) -> SocketAddress? {
    guard let address = try arguments.address("--advertise") else { return nil }
    guard !address.isWildcard, address.port > 0 else {
      throw UsageError("--advertise is \(address); expected an address to which the other servers can connect.")
    }
    return address
  }

  private static func setTimes(of settings: inout HostSettings, _ arguments: Arguments) throws(UsageError) {
    if let least = try arguments.duration("--election") {
      guard least <= longestTime else { throw UsageError("--election is longer than a minute; expected less.") }
      settings.electionTimeout = least...(least * 2)
      settings.heartbeatInterval = min(settings.heartbeatInterval, least / 5)
    }
    if let heartbeat = try arguments.duration("--heartbeat") { settings.heartbeatInterval = heartbeat }
    guard settings.heartbeatInterval * 2 <= settings.electionTimeout.lowerBound else {
      throw UsageError(
        "--heartbeat is \(settings.heartbeatInterval) and --election \(settings.electionTimeout.lowerBound); expected an "
          + "election timeout of at least twice the heartbeat.")
    }
  }

  /// Where a server listens unless told otherwise.
  static func standardAddress(of id: NodeID) -> ServerAddress {
    let offset = UInt16(id.offset)
    return ServerAddress(
      peer: SocketAddress(host: "127.0.0.1", port: firstPeerPort + offset),
      http: SocketAddress(host: "127.0.0.1", port: firstHTTPPort + offset))
  }

  private static func origin(_ arguments: Arguments) throws(UsageError) -> HostSettings.Origin {
    guard let contact = try arguments.address("--join") else {
      if arguments.has("--learner") { throw UsageError("--learner says how to join; expected --join beside it.") }
      return arguments.has("--bootstrap") ? .founds : .known
    }
    if arguments.has("--bootstrap") { throw UsageError("give --bootstrap or --join, not both.") }
    return .joins(contact)
  }

  /// Reads `1,2,3`, or `1=HOST:PORT,2=HOST:PORT`. Where clients are served follows from the number, until a server says
  /// otherwise itself.
  private static func founders(
    _ list: String, _ id: NodeID, _ own: ServerAddress
  ) throws(UsageError) -> [AddressBook.Entry] {
    var entries: [AddressBook.Entry] = []
    for word in list.split(separator: ",") {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard let node = NodeID(text: parts[0]), !entries.contains(where: { $0.node == node }) else {
        throw UsageError(
          "--peers names \"\(word)\"; expected each number once, as in 1,2,3 or 1=HOST:PORT,2=HOST:PORT.")
      }
      var address = standardAddress(of: node)
      if parts.count > 1 {
        guard let peer = SocketAddress(parts[1]) else {
          throw UsageError("--peers names \"\(word)\"; expected HOST:PORT behind the =.")
        }
        address.peer = peer
        // All founders must be told the same of this one, or they would found different clusters.
        if node == id, peer != own.peer {
          throw UsageError(
            "--peers says that \(id) is at \(peer), and it is at \(own.peer); expected --advertise \(peer) beside it.")
        }
      }
      if node == id { address = own }
      entries.append(AddressBook.Entry(node, at: address, start: 0))
    }
    if entries.isEmpty { entries = [AddressBook.Entry(id, at: own, start: 0)] }
    guard entries.contains(where: { $0.node == id }) else {
      throw UsageError("--peers does not name \(id.number), this server; expected all that found the cluster.")
    }
    return entries
  }
}

extension HostSettings {
  /// Where it listens for other servers, and where these reach it.
  fileprivate var placeForServers: String {
    advertised.map { "\(address.peer), which others reach at \($0)" } ?? "\(address.peer)"
  }
}

extension Arguments {
  /// A host and a port.
  func address(_ name: String) throws(UsageError) -> SocketAddress? {
    guard let text = value(name) else { return nil }
    guard let address = SocketAddress(text) else {
      throw UsageError("\(name) is \"\(text)\"; expected HOST:PORT, as in 127.0.0.1:8001 or [::1]:8001.")
    }
    return address
  }
}
