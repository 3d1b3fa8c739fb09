import Determinism
import System

/// Where the servers of a run are, and what lies between them.
final class LiveWorld {
  let servers: [LiveServer]
  /// `nil` if what they send each other cannot be disturbed.
  let links: (any Links)?
  private let networks: PacketNetwork?

  /// - Parameters:
  ///   - isParted: whether links are to be disturbed at all.
  ///   - folder: where the data folders of the servers are, from the root on.
  init(
    _ description: SystemDescription, _ nodes: [NodeID], isParted: Bool, in folder: String
  ) throws(LiveProblem) {
    let count = description.ports.count
    switch description.links {
    case .packets where isParted:
      let networks = try PacketNetwork(nodes)
      servers = nodes.map { node in
        let host = networks.host(of: node)
        let ports = (0..<count).map { SocketAddress(host: host, port: FreePorts.first + UInt16($0)) }
        return LiveServer(node, at: ports, data: "\(folder)/\(node)")
      }
      (links, self.networks) = (networks, networks)
    case .packets, .frames, .none:
      // In a network of its own this machine's address is not there before somebody brings it up.
      if PacketNetwork.isEntered { try PacketNetwork.bringUpLoopback() }
      let ports = try FreePorts.find(nodes.count * count)
      servers = nodes.enumerated().map { place, node in
        let addresses = ports[(place * count)..<((place + 1) * count)].map {
          SocketAddress(host: "127.0.0.1", port: $0)
        }
        return LiveServer(node, at: addresses, data: "\(folder)/\(node)")
      }
      networks = nil
      guard description.links == .frames else {
        links = nil
        return
      }
      links = try FrameLinks(
        nodes: servers.map {
          ($0.node, $0.addresses[RaftkvSystem.Port.peers], $0.addresses[RaftkvSystem.Port.listener])
        })
    }
  }

  /// The process in whose network a server is started, if it has one of its own.
  func network(of node: NodeID) -> Int32? { networks?.networkHolder(of: node) }

  func close() { links?.close() }
}

/// Ports at which nobody listens.
enum FreePorts {
  /// Below those that systems give to whoever asks for any.
  static let first: UInt16 = 20_000
  private static let end: UInt16 = 32_000

  /// So many, in a row if there is one.
  static func find(_ count: Int) throws(LiveProblem) -> [UInt16] {
    var ports: [UInt16] = []
    var next = UInt16.random(in: first..<end)
    for _ in first..<end where ports.count < count {
      if isFree(next) { ports.append(next) }
      next = next + 1 == end ? first : next + 1
    }
    guard ports.count == count else {
      throw LiveProblem(.system, "of the ports \(first) to \(end - 1) only \(ports.count) are free; expected \(count)")
    }
    return ports
  }

  private static func isFree(_ port: UInt16) -> Bool {
    guard let (socket, _) = try? Sockets.listen(at: SocketAddress(host: "127.0.0.1", port: port)) else { return false }
    socket.close()
    return true
  }
}
