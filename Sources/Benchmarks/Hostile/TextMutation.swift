import Determinism

/// Spoils a text whose format it does not know: by byte, by token, by line, by value, by encoding.
enum TextMutation {
  /// The text with one to three things changed, mostly one.
  static func spoiled(_ bytes: [UInt8], _ draws: inout DiceSequence) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<draws.pick([1, 1, 1, 2, 3]) { spoil(&bytes, &draws) }
    return draws.next().below(15) == 0 ? encoded(bytes, &draws) : bytes
  }

  private static func spoil(_ bytes: inout [UInt8], _ draws: inout DiceSequence) {
    guard !bytes.isEmpty else {
      bytes = HostileValues.value(&draws)
      return
    }
    switch draws.next().below(12) {
    case 0: spoilByte(of: &bytes, &draws)
    case 1, 2: spoilLine(of: &bytes, &draws)
    case 3: spoilToken(of: &bytes, &draws)
    case 4, 5: spoilValue(of: &bytes, &draws)
    case 6, 7: exchangeValues(of: &bytes, &draws)
    default: rename(in: &bytes, &draws)
    }
  }

  private static func spoilByte(of bytes: inout [UInt8], _ draws: inout DiceSequence) {
    let place = draws.next().below(bytes.count)
    let end = min(bytes.count, place + 1 + draws.next().below(40))
    switch draws.next().below(6) {
    case 0: bytes[place] ^= 1 << UInt8(draws.next().below(8))
    case 1: bytes[place] = UInt8(truncatingIfNeeded: draws.next().bits)
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(draws.pick(Array("{}[]()\",:;\\#u0 \n\r\0-9e.".utf8)), at: place)
    case 4: bytes.insert(contentsOf: bytes[place..<end], at: draws.next().below(bytes.count))
    default: bytes.removeLast(bytes.count - place)
    }
  }

  private static func spoilLine(of bytes: inout [UInt8], _ draws: inout DiceSequence) {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    let (one, other) = (draws.next().below(lines.count), draws.next().below(lines.count))
    switch draws.next().below(10) {
    case 0: lines.remove(at: one)
    case 1: lines.insert(lines[one], at: other)
    case 2: lines.swapAt(one, other)
    case 3: lines[one] = lines[one].prefix(draws.next().below(lines[one].count + 1))
    case 4: lines.removeLast(lines.count - one)
    case 5, 6: lines.swapAt(one, max(0, one - 1))
    case 7: lines[one] += lines[other]
    case 8:
      let line = lines[one].prefix(1_000)
      lines.insert(contentsOf: repeatElement(line, count: draws.pick([2, 100, 1_000])), at: other)
    default: lines.reverse()
    }
    bytes = Array(lines.joined(separator: [0x0A]))
  }

  private static func spoilToken(of bytes: inout [UInt8], _ draws: inout DiceSequence) {
    let one = token(of: bytes, at: draws.next().below(bytes.count))
    let other = token(of: bytes, at: draws.next().below(bytes.count))
    let copy = bytes[other]
    switch draws.next().below(4) {
    case 0: bytes.removeSubrange(one)
    case 1: bytes.insert(contentsOf: bytes[one], at: one.lowerBound)
    case 2: bytes.insert(contentsOf: copy, at: one.lowerBound)
    default: bytes.replaceSubrange(one, with: copy)
    }
  }

  /// Puts something else where a number or a string stands.
  private static func spoilValue(of bytes: inout [UInt8], _ draws: inout DiceSequence) {
    guard let value = value(of: bytes, &draws) else { return }
    let isText = bytes[value.lowerBound] == UInt8(ascii: "\"")
    if isText, draws.next().below(2) == 0 {
      bytes.insert(contentsOf: HostileValues.text(&draws), at: value.lowerBound + 1)
    } else if !isText, draws.next().below(2) == 0 {
      bytes.replaceSubrange(value, with: HostileValues.number(&draws))
    } else {
      bytes.replaceSubrange(value, with: HostileValues.value(&draws))
    }
  }

  /// Puts a value where another one of its kind stands, so that the text mostly still reads.
  private static func exchangeValues(of bytes: inout [UInt8], _ draws: inout DiceSequence) {
    guard let one = value(of: bytes, &draws), let other = value(of: bytes, &draws),
      isDigit(bytes[one.lowerBound]) == isDigit(bytes[other.lowerBound])
    else { return }
    bytes.replaceSubrange(one, with: Array(bytes[other]))
  }

  /// Puts something else wherever one value stands, so that what belongs together still does.
  private static func rename(in bytes: inout [UInt8], _ draws: inout DiceSequence) {
    guard let found = value(of: bytes, &draws) else { return }
    let old = Array(bytes[found])
    var new =
      old.first == UInt8(ascii: "\"") ? [0x22] + HostileValues.text(&draws) + [0x22] : HostileValues.number(&draws)
    // What stands elsewhere makes two things one.
    if draws.next().below(2) == 0, let other = value(of: bytes, &draws) { new = Array(bytes[other]) }
    var renamed: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place] == old[0], renamed.count < sizeLimit, bytes[place...].starts(with: old) {
        renamed += new
        place += old.count
      } else {
        renamed.append(bytes[place])
        place += 1
      }
    }
    bytes = renamed
  }

  /// No text becomes much longer by one change.
  private static let sizeLimit = 4 << 20

  /// A number or a string of a random line; if there are others, no key and none of the words that every line has.
  private static func value(of bytes: [UInt8], _ draws: inout DiceSequence) -> Range<Int>? {
    let middle = draws.next().below(bytes.count)
    var place = bytes[..<middle].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
    var (values, others): ([Range<Int>], [Range<Int>]) = ([], [])
    while place < bytes.count, bytes[place] != 0x0A {
      let token = token(of: bytes, at: place)
      place = token.upperBound
      guard bytes[token.lowerBound] == UInt8(ascii: "\"") || isDigit(bytes[token.lowerBound]) else { continue }
      let isNamed = bytes[place...].first == UInt8(ascii: ":") || words.contains(Array(bytes[token]))
      if isNamed { others.append(token) } else { values.append(token) }
    }
    let found = values.isEmpty ? others : values
    return found.isEmpty ? nil : draws.pick(found)
  }

  /// What the values of a history's lines are called, and its functions.
  private static let words: [[UInt8]] = [
    "process", "type", "key", "value", "time", "index", "invoke", "ok", "fail", "info", "f", "get", "put", "read",
    "write",
    "cas", "append", "delete", "seen", "raftcheck-history",
  ].map { Array("\"\($0)\"".utf8) }

  /// The word, the string or the single character at this place.
  private static func token(of bytes: [UInt8], at place: Int) -> Range<Int> {
    if bytes[place] == UInt8(ascii: "\"") {
      let end = bytes[(place + 1)...].firstIndex { $0 == UInt8(ascii: "\"") || $0 == 0x0A } ?? bytes.count - 1
      return place..<end + 1
    }
    guard isOfWord(bytes[place]) else { return place..<place + 1 }
    let start = bytes[..<place].lastIndex { !isOfWord($0) }.map { $0 + 1 } ?? 0
    return start..<(bytes[place...].firstIndex { !isOfWord($0) } ?? bytes.count)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isOfWord(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte >= 0x80
      || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }

  /// The same text as another program might have written it, or what is left when it was not a text at all.
  private static func encoded(_ bytes: [UInt8], _ draws: inout DiceSequence) -> [UInt8] {
    switch draws.next().below(9) {
    case 0: [0xEF, 0xBB, 0xBF] + bytes
    case 1: [0xFF, 0xFE] + bytes.flatMap { [$0, 0] }
    case 2: [0xFE, 0xFF] + bytes.flatMap { [0, $0] }
    case 3: bytes.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
    case 4: bytes.map { $0 == 0x0A ? 0x0D : $0 }
    case 5: [0x1F, 0x8B, 0x08] + bytes
    case 6: bytes + [UInt8](repeating: 0, count: 4_096)
    case 7: bytes.map { $0 | 0x80 }
    default: []
    }
  }
}
