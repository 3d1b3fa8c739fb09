/// The bytes that have come and are not read yet, and the lines among them.
///
/// `start <= scanned <= bytes.count`; there is no line feed from `start` up to `scanned`.
struct HTTPInput: Sendable {
  private var bytes: [UInt8] = []
  /// The first byte that is not read yet.
  private var start = 0
  /// Where the search for the end of a line goes on: no byte is looked at twice, however they trickle in.
  private var scanned = 0

  /// A line without its end.
  struct Line {
    var content: ArraySlice<UInt8>
    /// Whether it ended in CR LF; otherwise in a bare LF.
    var hasCarriageReturn: Bool
  }

  /// How many bytes are not read yet.
  var count: Int { bytes.count - start }

  /// Adds bytes that have come.
  ///
  /// - Complexity: O(n) in these, amortised: no more bytes are moved than were read before.
  mutating func add(_ more: some Collection<UInt8>) {
    if start == bytes.count {
      removeAll()
    } else if start >= HTTPLimits.keptBufferBytes, start >= bytes.count / 2 {
      bytes.removeSubrange(..<start)
      (start, scanned) = (0, scanned - start)
    }
    bytes.append(contentsOf: more)
  }

  /// Drops what is not read yet.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: bytes.capacity <= HTTPLimits.keptBufferBytes)
    (start, scanned) = (0, 0)
  }

  /// Takes a line; `nil` until all of it has come.
  ///
  /// - Parameters:
  ///   - limit: the most bytes that it may have, without its end.
  ///   - refusal: what a longer one is answered.
  mutating func line(limit: Int, orElse refusal: @autoclosure () -> HTTPRefusal) throws(HTTPRefusal) -> Line? {
    guard let end = bytes[scanned...].firstIndex(of: .lineFeed) else {
      scanned = bytes.count
      // The last byte may be the CR of its end.
      guard count <= limit + 1 else { throw refusal() }
      return nil
    }
    let hasCarriageReturn = end > start && bytes[end - 1] == .carriageReturn
    let content = bytes[start..<(hasCarriageReturn ? end - 1 : end)]
    guard content.count <= limit else { throw refusal() }
    (start, scanned) = (end + 1, end + 1)
    return Line(content: content, hasCarriageReturn: hasCarriageReturn)
  }

  /// Takes as many bytes; there are as many.
  mutating func take(_ count: Int) -> [UInt8] {
    let taken = Array(bytes[start..<start + count])
    skip(count)
    return taken
  }

  /// Moves as many bytes, or as many as there are, to the end of a body.
  ///
  /// - Returns: how many.
  mutating func move(upTo count: Int, to body: inout [UInt8]) -> Int {
    let moved = min(count, self.count)
    body.append(contentsOf: bytes[start..<start + moved])
    skip(moved)
    return moved
  }

  private mutating func skip(_ count: Int) {
    start += count
    scanned = start
    // A body of the largest size must not stay in memory while its answer is waited for.
    if start == bytes.count { removeAll() }
  }
}
