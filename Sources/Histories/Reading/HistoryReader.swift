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
  private var jepsenLog: JepsenLogReader?
  private var porcupineLog: PorcupineLogReader?
  /// The beginning of a line whose end is still to come; before the format is known, everything.
  private var pending: [UInt8] = []
  private var lineNumber = 0
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
    if format == nil {
      pending.append(contentsOf: bytes)
      try readHead(isWhole: false)
    } else {
      if !hasStarted { start() }
      try readOn(bytes)
    }
  }

  /// The history of everything read.
  ///
  /// - Throws: `HistoryReadingError` if the last line is not as it should be, or there was none.
  public mutating func finish() throws(HistoryReadingError) -> History {
    if format == nil { try readHead(isWhole: true) }
    if format == nil {
      throw HistoryReadingError(line: 1, column: 1, expected: "a history", found: "no line that is not blank")
    }
    if !hasStarted { start() }
    let last = pending
    pending = []
    if !last.isEmpty { try readLine(last) }
    if let native { return native.finish() }
    if let jepsenLog { return jepsenLog.finish() }
    if let porcupineLog { return porcupineLog.finish() }
    return try edn?.finish() ?? HistoryBuilder().finish()
  }

  /// The memory that reading so many bytes more takes at once, besides what stays: tables that grow are there twice for a
  /// moment.
  package func growth(byBytes count: Int) -> Int {
    let builder = native?.builder ?? edn?.builder ?? jepsenLog?.builder ?? porcupineLog?.builder
    return builder?.growth(byBytes: count) ?? 0
  }

  private var hasStarted: Bool { native != nil || edn != nil || jepsenLog != nil || porcupineLog != nil }

  private mutating func start() {
    switch format {
    case .native:
      native = NativeReader(model: model, orderMember: orderMember)
      native?.reserve(forBytes: expectedBytes)
    case .edn: edn = EDNReader(model: model, orderMember: orderMember)
    case .jepsenLog: jepsenLog = JepsenLogReader(model: model)
    case .porcupineLog, nil: porcupineLog = PorcupineLogReader()
    }
  }

  /// Finds out the format once enough is there, and then reads that.
  private mutating func readHead(isWhole: Bool) throws(HistoryReadingError) {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
    guard let first = pending.firstIndex(where: { !isBlank($0) }) else {
      if pending.count > History.lineLengthLimit { throw tooLong(1) }
      return
    }
    let newline = pending[first...].firstIndex(of: 0x0A)
    guard isWhole || newline != nil || pending.count - first >= Self.headLength else { return }
    let head = pending
    let start = head[..<first].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    let line = 1 + head[..<start].count { $0 == 0x0A }
    let range = start..<(newline ?? head.count)
    format = try HistoryFormat(startingWith: LineScanner(head, in: range, line: line))
    pending = []
    self.start()
    try head.withUnsafeBufferPointer { (head) throws(HistoryReadingError) in try readOn(head) }
  }

  /// Reads bytes in a format that is known.
  private mutating func readOn(_ bytes: UnsafeBufferPointer<UInt8>) throws(HistoryReadingError) {
    if edn != nil {
      try edn?.read(bytes)
      return
    }
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
