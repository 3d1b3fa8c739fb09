// Long strings are compared by words, and searched in linear time: one key may hold thousands that begin alike.
extension [UInt8] {
  /// How many bytes two strings have in common at their start.
  func commonBeginning(with other: [UInt8]) -> Int {
    withUnsafeBytes { one in
      other.withUnsafeBytes { other in
        let count = Swift.min(one.count, other.count)
        var place = 0
        while place + 8 <= count {
          let word = one.loadUnaligned(fromByteOffset: place, as: UInt64.self)
          let difference = word ^ other.loadUnaligned(fromByteOffset: place, as: UInt64.self)
          if difference != 0 { return place + UInt64(littleEndian: difference).trailingZeroBitCount / 8 }
          place += 8
        }
        while place < count, one[place] == other[place] { place += 1 }
        return place
      }
    }
  }

  /// Whether these bytes come before others, as words do in a dictionary.
  func precedes(_ other: [UInt8]) -> Bool {
    let place = commonBeginning(with: other)
    return place < other.count && (place == count || self[place] < other[place])
  }

  /// Whether these bytes begin with `part`.
  func begins(with part: [UInt8]) -> Bool { commonBeginning(with: part) == part.count }

  /// Whether `part` stands somewhere in these bytes (Knuth, Morris & Pratt 1977).
  func holds(_ part: [UInt8]) -> Bool {
    if part.isEmpty { return true }
    guard part.count <= count else { return false }
    // How much of `part` is matched again where it goes on otherwise behind so many bytes.
    var fallbacks = [Int](repeating: 0, count: part.count)
    var matched = 0
    for place in part.indices.dropFirst() {
      while matched > 0, part[place] != part[matched] { matched = fallbacks[matched - 1] }
      if part[place] == part[matched] { matched += 1 }
      fallbacks[place] = matched
    }
    matched = 0
    for byte in self {
      while matched > 0, byte != part[matched] { matched = fallbacks[matched - 1] }
      if byte == part[matched] { matched += 1 }
      if matched == part.count { return true }
    }
    return false
  }
}
