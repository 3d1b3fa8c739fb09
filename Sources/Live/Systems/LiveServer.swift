import Determinism
import System

/// One server of a run: who it is, and where it and its files are.
package struct LiveServer: Sendable {
  package let node: NodeID
  /// The address of each of its ports, in the order of `SystemDescription.ports`.
  package let addresses: [SocketAddress]
  /// Its data folder, which is made before its first start; an absolute path.
  package let data: String

  package init(_ node: NodeID, at addresses: [SocketAddress], data: String) {
    (self.node, self.addresses, self.data) = (node, addresses, data)
  }

  /// Where clients find it.
  package var address: SocketAddress { addresses[0] }
}
