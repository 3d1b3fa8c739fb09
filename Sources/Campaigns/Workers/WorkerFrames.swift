import FoundationEssentials
import Runs

/// How a campaign and its workers talk: JSON, each value behind its length in four bytes, the lowest first.
enum WorkerFrame {
  /// The longest value, in bytes.
  static let maxBytes = 16 << 20

  static func encode(_ value: some Encodable) -> [UInt8] {
    let bytes = CanonicalJSON.encode(value)
    let count = UInt32(bytes.count)
    return [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: count >> $0) } + bytes
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from bytes: some Sequence<UInt8>) -> Value? {
    try? JSONDecoder().decode(type, from: Data(bytes))
  }
}

/// What has come in, until it is a whole value.
struct WorkerFrameBuffer {
  private var bytes: [UInt8] = []
  /// Whether what comes in is no value.
  private(set) var isGarbled = false

  mutating func append(_ part: some Sequence<UInt8>) { bytes += part }

  /// Takes out the next whole value; `nil` if there is none yet.
  mutating func next<Value: Decodable>(_ type: Value.Type) -> Value? {
    guard bytes.count >= 4, !isGarbled else { return nil }
    let count = (0..<4).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
    guard count <= WorkerFrame.maxBytes else {
      isGarbled = true
      return nil
    }
    guard bytes.count >= 4 + count else { return nil }
    let value = WorkerFrame.decode(type, from: bytes[4..<(4 + count)])
    bytes.removeFirst(4 + count)
    if value == nil { isGarbled = true }
    return value
  }
}
