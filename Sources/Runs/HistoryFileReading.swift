import Histories
import Judging
import System

/// Reads the history of one file, or of several on one clock, compressed or not, within limits.
struct HistoryFileReading {
  private let name: String
  private let limits: JudgingLimits
  private let watch = Stopwatch()
  private var reader: HistoryReader
  /// How many bytes of history there were, and line breaks in them.
  private var bytes = 0
  private var lines = 0
  private var lastByte: UInt8 = 0x0A
  /// The files so far, if there are several.
  private(set) var parts: [(path: String, firstLine: Int)] = []
  private var isFirst = true

  /// - Parameters:
  ///   - name: what people call it.
  ///   - format: how it is to be read, where the options do not say.
  ///   - model: what the operations mean, where the file does not say.
  init(_ name: String, _ options: CheckOptions, format: HistoryFormat?, model: ModelName?) {
    self.name = name
    limits = options.limits
    reader = HistoryReader(format: options.format ?? format, model: model, orderMember: options.orderMember)
  }

  /// Reads the next file.
  ///
  /// - Parameter isPart: whether it is one of several.
  mutating func read(
    _ path: String, isPart: Bool, below folder: String?, _ shouldStop: () -> Bool
  ) throws(FileProblem) {
    if isPart { parts.append((path, lines + 1)) }
    isFirst = true
    var decompressor: Decompressor?
    // So many bytes tell whether it is compressed.
    var head: [UInt8] = []
    try Files.readParts(
      of: path, below: folder, limit: Files.historyLimit,
      checkLimits: { () throws(FileProblem) in try checkLimits(shouldStop) }
    ) { (bytes, size) throws(FileProblem) in
      if isFirst, decompressor == nil, head.count + bytes.count < 4 {
        head += bytes
        return
      }
      let whole = head + (head.isEmpty ? [] : Array(bytes))
      head = []
      try whole.withUnsafeBufferPointer { (whole) throws(FileProblem) in
        let bytes = whole.isEmpty ? bytes : whole
        if isFirst, decompressor == nil, let compression = Compression(startingWith: bytes) {
          decompressor = try self.decompressor(of: compression)
        }
        guard let decompressor else { return try take(bytes, of: size, shouldStop) }
        decompressor.begin(bytes)
        while let part = try next(of: decompressor) { try take(part, of: 0, shouldStop) }
      }
    }
    if !head.isEmpty { try take(head) }
    if let decompressor { try attempt { () throws(SystemError) in try decompressor.finish() } }
    // What follows begins a line.
    if isPart, lastByte != 0x0A { try take([0x0A]) }
  }

  /// The history.
  mutating func finish(_ shouldStop: () -> Bool) throws(FileProblem) -> History {
    do throws(HistoryReadingError) { try reader.readRest() } catch { throw problem(error) }
    while true {
      try checkLimits(shouldStop)
      do throws(HistoryReadingError) {
        guard try reader.readPart() else { return try reader.finish() }
      } catch {
        throw problem(error)
      }
    }
  }

  private mutating func take(
    _ bytes: UnsafeBufferPointer<UInt8>, of size: Int, _ shouldStop: () -> Bool
  ) throws(FileProblem) {
    if isFirst, CaseFile.isCase(Array(bytes.prefix(CaseFile.headingLimit))) {
      throw FileProblem(.content, "\(name): is a case and no history; see `raftcheck replay`")
    }
    isFirst = false
    try checkLimits(shouldStop, taking: reader.growth(byBytes: bytes.count))
    guard self.bytes + bytes.count <= Files.historyLimit else {
      throw FileProblem(.content, "\(name): is too large; expected at most \(Files.historyLimit >> 20) MiB")
    }
    reader.expectedBytes = size
    do throws(HistoryReadingError) { try reader.read(bytes) } catch { throw problem(error) }
    note(bytes)
  }

  private mutating func take(_ bytes: [UInt8]) throws(FileProblem) {
    do throws(HistoryReadingError) { try reader.read(bytes) } catch { throw problem(error) }
    bytes.withUnsafeBufferPointer { note($0) }
  }

  private mutating func note(_ bytes: UnsafeBufferPointer<UInt8>) {
    self.bytes += bytes.count
    lastByte = bytes.last ?? lastByte
    if !parts.isEmpty { lines += bytes.count { $0 == 0x0A } }
  }

  private func decompressor(of compression: Compression) throws(FileProblem) -> Decompressor {
    do throws(SystemError) { return try Decompressor(compression) } catch {
      throw FileProblem(.content, "\(name): \(error)")
    }
  }

  private func next(of decompressor: Decompressor) throws(FileProblem) -> UnsafeBufferPointer<UInt8>? {
    do throws(SystemError) { return try decompressor.nextPart() } catch {
      throw FileProblem(.content, "\(name): \(error)")
    }
  }

  private func attempt(_ body: () throws(SystemError) -> Void) throws(FileProblem) {
    do throws(SystemError) { try body() } catch { throw FileProblem(.content, "\(name): \(error)") }
  }

  private func checkLimits(_ shouldStop: () -> Bool, taking bytes: Int = 0) throws(FileProblem) {
    if shouldStop() { throw FileProblem(.system, "\(name): was not read to its end") }
    if let limit = limits.reached(by: watch, taking: bytes) {
      throw FileProblem(
        .limit, "\(name): undecided: \(limit) was reached when \(self.bytes) bytes of it had been read")
    }
  }

  private func problem(_ error: HistoryReadingError) -> FileProblem {
    let part = parts.last { $0.firstLine <= error.line }
    let place = part.map { "\($0.path.displayed):\(error.line - $0.firstLine + 1)" } ?? "\(name):\(error.line)"
    return FileProblem(.content, "\(place):\(error.column): \(error)")
  }
}

extension JudgingLimits {
  /// The limit that reading has reached, or does if it goes on and takes so much memory at once.
  fileprivate func reached(by watch: Stopwatch, taking bytes: Int) -> String? {
    if let time, watch.elapsed.nanoseconds >= Int64(time / .nanoseconds(1)) { return "the time limit" }
    return residentBytes.map { ResidentMemory.bytes + bytes >= $0 } ?? false ? "the memory limit" : nil
  }
}
