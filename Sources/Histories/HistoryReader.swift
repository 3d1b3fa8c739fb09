/// Reads a history bit by bit, as its bytes come from a file or a pipe, without ever holding all of them.
///
///     var reader = HistoryReader()
///     while let bytes = nextBytes() { try reader.read(bytes) }
///     let history = try reader.finish()
public struct HistoryReader: Sendable {
  private var format: HistoryFormat?
  private let model: ModelName?
  /// The reader of the format, once that is known.
  private var native: NativeReader?
  private var jepsenLog: JepsenLogReader?
  private var porcupineLog: PorcupineLogReader?
  /// The beginning of a line whose end is still to come.
  private var pending: [UInt8] = []
  private var lineNumber = 0

  /// - Parameters:
  ///   - format: how the bytes are to be read; `nil` finds it out from their start.
  ///   - model: what the operations mean, when the file does not say. The file's own word counts.
  public init(format: HistoryFormat? = nil, model: ModelName? = nil) {
    self.format = format
    self.model = model
  }

  /// Reads the next bytes, which may end anywhere.
  ///
  /// - Throws: `HistoryReadingError` at the first thing that is not as it should be.
  /// - Complexity: O(bytes).
  public mutating func read(_ bytes: [UInt8]) throws(HistoryReadingError) {
    let buffer: [UInt8]
    if pending.isEmpty {
      buffer = bytes
    } else {
      pending += bytes
      buffer = pending
    }
    pending = []
    var start = 0
    while let end = buffer.offsetOfNewline(from: start) {
      try readLine(start..<end, of: buffer)
      start = end + 1
    }
    if buffer.count - start > History.lineLengthLimit { throw tooLong(buffer.count - start) }
    pending = Array(buffer[start...])
  }

  /// The history of everything read.
  ///
  /// - Throws: `HistoryReadingError` if the last line is not as it should be, or there was none.
  public mutating func finish() throws(HistoryReadingError) -> History {
    let last = pending
    pending = []
    if !last.isEmpty { try readLine(0..<last.count, of: last) }
    if format == nil {
      throw HistoryReadingError(line: 1, column: 1, expected: "a history", found: "no line that is not blank")
    }
    if let native { return native.finish() }
    if let jepsenLog { return jepsenLog.finish() }
    if let porcupineLog { return porcupineLog.finish() }
    // Nothing but blank lines, in a format that was given.
    start()
    return try finish()
  }

  private mutating func readLine(_ range: Range<Int>, of buffer: [UInt8]) throws(HistoryReadingError) {
    lineNumber += 1
    guard range.count <= History.lineLengthLimit else { throw tooLong(range.count) }
    var line = LineScanner(buffer, in: range, line: lineNumber)
    line.skipBlanks()
    if line.offset == line.end { return }
    line.offset = range.lowerBound
    if native == nil, jepsenLog == nil, porcupineLog == nil {
      if format == nil { format = try HistoryFormat(startingWith: line) }
      start()
    }
    try native?.read(line)
    try jepsenLog?.read(line)
    try porcupineLog?.read(line)
  }

  private mutating func start() {
    switch format {
    case .native: native = NativeReader(model: model)
    case .jepsenLog: jepsenLog = JepsenLogReader(model: model)
    case .porcupineLog, nil: porcupineLog = PorcupineLogReader()
    }
  }

  private func tooLong(_ count: Int) -> HistoryReadingError {
    HistoryReadingError(
      line: max(1, lineNumber), column: History.lineLengthLimit + 1,
      expected: "lines of at most \(History.lineLengthLimit) bytes", found: "one of \(count)")
  }
}

extension [UInt8] {
  /// Where the first newline stands from `start` on; `nil` if there is none.
  fileprivate func offsetOfNewline(from start: Int) -> Int? {
    withUnsafeBytes { bytes in
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
}
