import Determinism
import Raft
import System

/// Where a server is reached.
package struct ServerAddress: Hashable, Sendable {
  /// For other servers.
  package var peer: SocketAddress
  /// For clients.
  package var http: SocketAddress

  package init(peer: SocketAddress, http: SocketAddress) { (self.peer, self.http) = (peer, http) }
}

/// Where the servers of a cluster are reached, as far as one of them knows. What each says of itself counts; of two sayings
/// the later one, which its start tells.
package struct AddressBook: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    package let node: NodeID
    package let address: ServerAddress
    /// How often that server had started when it said so; zero if somebody else said it.
    package let start: UInt64

    package init(_ node: NodeID, at address: ServerAddress, start: UInt64) {
      (self.node, self.address, self.start) = (node, address, start)
    }
  }

  /// In order of the nodes; at most one of each, and so at most `NodeSet.maxNodes`.
  package private(set) var entries: [Entry] = []

  package init() {}

  package subscript(node: NodeID) -> ServerAddress? { entries.first { $0.node == node }?.address }

  /// Takes note of an address, unless a later one is known.
  ///
  /// - Returns: whether that is news.
  @discardableResult
  package mutating func note(_ entry: Entry) -> Bool {
    guard let place = entries.firstIndex(where: { $0.node >= entry.node }) else {
      entries.append(entry)
      return true
    }
    guard entries[place].node == entry.node else {
      entries.insert(entry, at: place)
      return true
    }
    guard entry.start > entries[place].start else { return false }
    entries[place] = entry
    return true
  }
}

extension AddressBook {
  /// As it stands in a file: a line for each.
  package var text: String {
    entries.map { "\($0.node.number) \($0.start) \($0.address.peer) \($0.address.http)\n" }.joined()
  }

  /// - Returns: `nil` if that is no address book.
  package init?(text: String) {
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      guard words.count == 4, let number = UInt8(words[0]), (1...UInt8(NodeSet.maxNodes)).contains(number),
        let start = UInt64(words[1]), let peer = SocketAddress(words[2]), let http = SocketAddress(words[3])
      else { return nil }
      note(Entry(NodeID(number), at: ServerAddress(peer: peer, http: http), start: start))
    }
  }
}
