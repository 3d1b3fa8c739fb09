/// A host and a port: what a `Host` header names, and where a server listens (RFC 3986 §3.2, without user information).
package struct HostAndPort: Hashable, Sendable, CustomStringConvertible {
  /// A name or an IPv4 address in lower-case ASCII, or an IPv6 address between brackets.
  package let host: String
  /// From 1; `nil` where none is given.
  package let port: UInt16?

  /// Bytes in a host: as many as a name in the DNS may have.
  static let maxHostBytes = 255

  /// Reads `host`, `host:port`, `[v6]` or `[v6]:port`; `nil` of anything else.
  package init?(_ text: some Collection<UInt8>) {
    guard text.count <= Self.maxHostBytes + 6 else { return nil }
    let bytes = text.map(\.lowercased)
    let end: Int
    if bytes.first == UInt8(ascii: "[") {
      guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")), bracket > 1 else { return nil }
      let isAddress = bytes[1..<bracket].allSatisfy {
        $0.hexadecimalValue != nil || $0 == .colon || $0 == UInt8(ascii: ".")
      }
      guard isAddress, bytes[1..<bracket].contains(.colon) else { return nil }
      end = bracket + 1
    } else {
      end = bytes.firstIndex(of: .colon) ?? bytes.count
      let isName = bytes[..<end].allSatisfy {
        $0.isAlphabetic || $0.isDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
      }
      guard isName, end > 0 else { return nil }
    }
    guard end <= Self.maxHostBytes else { return nil }
    host = bytes[..<end].text
    let rest = bytes[end...]
    guard rest.count > 1 else {
      // RFC 3986 §3.2.3 lets a colon stand without a port.
      guard rest.isEmpty || rest.first == .colon else { return nil }
      port = nil
      return
    }
    guard rest.first == .colon, let number = rest.dropFirst().decimalNumber, let known = UInt16(exactly: number),
      known > 0
    else { return nil }
    port = known
  }

  /// The same of a text.
  package init?(_ text: String) {
    self.init(text.utf8)
  }

  /// As it was read.
  package var description: String { port.map { "\(host):\($0)" } ?? host }

  /// Whether it names this machine and can name no other one.
  package var isLoopback: Bool { Self.loopbackHosts.contains(host) }

  static let loopbackHosts = ["127.0.0.1", "[::1]", "localhost"]
}
