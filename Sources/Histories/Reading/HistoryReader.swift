/// Reads a history bit by bit, as its bytes come from a file or a pipe, without ever holding all of them.
///
///     var reader = HistoryReader()
///     while let bytes = nextBytes() { try reader.read(bytes) }
///     let history = try reader.finish()
public struct HistoryReader: Sendable {
  private var format: HistoryFormat?
  private let model: ModelName?
  private let orderMember: [UInt8]
  /// The reader of the format, once that is known.
  private var native: NativeReader?
  private var edn: EDNReader?
  private var jepsenText: JepsenTextReader?
  private var jepsenLog: JepsenConsoleReader?
  private var jepsenStore: JepsenStoreReader?
  private var json: JSONArrayReader?
  private var etcdOperations: EtcdOperationsReader?
  private var porcupineLog: PorcupineLogReader?
  /// The beginning of a line whose end is still to come; before the format is known, everything.
  private var pending: [UInt8] = []
  private var lineNumber = 0
  private var hasLookedForMark = false
  /// Whether the format is known and its reader at work.
  private var hasStarted = false
  /// How many bytes there will be, as far as that is known.
  package var expectedBytes = 0
  /// Whether plain lines of the native format take the short way. The long one gives the same history.
  package var takesShortWay: Bool

  /// So much of a file tells its format, even if it is all one line.
  private static let headLength = 4_096

  /// - Parameters:
  ///   - format: how the bytes are to be read; `nil` finds it out from their start.
  ///   - model: what the operations mean, when the file does not say. The file's own word counts.
  ///   - orderMember: the member, or keyword, that says where an operation stands in an order which should explain the
  ///     history, as a revision does; `nil` for `order`. An integer from 0 on counts, in quotes or not, and nothing else.
  public init(format: HistoryFormat? = nil, model: ModelName? = nil, orderMember: String? = nil) {
    self.format = format
    self.model = model
    self.orderMember = Array((orderMember ?? GivenOrder.member).utf8)
    // It knows only one name.
    takesShortWay = (orderMember ?? GivenOrder.member) == GivenOrder.member
  }

  /// Reads the next bytes, which may end anywhere.
  ///
  /// - Throws: `HistoryReadingError` at the first thing that is not as it should be.
  /// - Complexity: O(bytes).
  public mutating func read(_ bytes: [UInt8]) throws(HistoryReadingError) {
    try bytes.withUnsafeBufferPointer { (bytes) throws(HistoryReadingError) in try read(bytes) }
  }

  /// Reads the next bytes, which may end anywhere.
  package mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(HistoryReadingError) {
    if hasStarted {
      try readOn(bytes)
    } else {
      pending.append(contentsOf: bytes)
      try readHead(isWhole: false)
    }
  }

  /// The history of everything read.
  ///
  /// - Throws: `HistoryReadingError` if the last line is not as it should be, or there was none.
  public mutating func finish() throws(HistoryReadingError) -> History {
    try readRest()
    while try readPart() {}
    if let native { return native.finish() }
    if let porcupineLog { return porcupineLog.finish() }
    if let json { return try json.finish() }
    if let etcdOperations { return try etcdOperations.finish() }
    if let history = try jepsenText?.finish() { return history }
    if let history = try jepsenLog?.finish() { return history }
    if let history = try jepsenStore?.finish() { return history }
    return try edn?.finish() ?? HistoryBuilder().finish()
  }

  /// Reads what is left once all bytes are there. Goes on with `readPart`, and `finish` does both if nobody else did.
  package mutating func readRest() throws(HistoryReadingError) {
    if !hasStarted { try readHead(isWhole: true) }
    if !hasStarted {
      throw HistoryReadingError(line: 1, column: 1, expected: "a history", found: "no line that is not blank")
    }
    let last = pending
    pending = []
    if !last.isEmpty { try readLine(last) }
  }

  /// Reads a part of a format that can only be read as a whole, behind `readRest`.
  ///
  /// - Returns: whether there is more.
  package mutating func readPart() throws(HistoryReadingError) -> Bool { try jepsenStore?.readPart() ?? false }

  /// The memory that reading so many bytes more takes at once, besides what stays: tables that grow are there twice for a
  /// moment.
  package func growth(byBytes count: Int) -> Int {
    if let jepsenStore { return jepsenStore.growth(byBytes: count) }
    let lines = native?.builder ?? jepsenText?.edn.builder ?? jepsenLog?.builder ?? porcupineLog?.builder
    return (lines ?? edn?.builder ?? json?.events.builder)?.growth(byBytes: count) ?? 0
  }

  private mutating func start() {
    hasStarted = true
    switch format {
    case .native:
      native = NativeReader(model: model, orderMember: orderMember)
      native?.reserve(forBytes: expectedBytes)
    case .edn: edn = EDNReader(model: model, orderMember: orderMember)
    case .jepsenText: jepsenText = JepsenTextReader(model: model)
    case .jepsenLog: jepsenLog = JepsenConsoleReader(model: model)
    case .jepsenStore: jepsenStore = JepsenStoreReader(model: model, orderMember: orderMember)
    case .json: json = JSONArrayReader(model: model, orderMember: orderMember)
    case .etcdOperations: etcdOperations = EtcdOperationsReader()
    case .porcupineLog, nil: porcupineLog = PorcupineLogReader()
    }
  }

  /// Finds out the format once enough is there, and then reads that.
  private mutating func readHead(isWhole: Bool) throws(HistoryReadingError) {
    try skipByteOrderMark()
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
    let first = pending.firstIndex { !isBlank($0) } ?? pending.count
    if first == pending.count, !(isWhole && format != nil) {
      if pending.count > History.lineLengthLimit { throw tooLong(1) }
      return
    }
    guard isWhole || pending.count - first >= Self.headLength else { return }
    let head = pending
    if format == nil { format = try Self.format(of: head, startingAt: first) }
    pending = []
    self.start()
    try head.withUnsafeBufferPointer { (head) throws(HistoryReadingError) in try readOn(head) }
  }

  /// What a file holds whose first byte that is no blank stands at `first`.
  static func format(of head: [UInt8], startingAt first: Int) throws(HistoryReadingError) -> HistoryFormat {
    if head.starts(with: JepsenStoreFile.magic) { return .jepsenStore }
    let start = head[..<first].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let line = 1 + head[..<start].count { $0 == 0x0A }
    // No more than that, however much is there: where a file was cut must not tell what it is.
    let end = min(head.count, first + headLength)
    let newline = head[first..<end].firstIndex(of: 0x0A) ?? end
    let all = LineScanner(head, in: start..<end, line: line, spansLines: true)
    let format = try HistoryFormat(startingWith: LineScanner(head, in: start..<newline, line: line), in: all)
    if let name = ForeignObject.name(in: all, format) {
      throw LineScanner(head, in: start..<end, line: line).error(
        at: first, expected: "a history", found: "what seems to be \(name)")
    }
    return format
  }

  /// Files from Windows may begin with three bytes that say that they are UTF-8.
  private mutating func skipByteOrderMark() throws(HistoryReadingError) {
    guard !hasLookedForMark, pending.count > 2 || !pending.isEmpty && pending[0] != 0xEF else { return }
    if pending.starts(with: [0xEF, 0xBB, 0xBF]) { pending.removeFirst(3) }
    if pending.starts(with: [0xFF, 0xFE]) || pending.starts(with: [0xFE, 0xFF]) {
      throw HistoryReadingError(
        line: 1, column: 1, expected: "UTF-8 text, as `iconv -f UTF-16 -t UTF-8` makes it",
        found: "the byte order mark of UTF-16")
    }
    hasLookedForMark = pending.count > 1
  }

  /// Reads bytes in a format that is known.
  private mutating func readOn(_ bytes: UnsafeBufferPointer<UInt8>) throws(HistoryReadingError) {
    if try readStream(bytes) { return }
    var start = 0
    if !pending.isEmpty {
      guard let newline = bytes.offsetOfNewline(from: 0) else { return try keep(bytes[...]) }
      var line = pending
      pending = []
      line.append(contentsOf: bytes[..<newline])
      try readLine(line)
      start = newline + 1
    }
    while true {
      if takesShortWay, native != nil {
        native?.readPlainLines(of: bytes, from: &start, after: &lineNumber)
      }
      guard let newline = bytes.offsetOfNewline(from: start) else { break }
      try readLine(Array(bytes[start..<newline]))
      start = newline + 1
    }
    try keep(bytes[start...])
  }

  /// Reads bytes of a format that does not go by lines.
  ///
  /// - Returns: whether it is such a format.
  private mutating func readStream(_ bytes: UnsafeBufferPointer<UInt8>) throws(HistoryReadingError) -> Bool {
    switch format {
    case .edn: try edn?.read(bytes)
    case .json: try json?.read(bytes)
    case .etcdOperations: try etcdOperations?.read(bytes)
    case .jepsenStore: jepsenStore?.read(bytes)
    case .native, .jepsenText, .jepsenLog, .porcupineLog, nil: return false
    }
    return true
  }

  /// Keeps the beginning of a line for when its end comes.
  private mutating func keep(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) throws(HistoryReadingError) {
    pending.append(contentsOf: bytes)
    if pending.count > History.lineLengthLimit { throw tooLong(lineNumber + 1) }
  }

  private mutating func readLine(_ bytes: [UInt8]) throws(HistoryReadingError) {
    lineNumber += 1
    guard bytes.count <= History.lineLengthLimit else { throw tooLong(lineNumber) }
    var line = LineScanner(bytes, in: 0..<bytes.count, line: lineNumber)
    line.skipBlanks()
    if line.offset == line.end { return }
    line.offset = 0
    try native?.read(line)
    try jepsenText?.read(line)
    try jepsenLog?.read(line)
    try porcupineLog?.read(line)
  }

  private func tooLong(_ line: Int) -> HistoryReadingError {
    HistoryReadingError(
      line: line, column: History.lineLengthLimit + 1,
      expected: "lines of at most \(History.lineLengthLimit) bytes", found: "a longer one")
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// Where the first newline stands from `start` on; `nil` if there is none.
  fileprivate func offsetOfNewline(from start: Int) -> Int? {
    let bytes = UnsafeRawBufferPointer(self)
    var offset = start
    while offset + 8 <= bytes.count {
      // A byte of `difference` is 0 where a newline is; subtracting one borrows into its uppermost bit (Mycroft 1987).
      let difference = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ 0x0A0A_0A0A_0A0A_0A0A
      let isZero = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
      if isZero != 0 { return offset + UInt64(littleEndian: isZero).trailingZeroBitCount / 8 }
      offset += 8
    }
    while offset < bytes.count {
      if bytes[offset] == 0x0A { return offset }
      offset += 1
    }
    return nil
  }
}
