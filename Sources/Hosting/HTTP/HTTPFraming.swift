/// What header fields say about the message itself: where its body ends, and what becomes of the connection.
///
/// Whatever two readers could take for two different ends is refused (RFC 9112 §11.2, request smuggling).
struct HTTPFraming: Sendable {
  /// The bytes of the body.
  private(set) var contentLength: Int?
  /// Whether the body comes in chunks.
  private(set) var isChunked = false
  /// Whether `Connection` has `close`.
  private(set) var closes = false
  /// Whether `Connection` has `keep-alive`, which HTTP/1.0 needs.
  private(set) var keepsAlive = false
  /// Whether an interim answer is waited for before the body is sent.
  private(set) var expectsContinue = false
  /// The host that the message is for.
  var host: HostAndPort?

  /// Whether the connection carries another message after this one.
  func staysOpen(in version: HTTPVersion) -> Bool { !closes && (version == .http11 || keepsAlive) }

  /// Takes a field in, if it is about the message itself.
  ///
  /// - Returns: whether it is.
  mutating func note(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>) throws(HTTPRefusal) -> Bool {
    switch name.count {
    case 4 where name.equalsIgnoringCase("host"): try noteHost(value)
    case 6 where name.equalsIgnoringCase("expect"):
      guard value.equalsIgnoringCase("100-continue") else {
        throw HTTPRefusal(.expectationFailed, "Expect is \(value.quoted); only 100-continue can be met")
      }
      expectsContinue = true
    case 10 where name.equalsIgnoringCase("connection"):
      for option in value.listElements {
        if option.equalsIgnoringCase("close") { closes = true }
        if option.equalsIgnoringCase("keep-alive") { keepsAlive = true }
      }
    case 14 where name.equalsIgnoringCase("content-length"): try noteLength(value)
    case 17 where name.equalsIgnoringCase("transfer-encoding"): try noteCoding(value)
    default: return false
    }
    return true
  }

  private mutating func noteHost(_ value: ArraySlice<UInt8>) throws(HTTPRefusal) {
    guard host == nil else { throw .malformed("there are two Host fields; expected one") }
    guard let named = HostAndPort(value) else {
      throw .malformed("Host is \(value.quoted); expected a host and a port, such as 127.0.0.1:8001")
    }
    host = named
  }

  private mutating func noteLength(_ value: ArraySlice<UInt8>) throws(HTTPRefusal) {
    guard contentLength == nil else { throw .malformed("there are two Content-Length fields; expected one") }
    guard !isChunked else { throw Self.twoEnds }
    guard !value.isEmpty, value.allSatisfy(\.isDigit) else {
      throw .malformed("Content-Length is \(value.quoted); expected a number of bytes")
    }
    // One beyond 64 bits is too long, whatever it is.
    contentLength = value.decimalNumber.flatMap { Int(exactly: $0) } ?? .max
  }

  private mutating func noteCoding(_ value: ArraySlice<UInt8>) throws(HTTPRefusal) {
    guard !isChunked else { throw .malformed("there are two Transfer-Encoding fields; expected one") }
    guard contentLength == nil else { throw Self.twoEnds }
    guard value.equalsIgnoringCase("chunked") else {
      throw HTTPRefusal(.notImplemented, "Transfer-Encoding is \(value.quoted); only chunked is implemented")
    }
    isChunked = true
  }

  private static let twoEnds = HTTPRefusal.malformed(
    "there are both Content-Length and Transfer-Encoding, which may differ about where the body ends; expected one")
}

/// Header or trailer fields while they are read, line by line.
struct HTTPFieldSection: Sendable {
  /// The fields that are not about the message itself.
  private(set) var headers = HTTPHeaders()
  var framing = HTTPFraming()
  private var bytes = 0
  private var count = 0
  /// Whether they are a trailer, of which nothing is kept.
  private let isTrailer: Bool

  init(isTrailer: Bool = false) {
    self.isTrailer = isTrailer
  }

  /// Takes in the lines that have come.
  ///
  /// - Returns: whether the empty line after the last field was among them.
  mutating func read(from input: inout HTTPInput) throws(HTTPRefusal) -> Bool {
    while let line = try input.line(limit: HTTPLimits.maxHeaderBytes - bytes, orElse: Self.tooLarge) {
      // In a head a bare LF may end a line (RFC 9112 §2.2); within a body it may not.
      guard line.hasCarriageReturn || !isTrailer else { throw .malformed("a trailer line does not end in CR LF") }
      guard !line.content.isEmpty else { return true }
      bytes += line.content.count + 2
      count += 1
      guard bytes <= HTTPLimits.maxHeaderBytes, count <= HTTPLimits.maxHeaders else { throw Self.tooLarge }
      try take(line.content)
    }
    return false
  }

  private mutating func take(_ line: ArraySlice<UInt8>) throws(HTTPRefusal) {
    if let first = line.first, first == .space || first == .tab {
      throw .malformed("a header line begins with a blank; a field must stand on one line (RFC 9112 §5.2)")
    }
    let nameBytes = line.withUnsafeBufferPointer { $0.firstIndex { !$0.isOfToken } ?? $0.count }
    let end = line.startIndex + nameBytes
    guard let colon = line[end...].firstIndex(of: .colon) else {
      throw .malformed("a header line is \(line.quoted); expected a name, a colon and a value")
    }
    let (name, value) = (line[..<colon], line[(colon + 1)...].trimmed)
    // A blank before the colon, above all, which some take for a part of the name and some do not.
    guard nameBytes > 0, colon == end else {
      throw .malformed("the name of a header field is \(name.quoted); expected a token, and the colon right after it")
    }
    guard value.withUnsafeBufferPointer({ $0.allSatisfy(\.isOfFieldValue) }) else {
      throw .malformed("the header field \(name.quoted) has a control character in its value")
    }
    guard !isTrailer else { return }
    if try framing.note(name: name, value: value) { return }
    headers.append(name: name, value: value)
  }

  private static let tooLarge = HTTPRefusal(
    .headerFieldsTooLarge,
    "the header fields are more than \(HTTPLimits.maxHeaders) or take more than \(HTTPLimits.maxHeaderBytes) bytes")
}

/// A body in chunks while it is read (RFC 9112 §7.1). Extensions and trailer fields are ignored.
struct HTTPChunkedBody: Sendable {
  private enum Stage: Sendable {
    case size
    case data(remaining: Int)
    case dataEnd
    case trailer(HTTPFieldSection)
  }

  private var stage = Stage.size
  private var body: [UInt8] = []
  /// The most bytes that it may have.
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  /// Takes in what has come.
  ///
  /// - Returns: the body, if all of it has.
  mutating func read(from input: inout HTTPInput) throws(HTTPRefusal) -> [UInt8]? {
    while true {
      switch stage {
      case .size:
        guard let line = try chunkLine(of: &input) else { return nil }
        let size = try size(in: line)
        stage = size == 0 ? .trailer(HTTPFieldSection(isTrailer: true)) : .data(remaining: size)
      case .data(let remaining):
        let left = remaining - input.move(upTo: remaining, to: &body)
        stage = left == 0 ? .dataEnd : .data(remaining: left)
        guard left == 0 else { return nil }
      case .dataEnd:
        guard let line = try chunkLine(of: &input) else { return nil }
        guard line.isEmpty else { throw .malformed("a chunk is longer than its line says") }
        stage = .size
      case .trailer(var section):
        let isComplete = try section.read(from: &input)
        stage = .trailer(section)
        return isComplete ? body : nil
      }
    }
  }

  private func chunkLine(of input: inout HTTPInput) throws(HTTPRefusal) -> ArraySlice<UInt8>? {
    let line = try input.line(
      limit: HTTPLimits.maxChunkLineBytes,
      orElse: .malformed("the line before or after a chunk has more than \(HTTPLimits.maxChunkLineBytes) bytes"))
    guard let line else { return nil }
    // Some readers take a bare LF for a part of an extension: they would see another chunk than this one.
    guard line.hasCarriageReturn else { throw .malformed("the line before or after a chunk does not end in CR LF") }
    return line.content
  }

  private func size(in line: ArraySlice<UInt8>) throws(HTTPRefusal) -> Int {
    let digits = line.prefix { $0.hexadecimalValue != nil }
    let rest = line[digits.endIndex...].trimmed
    guard !digits.isEmpty, rest.isEmpty || rest.first == UInt8(ascii: ";"), line.allSatisfy(\.isOfFieldValue) else {
      throw .malformed("the size of a chunk is \(line.quoted); expected hexadecimal digits")
    }
    var size = 0
    for digit in digits {
      size = size << 4 | Int(digit.hexadecimalValue ?? 0)
      guard size <= limit - body.count else { throw HTTPRefusal.bodyTooLarge(limit: limit) }
    }
    return size
  }
}

extension HTTPRefusal {
  static func bodyTooLarge(limit: Int) -> HTTPRefusal {
    HTTPRefusal(.contentTooLarge, "the body is longer than \(limit) bytes")
  }
}
