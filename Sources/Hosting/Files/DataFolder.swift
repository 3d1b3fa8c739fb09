import Determinism
import Raft
import Replica
import System

/// Which server of which cluster a data folder is of.
package struct ServerIdentity: Hashable, Sendable {
  package let cluster: ClusterID
  package let server: NodeID
  /// With which voters the cluster began; none at a server that has joined it.
  package let founders: NodeSet
  /// How often it has started, this time included.
  package fileprivate(set) var starts: UInt64

  package init(_ server: NodeID, of cluster: ClusterID, founders: NodeSet) {
    (self.server, self.cluster, self.founders, starts) = (server, cluster, founders, 0)
  }
}

extension ServerIdentity {
  /// As it stands in a file.
  fileprivate var text: String {
    let founders = founders.isEmpty ? "none" : founders.map { String($0.number) }.joined(separator: ",")
    return "raftkv 1\ncluster \(cluster)\nserver \(server.number)\nfounders \(founders)\nstarts \(starts)\n"
  }

  fileprivate init?(text: String) {
    let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    guard lines.count == 5, lines.allSatisfy({ $0.count == 2 }), lines[0] == ["raftkv", "1"],
      lines.map({ $0[0] }) == ["raftkv", "cluster", "server", "founders", "starts"],
      let cluster = UInt64(lines[1][1], radix: 16), let server = NodeID(text: lines[2][1]),
      let starts = UInt64(lines[4][1])
    else { return nil }
    let names = lines[3][1] == "none" ? [] : lines[3][1].split(separator: ",").map { NodeID(text: String($0)) }
    guard !names.contains(nil), names.isEmpty || names.contains(server) else { return nil }
    self.init(server, of: ClusterID(cluster), founders: NodeSet(names.compactMap { $0 }))
    self.starts = starts
  }
}

extension NodeID {
  /// The node of a number from 1 to `NodeSet.maxNodes`, with or without the `n` before it.
  package init?(text: String) {
    guard let number = UInt8(text.hasPrefix("n") ? String(text.dropFirst()) : text),
      (1...UInt8(NodeSet.maxNodes)).contains(number)
    else { return nil }
    self.init(number)
  }
}

/// A server's folder: who it is, where the others are, and in a folder of their own the files of its replica. One process has
/// it at a time.
package struct DataFolder: Sendable {
  private static let identityName = "server"
  private static let bookName = "addresses"
  /// Is there when reading or writing has failed.
  private static let failureName = "failed"

  package let root: Folder
  /// Where the replica's files are.
  package let files: Folder
  private let lock: Descriptor

  /// Opens a folder, and makes it if it is not there. It stays locked until it is closed or this process
  /// ends.
  package init(at path: String) throws(HostProblem) {
    root = Folder(path)
    files = Folder("\(path)/files")
    let lock: Descriptor?
    do throws(SystemError) {
      try root.make()
      try files.make()
      lock = try root.lock("lock")
    } catch {
      throw HostProblem(.inputOutput, "\(error)")
    }
    guard let lock else {
      throw HostProblem(.unavailable, "\(path) is in use by another process; expected a data folder of its own")
    }
    self.lock = lock
  }

  /// Lets others have it.
  package func close() { lock.close() }

  /// Whose folder it is; `nil` if nobody has used it.
  package func identity() throws(HostProblem) -> ServerIdentity? {
    guard let bytes = try read(Self.identityName) else {
      guard try names().isEmpty else {
        throw HostProblem(
          .data, "\(root.path(of: Self.identityName)) is missing beside files of a server; expected who that is")
      }
      return nil
    }
    guard let identity = ServerIdentity(text: String(decoding: bytes, as: UTF8.self)) else {
      throw HostProblem(.data, "\(root.path(of: Self.identityName)) does not say whose folder it is")
    }
    return identity
  }

  /// Takes note that a server starts.
  package func begin(_ identity: inout ServerIdentity) throws(HostProblem) {
    identity.starts += 1
    try write(Self.identityName, identity.text)
  }

  /// The addresses that were known last.
  package func addresses() throws(HostProblem) -> AddressBook {
    guard let bytes = try read(Self.bookName) else { return AddressBook() }
    guard let book = AddressBook(text: String(decoding: bytes, as: UTF8.self)) else {
      throw HostProblem(.data, "\(root.path(of: Self.bookName)) is no list of addresses; it may be removed")
    }
    return book
  }

  package func keep(_ book: AddressBook) throws(HostProblem) { try write(Self.bookName, book.text) }

  /// Takes note that what the disk holds is no longer known.
  package func noteFailure() { try? root.replace(Self.failureName, with: []) }

  /// Reads the replica's files, and makes all that it reads durable: a process that was killed has left what only the
  /// system's memory holds, and after a failed sync not even that says anything of the disk.
  package func recover() throws(HostProblem) -> [FileImage] {
    do throws(SystemError) {
      let hasFailed = try root.read(Self.failureName) != nil
      var images: [FileImage] = []
      for name in try files.names() {
        guard let bytes = try files.read(name) else { continue }
        if hasFailed {
          try files.replace(name, with: bytes)
        } else {
          let file = try OpenFile(at: files.path(of: name), isNew: false)
          defer { file.close() }
          try file.sync()
        }
        images.append(FileImage(name: name, bytes: bytes))
      }
      try files.sync()
      try root.sync()
      if hasFailed { try root.remove(Self.failureName) }
      return images
    } catch {
      throw HostProblem(.inputOutput, "\(error)")
    }
  }

  private func names() throws(HostProblem) -> [String] {
    do throws(SystemError) { return try files.names() } catch { throw HostProblem(.inputOutput, "\(error)") }
  }

  private func read(_ name: String) throws(HostProblem) -> [UInt8]? {
    do throws(SystemError) { return try root.read(name) } catch { throw HostProblem(.inputOutput, "\(error)") }
  }

  private func write(_ name: String, _ text: String) throws(HostProblem) {
    do throws(SystemError) { try root.replace(name, with: Array(text.utf8)) } catch {
      throw HostProblem(.inputOutput, "\(error)")
    }
  }
}
