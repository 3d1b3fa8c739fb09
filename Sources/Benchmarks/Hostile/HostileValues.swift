import Determinism

/// Values that somebody would try who wants to break a reader.
enum HostileValues {
  /// Numbers, as they are written in JSON, and what is nearly one.
  static let numbers = [
    "0", "-0", "-1", "1", "2", "255", "256", "65536", "2147483647", "2147483648", "-2147483649", "4294967296",
    "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
    "18446744073709551615", "18446744073709551616", "1e999", "-1e999", "1e-999", "1e18", "0.1", "2.0", "1E5", "00",
    "+1",
    "0x10", "1_000", "NaN", "Infinity", "1e", "-", ".5", "5.", "١",
  ]

  /// Words, lists and maps, as they are written in one format or the other.
  static let shapes = [
    "null", "nil", "true", "false", "{}", "[]", "()", "#{}", "[null]", "[null,null]", "[1 2]", "[1,2,3]", "{\"a\":1}",
    "{:a 1}", "[[]]", ":ok", ":timed-out", "#_1", "#inst \"2020\"", "\\a", "undefined", "",
  ]

  /// What stands between the quotes of a string; not all of it is well-formed.
  static let texts: [[UInt8]] = [
    [], Array("\\u0000".utf8), [0], Array("\\u001b[2J".utf8), [0x1B, 0x5B, 0x32, 0x4A], [0x0D], [0x09], [0x7F],
    Array("\\ud800".utf8), Array("\\udc00\\ud800".utf8), Array("\\ud83d\\ude00".utf8), Array("\\uD".utf8),
    Array("\\x".utf8), [0x5C], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x80],
    Array("\u{202E}abc\u{202C}".utf8), Array("\u{2066}\u{2069}\u{200F}".utf8), Array("\u{9B}31m".utf8),
    Array("\u{85}\u{2028}\u{2029}".utf8), Array("\u{FEFF}\u{200B}\u{200D}\u{AD}".utf8), Array("\u{E0001}\u{FFFE}".utf8),
    Array("e\u{301}".utf8), Array("👩‍👩‍👧‍👦".utf8), Array("nothing".utf8), Array("<script>&'\\\"".utf8), Array("../../x".utf8),
    Array("%s%n%d".utf8),
  ]

  /// A number, now and then of a hundred thousand digits.
  static func number(_ draws: inout DiceSequence) -> [UInt8] {
    if draws.next().below(40) == 0 { return [UInt8](repeating: UInt8(ascii: "9"), count: size(&draws)) }
    return Array(draws.pick(numbers).utf8)
  }

  /// What stands between the quotes of a string, now and then a long one.
  static func text(_ draws: inout DiceSequence) -> [UInt8] {
    guard draws.next().below(8) == 0 else { return draws.pick(texts) }
    let unit = draws.pick([Array("x".utf8), Array("\u{301}".utf8), Array("\\u0301".utf8)] + texts)
    return repeated(unit, &draws)
  }

  /// A value of any kind, now and then one that is nested deeply.
  static func value(_ draws: inout DiceSequence) -> [UInt8] {
    switch draws.next().below(8) {
    case 0: return nested(&draws)
    case 1, 2: return Array(draws.pick(shapes).utf8)
    case 3, 4, 5: return number(&draws)
    default: return [0x22] + text(&draws) + [0x22]
    }
  }

  private static func nested(_ draws: inout DiceSequence) -> [UInt8] {
    let (open, close) = draws.pick([("[", "]"), ("{\"a\":", "}"), ("(", ")"), ("{:a ", "}"), ("#_", ""), ("[[", "]]")])
    let count = 1 + size(&draws) / 4
    let inner = repeated(Array(open.utf8), count) + Array("1".utf8)
    return draws.next().below(3) == 0 ? inner : inner + repeated(Array(close.utf8), count)
  }

  /// Small mostly, a hundred thousand at most.
  private static func size(_ draws: inout DiceSequence) -> Int { draws.pick([10, 100, 1_000, 10_000, 100_000]) }

  private static func repeated(_ unit: [UInt8], _ draws: inout DiceSequence) -> [UInt8] {
    repeated(unit, size(&draws) / max(1, unit.count))
  }

  private static func repeated(_ unit: [UInt8], _ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(unit.count * count)
    for _ in 0..<count { bytes += unit }
    return bytes
  }
}
