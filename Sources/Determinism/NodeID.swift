/// The name of one server of the cluster: `n1`, `n2`, …
@frozen
public struct NodeID: Hashable, Comparable, Sendable {
  /// The number in the name; the first node is 1.
  public let number: UInt8

  /// - Parameter number: 1 or more.
  @inlinable
  public init(_ number: UInt8) {
    precondition(number >= 1, "a node's number starts at 1, got \(number)")
    self.number = number
  }

  /// The node of this name, if it is one.
  public init?(named name: some StringProtocol) {
    guard name.first == "n", let number = UInt8(name.dropFirst()), number >= 1 else { return nil }
    self.number = number
  }

  /// The place of this node in an array that holds one element for each node, in order.
  @inlinable public var offset: Int { Int(number) - 1 }

  /// The nodes `n1` to `n<count>`.
  public static func first(_ count: Int) -> [NodeID] {
    (0..<count).map { NodeID(UInt8($0 + 1)) }
  }

  /// Whether one comes before the other.
  @inlinable
  public static func < (one: NodeID, other: NodeID) -> Bool { one.number < other.number }
}

extension NodeID: CustomStringConvertible {
  /// The name.
  public var description: String { "n\(number)" }
}

/// Coded as its name.
extension NodeID: Codable {
  /// Reads a name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let node = NodeID(named: name) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected a node's name such as \"n1\", found \"\(name)\"")
    }
    self = node
  }

  /// Writes the name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
