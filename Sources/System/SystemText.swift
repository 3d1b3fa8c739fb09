/// Names of files, which are bytes to the system and need not be text, as text that loses nothing: each byte that is no
/// part of UTF-8 stands as one character of a block for private use, so that the system is given back what it gave.
extension String {
  /// The character of byte 0; what a name has of this block itself stands as single bytes, too.
  private static let escapes: UInt32 = 0x10FF00

  /// A name as the system gives it, without the zero at its end.
  package init(systemBytes bytes: [UInt8]) {
    var text = String.UnicodeScalarView()
    var place = 0
    while place < bytes.count {
      var parser = Unicode.UTF8.ForwardParser()
      var rest = bytes[place...].makeIterator()
      switch parser.parseScalar(from: &rest) {
      case .valid(let encoded):
        let scalar = Unicode.UTF8.decode(encoded)
        if scalar.value < Self.escapes {
          text.append(scalar)
        } else {
          for byte in encoded { text.append(Self.escape(byte)) }
        }
        place += encoded.count
      case .error(let length):
        for byte in bytes[place..<place + length] { text.append(Self.escape(byte)) }
        place += length
      case .emptyInput: place = bytes.count
      }
    }
    self.init(text)
  }

  private static func escape(_ byte: UInt8) -> Unicode.Scalar {
    Unicode.Scalar(escapes + UInt32(byte)) ?? Unicode.Scalar(byte)
  }

  /// A name as the system is to be given it.
  package var systemBytes: [UInt8] {
    unicodeScalars.flatMap { scalar in Self.byte(behind: scalar).map { [$0] } ?? Array(String(scalar).utf8) }
  }

  /// For people: bytes that are no text as `\xNN`.
  package var displayed: String {
    guard unicodeScalars.contains(where: { Self.byte(behind: $0) != nil }) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      if let byte = Self.byte(behind: scalar) {
        text += byte.escaped
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
  }

  private static func byte(behind scalar: Unicode.Scalar) -> UInt8? {
    scalar.value < escapes ? nil : UInt8(truncatingIfNeeded: scalar.value)
  }

  /// The name for the system, with a zero behind it.
  package func withSystemName<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let bytes = systemBytes.map { CChar(bitPattern: $0) } + [0]
    return bytes.withUnsafeBufferPointer { buffer in buffer.baseAddress.map(body) ?? body("") }
  }

  /// As a shell takes it for one word.
  package var shellWord: String {
    let bytes = systemBytes
    if String(validating: bytes, as: UTF8.self) == nil || printable != self {
      return
        "$'\(bytes.map { 0x20..<0x7F ~= $0 && $0 != 0x27 && $0 != 0x5C ? String(Unicode.Scalar($0)) : $0.escaped }.joined())'"
    }
    let isPlain = !isEmpty && bytes.allSatisfy { $0 > 0x7F || String.plainBytes.contains($0) }
    return isPlain ? self : "'\(replacing("'", with: "'\\''"))'"
  }

  private static let plainBytes = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+=:,@%".utf8)

  /// The folder in which a path lies, as far as the path names it, and the name in it. By bytes, for what follows a slash
  /// may be a mark that makes one character with it.
  package var folderAndName: (folder: String, name: String) {
    guard let slash = utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", self) }
    let name = String(self[utf8.index(after: slash)...])
    return (slash == utf8.startIndex ? "/" : String(self[..<slash]), name)
  }

  /// The names in a path, in order.
  package var pathParts: [String] {
    utf8.split(separator: UInt8(ascii: "/")).compactMap { String($0) }
  }

  /// Whether a name ends so, by its bytes.
  package func ends(with ending: String) -> Bool { utf8.suffix(ending.utf8.count).elementsEqual(ending.utf8) }

  /// Whether a name begins with a dot.
  package var isHidden: Bool { utf8.first == UInt8(ascii: ".") }
}

extension UInt8 {
  /// `\xNN`.
  fileprivate var escaped: String {
    let digits = String(self, radix: 16)
    return "\\x\(digits.utf8.count < 2 ? "0" : "")\(digits)"
  }
}
