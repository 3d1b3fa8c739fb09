import Determinism

/// What a name in braces stands for in the words of a description.
enum Placeholder: Hashable {
  /// Of one server: its number, its name, the host of its first port, its data folder.
  case node, name, host, data
  /// Of one server: a port by its place, and that with the host before it.
  case port(Int), address(Int)
  /// All servers, and all but one, each as `SystemDescription.peer` says.
  case peers, others
  /// The folder of the system.
  case folder
  /// An option by its place.
  case option(Int)

  /// Where a word stands: what it may name hangs on that.
  enum Scope: Hashable {
    /// Among those that start a server, or in its environment.
    case server
    /// It is how a server stands in the list of all.
    case peer
    /// Among those that start a client, which is for all servers.
    case client
  }

  /// The names that mean something there, in the order in which they are listed for people.
  static func known(
    in scope: Scope, ports: [String], options: [String]
  ) -> [(name: String, meaning: Placeholder)] {
    var known: [(name: String, meaning: Placeholder)] = []
    if scope != .client {
      known += [("node", .node), ("name", .name), ("host", .host), ("port", .port(0)), ("address", .address(0))]
      known += ports.indices.map { ("port.\(ports[$0])", .port($0)) }
      known += ports.indices.map { ("address.\(ports[$0])", .address($0)) }
    }
    if scope == .server { known += [("peers", .peers), ("others", .others), ("data", .data)] }
    if scope != .peer { known.append(("folder", .folder)) }
    return known + options.indices.map { ("option.\(options[$0])", .option($0)) }
  }
}

/// A word with placeholders, as in `--id={name}`. Braces around anything but a name stand for themselves.
struct Template: Equatable {
  enum Part: Equatable {
    case text(String)
    /// The name between the braces.
    case placeholder(String)
  }

  let parts: [Part]

  init(_ word: String) {
    var parts: [Part] = []
    var text: [UInt8] = []
    var rest = Array(word.utf8)[...]
    while let byte = rest.first {
      let name = rest.dropFirst().prefix(while: Self.isOfName)
      let isName = byte == UInt8(ascii: "{") && name.first.map(Self.isLatin) == true
      guard isName, name.endIndex < rest.endIndex, rest[name.endIndex] == UInt8(ascii: "}") else {
        text.append(byte)
        rest = rest.dropFirst()
        continue
      }
      if !text.isEmpty { parts.append(.text(String(decoding: text, as: UTF8.self))) }
      text = []
      parts.append(.placeholder(String(decoding: name, as: UTF8.self)))
      rest = rest[(name.endIndex + 1)...]
    }
    if !text.isEmpty { parts.append(.text(String(decoding: text, as: UTF8.self))) }
    self.parts = parts
  }

  /// The names between braces, in their order.
  var names: [String] {
    parts.compactMap { if case .placeholder(let name) = $0 { name } else { nil } }
  }

  /// The word with something in the place of each name.
  func filled(_ value: (String) -> String) -> String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .placeholder(let name): value(name)
      }
    }.joined()
  }

  private static func isLatin(_ byte: UInt8) -> Bool {
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    isLatin(byte) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || ".-_".utf8.contains(byte)
  }
}
