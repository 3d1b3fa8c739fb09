import Determinism
import Raft
import Replica
import System

extension Host {
  /// Brings a server up from its folder, as far as that it can serve.
  ///
  /// - Parameters:
  ///   - waker: wakes its thread, as for a signal.
  ///   - log: is handed lines for whoever runs the server.
  package static func start(
    _ settings: HostSettings, wokenBy waker: Waker, log: @escaping (String) -> Void
  ) throws(HostProblem) -> Host {
    let folder = try DataFolder(at: settings.data)
    do throws(HostProblem) {
      return try start(settings, folder, wokenBy: waker, log: log)
    } catch {
      folder.close()
      throw error
    }
  }

  private static func start(
    _ settings: HostSettings, _ folder: DataFolder, wokenBy waker: Waker, log: @escaping (String) -> Void
  ) throws(HostProblem) -> Host {
    var (settings, book) = (settings, try folder.addresses())
    var identity = try identity(settings, folder, &book)
    try folder.begin(&identity)
    let replica = try recover(settings, identity, folder)
    let (peerSocket, httpSocket) = try listen(&settings.address)
    book.note(AddressBook.Entry(settings.id, at: settings.publicAddress, start: identity.starts))
    let peers = PeerNetwork(
      identity.cluster, id: settings.id, start: identity.starts, process: .random(in: .min ... .max),
      listeningAt: peerSocket, book: book)
    do throws(SystemError) {
      let host = try Host(
        settings, identity, folder, replica: replica, peers: peers, http: HTTPServer(listeningAt: httpSocket),
        waker: waker, log: log)
      host.keepAddresses()
      host.start()
      return host
    } catch {
      throw HostProblem(.inputOutput, "\(error)")
    }
  }

  /// Listens at both addresses, and takes note of the ports if the system chose them.
  private static func listen(
    _ address: inout ServerAddress
  ) throws(HostProblem) -> (peers: Descriptor, clients: Descriptor) {
    do throws(SystemError) {
      let peers: Descriptor
      (peers, address.peer) = try Sockets.listen(at: address.peer)
      do throws(SystemError) {
        let clients: Descriptor
        (clients, address.http) = try Sockets.listen(at: address.http)
        return (peers, clients)
      } catch {
        peers.close()
        throw error
      }
    } catch {
      throw HostProblem(.unavailable, "\(error)")
    }
  }

  /// Who the folder says it is of, or who it is of from now on.
  private static func identity(
    _ settings: HostSettings, _ folder: DataFolder, _ book: inout AddressBook
  ) throws(HostProblem) -> ServerIdentity {
    for entry in settings.peers { book.note(entry) }
    if let identity = try folder.identity() {
      guard identity.server == settings.id else {
        throw HostProblem(
          .data, "\(settings.data) is the folder of \(identity.server); expected that of \(settings.id)")
      }
      return identity
    }
    switch settings.origin {
    case .founds:
      return ServerIdentity(
        settings.id, of: ClusterID(foundedBy: settings.peers), founders: NodeSet(settings.peers.map(\.node)))
    case .joins(let contact):
      let members = try ClusterContact(at: contact).members()
      if members.book[settings.id].map({ $0 != settings.publicAddress }) ?? false {
        throw HostProblem(
          .usage, "\(settings.id) is the name of a server of that cluster; expected one that no other server has had")
      }
      for entry in members.book.entries { book.note(entry) }
      return ServerIdentity(settings.id, of: members.cluster, founders: NodeSet())
    case .known:
      throw HostProblem(
        .usage,
        "\(settings.data) holds no server yet; expected --bootstrap for a new cluster, or --join ADDRESS for another one"
      )
    }
  }

  private static func recover(
    _ settings: HostSettings, _ identity: ServerIdentity, _ folder: DataFolder
  ) throws(HostProblem) -> Replica {
    let images = try folder.recover()
    do throws(StorageDamage) {
      return try Replica(
        recovering: images, freeBytes: folder.files.freeBytes,
        configuration: settings.configuration(founders: identity.founders), of: identity.cluster,
        snapshots: settings.snapshots, rules: settings.rules)
    } catch {
      throw HostProblem(.data, "\(folder.files.path)/\(error)")
    }
  }
}

extension ClusterID {
  /// The same for all that found a cluster, for they are told the same.
  init(foundedBy founders: [AddressBook.Entry]) {
    var digest = StableDigest(start: UInt64(founders.count))
    for entry in founders.sorted(by: { $0.node < $1.node }) {
      digest.combine(UInt64(entry.node.number))
      digest.combine("\(entry.address.peer)")
    }
    self.init(digest.value)
  }
}
