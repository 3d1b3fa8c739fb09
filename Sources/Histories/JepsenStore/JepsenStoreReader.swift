import Determinism

/// Reads the history of Jepsen's `test.jepsen`. Its operations are read as the maps of `history.edn` that they are; the line
/// of an event is its number, from 1.
struct JepsenStoreReader: Sendable {
  /// The whole file: its index may stand at the end.
  private var bytes: [UInt8] = []
  private var file: JepsenStoreFile?
  private(set) var edn: EDNReader
  /// Blocks of the history that are still to be read, the next one last.
  private var blocks: [UInt32] = []
  private var seen = LookupTable<UInt32, Bool>()
  private var count = 0
  /// The block of events under way, and events that were read and not added yet, from the first one on.
  private var stream: FressianReader?
  private var waiting: (events: [FressianValue], next: Int, place: Int) = ([], 0, 0)
  /// How many bytes of EDN all events were so far. Values that occur in many places are stored once, so that they can be far
  /// more than the file has.
  private var ednBytes = 0

  /// So many events, or bytes of EDN, are added at once.
  private static let (partEvents, partBytes) = (1_000, 4 << 20)
  /// The bytes of EDN that a file may come to: so many, and so many more for each of its bytes.
  private static let (freeBytes, bytesForByte) = (256 << 20, 32)

  init(model: ModelName?, orderMember: [UInt8]) {
    edn = EDNReader(model: model, orderMember: orderMember)
  }

  /// How much has to be held for the moment in which so many bytes more come.
  func growth(byBytes count: Int) -> Int { bytes.count + count > bytes.capacity ? bytes.count : 0 }

  /// Reads the next bytes, which may end anywhere.
  mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes.append(contentsOf: bytes)
  }

  /// Reads a part of the history, once all bytes are there.
  ///
  /// - Returns: whether there is more.
  mutating func readPart() throws(HistoryReadingError) -> Bool {
    guard let file else {
      try open()
      return true
    }
    if try addPart() { return true }
    guard let number = blocks.popLast() else { return false }
    guard seen[number] == nil else {
      throw JepsenStoreFile.error(at: 10, expected: "each block once in the history", found: "block \(number) again")
    }
    seen[number] = true
    let (type, data) = try file.block(number)
    switch type {
    case .index, .partialMap:
      throw JepsenStoreFile.error(
        at: data.lowerBound, expected: "a block with events", found: "a block of another type")
    case .vector: try readVector(data, of: file)
    case .value:
      var reader = FressianReader(file.bytes, in: data)
      try add(reader.readValue(), at: data.lowerBound)
    case .stream: stream = FressianReader(file.bytes, in: data)
    }
    return true
  }

  /// Adds some of the events that are there.
  ///
  /// - Returns: whether there were any.
  private mutating func addPart() throws(HistoryReadingError) -> Bool {
    let (firstCount, firstBytes) = (count, ednBytes)
    func isEnough() -> Bool { count - firstCount >= Self.partEvents || ednBytes - firstBytes >= Self.partBytes }
    while waiting.next < waiting.events.count, !isEnough() {
      waiting.next += 1
      try addEvent(waiting.events[waiting.next - 1], at: waiting.place)
    }
    if waiting.next == waiting.events.count { waiting = ([], 0, 0) }
    while var reader = stream, !isEnough() {
      stream = nil
      guard !reader.isAtEnd else { break }
      let place = reader.offset
      let event = try reader.readValue()
      stream = reader
      try addEvent(event, at: place)
    }
    return count > firstCount
  }

  /// The history.
  mutating func finish() throws(HistoryReadingError) -> History {
    while try readPart() {}
    return try edn.finish()
  }

  /// Finds the history in the test.
  private mutating func open() throws(HistoryReadingError) {
    let file = try JepsenStoreFile(bytes)
    bytes = []
    self.file = file
    var (next, parts) = (file.root, LookupTable<UInt32, Bool>())
    // A map may be a chain of parts, each in a block.
    while next != 0, parts[next] == nil {
      parts[next] = true
      var (type, data) = try file.block(next)
      next = 0
      guard type == .value || type == .partialMap && data.count >= 4 else {
        throw JepsenStoreFile.error(at: data.lowerBound, expected: "a block with the test", found: "another block")
      }
      if type == .partialMap {
        next = UInt32(file.number(at: data.lowerBound, bytes: 4))
        data = data.lowerBound + 4..<data.upperBound
      }
      var reader = FressianReader(file.bytes, in: data)
      guard let history = try reader.readValue()[keyword: "history"] else { continue }
      if let block = history.block { blocks = [block] } else { try add(history, at: data.lowerBound) }
      return
    }
    throw JepsenStoreFile.error(at: 10, expected: "a test with a :history", found: "a test without one")
  }

  /// Reads a vector: how many events it has, and of each block the number of its first event and its own.
  private mutating func readVector(_ data: Range<Int>, of file: JepsenStoreFile) throws(HistoryReadingError) {
    guard data.count >= 8, (data.count - 8).isMultiple(of: 12) else {
      throw JepsenStoreFile.error(at: data.lowerBound, expected: "the blocks of a vector", found: "something else")
    }
    for place in stride(from: data.upperBound - 12, to: data.lowerBound, by: -12) {
      blocks.append(UInt32(file.number(at: place + 8, bytes: 4)))
    }
  }

  /// Adds the events of a list.
  private mutating func add(_ value: FressianValue, at place: Int) throws(HistoryReadingError) {
    switch value {
    case .null: break
    case .list(let events): waiting = (events, 0, place)
    default: throw JepsenStoreFile.error(at: place, expected: "a list of events", found: "another value")
    }
  }

  private mutating func addEvent(_ value: FressianValue, at place: Int) throws(HistoryReadingError) {
    guard case .map = value.unpacked else {
      throw JepsenStoreFile.error(at: place, expected: "an event: a map", found: "another value")
    }
    count += 1
    var text = TextOutput(capacity: 256)
    guard value.unpacked.writeEDN(to: &text, limit: History.lineLengthLimit) else {
      throw JepsenStoreFile.error(
        at: place, expected: "events of at most \(History.lineLengthLimit) bytes as EDN", found: "a longer one")
    }
    ednBytes += text.bytes.count
    let limit = Self.freeBytes + Self.bytesForByte * (file?.bytes.count ?? 0)
    guard ednBytes <= limit else {
      throw JepsenStoreFile.error(
        at: place, expected: "events of at most \(limit) bytes as EDN together", found: "more")
    }
    try edn.readMap(LineScanner(text.bytes, in: 0..<text.bytes.count, line: count, isEDN: true))
  }
}
