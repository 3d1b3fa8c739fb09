import Determinism

/// Spoils a JSON text by its fields, so that most of it stays as it was and much of it still reads.
enum FieldMutation {
  /// The text with one to three fields changed; as any text if it is no JSON.
  static func spoiled(_ bytes: [UInt8], _ draws: inout DiceSequence) -> [UInt8] {
    var bytes = bytes
    for _ in 0...draws.next().below(3) {
      guard let places = JSONPlaces(bytes)?.all, !places.isEmpty else { return TextMutation.spoiled(bytes, &draws) }
      spoil(&bytes, draws.pick(places), places, &draws)
    }
    return bytes
  }

  private static func spoil(
    _ bytes: inout [UInt8], _ place: JSONPlaces.Place, _ places: [JSONPlaces.Place], _ draws: inout DiceSequence
  ) {
    switch draws.next().below(16) {
    case 0: remove(place, from: &bytes)
    case 1, 2:
      // The text as a whole is the last.
      let elements = places.dropLast().filter { $0.key == nil }
      if !elements.isEmpty { remove(draws.pick(elements), from: &bytes) }
    case 3: bytes.replaceSubrange(place.value, with: "null".utf8)
    case 4: bytes.replaceSubrange(place.value, with: bytes[draws.pick(places).value])
    case 5: bytes.insert(contentsOf: bytes[place.whole] + [UInt8(ascii: ",")], at: place.whole.lowerBound)
    case 6: addKeys(to: place, of: &bytes, &draws)
    case 7: if let key = place.key { bytes.insert(contentsOf: HostileValues.text(&draws), at: key + 1) }
    case 8: repeatItem(place, of: &bytes, &draws)
    case 9: bytes.replaceSubrange(place.value, with: HostileValues.value(&draws))
    case 10, 11, 12:
      let alike = places.filter { isAlike($0, place, in: bytes) }
      bytes.replaceSubrange(place.value, with: bytes[draws.pick(alike).value])
    default: change(place, of: &bytes, &draws)
    }
  }

  /// Whether both values begin alike: two numbers, two times, two names, two lists.
  private static func isAlike(_ one: JSONPlaces.Place, _ other: JSONPlaces.Place, in bytes: [UInt8]) -> Bool {
    func shape(_ place: JSONPlaces.Place) -> [UInt8] {
      bytes[place.value].prefix(2).map { (0x30...0x39).contains($0) ? 0x30 : $0 }
    }
    return shape(one) == shape(other)
  }

  /// Takes a member or an element away, and the comma with it.
  private static func remove(_ place: JSONPlaces.Place, from bytes: inout [UInt8]) {
    var range = place.whole
    let after = bytes[range.upperBound...].firstIndex { $0 > 0x20 }
    if let after, bytes[after] == UInt8(ascii: ",") {
      range = range.lowerBound..<after + 1
    } else if let before = bytes[..<range.lowerBound].lastIndex(where: { $0 > 0x20 }),
      bytes[before] == UInt8(ascii: ",")
    {
      range = before..<range.upperBound
    }
    bytes.removeSubrange(range)
  }

  /// Puts keys that nobody knows into the object at this place, or beside this member.
  private static func addKeys(to place: JSONPlaces.Place, of bytes: inout [UInt8], _ draws: inout DiceSequence) {
    let isObject = bytes[place.value.lowerBound] == UInt8(ascii: "{")
    guard isObject || place.key != nil else { return change(place, of: &bytes, &draws) }
    let value = draws.pick(["null", "0", "{}"])
    let keys = (0..<draws.pick([1, 3, 1_000, 20_000])).map { "\"k\($0)\":\(value)" }.joined(separator: ",")
    let isEmpty = isObject && place.value.count == 2
    bytes.insert(
      contentsOf: Array((isEmpty ? keys : "\(keys),").utf8),
      at: isObject ? place.value.lowerBound + 1 : place.whole.lowerBound)
  }

  /// Repeats an element of a list, or a whole list's content, many times.
  private static func repeatItem(
    _ place: JSONPlaces.Place, of bytes: inout [UInt8], _ draws: inout DiceSequence
  ) {
    guard place.key == nil, place.value.count < bytes.count else { return change(place, of: &bytes, &draws) }
    let count = min(draws.pick([2, 30, 1_000]), 1 << 20 / max(1, place.value.count))
    let copies = [[UInt8]](repeating: bytes[place.value] + [UInt8(ascii: ",")], count: count)
    bytes.insert(contentsOf: copies.joined(), at: place.value.lowerBound)
  }

  /// Another value of the same kind, which mostly still reads.
  private static func change(_ place: JSONPlaces.Place, of bytes: inout [UInt8], _ draws: inout DiceSequence) {
    let old = bytes[place.value]
    let isText = old.first == UInt8(ascii: "\"")
    let digits = old.drop { !(0x30...0x39).contains($0) }.prefix { (0x30...0x39).contains($0) }
    let new: [UInt8]
    switch old.first {
    case UInt8(ascii: "t")?: new = Array("false".utf8)
    case UInt8(ascii: "f")?: new = Array("true".utf8)
    case UInt8(ascii: "[")?: new = Array("[]".utf8)
    case UInt8(ascii: "{")?: new = Array("{}".utf8)
    default:
      if let number = Int(String(decoding: digits, as: UTF8.self)), draws.next().below(4) > 0 {
        let others = [
          number &+ 1, number &- 1, number &* 2, number / 2, number &* 10, 0 &- number, 0, 1, number &* 1_000,
        ]
        bytes.replaceSubrange(digits.startIndex..<digits.endIndex, with: "\(draws.pick(others))".utf8)
        return
      }
      new = isText ? [0x22] + HostileValues.text(&draws) + [0x22] : HostileValues.number(&draws)
    }
    bytes.replaceSubrange(place.value, with: new)
  }
}
