/// Where the values of a JSON text stand. Whoever changes one needs no more.
package struct JSONPlaces: Sendable {
  /// A value, and its key if it is a member of an object.
  struct Place: Sendable {
    let value: Range<Int>
    /// Where its key begins.
    let key: Int?

    /// The member, or the element.
    var whole: Range<Int> { (key ?? value.lowerBound)..<value.upperBound }
  }

  /// Every value, whatever encloses it; an inner one before the outer one.
  let all: [Place]

  /// The places of a text; `nil` if it is not one JSON value.
  package init?(_ bytes: [UInt8]) {
    var scan = Scan(bytes: bytes)
    guard scan.run() else { return nil }
    all = scan.places
  }

  /// Goes through a text once. What is open is kept in a list, so that deep nesting is no deep recursion.
  private struct Scan {
    let bytes: [UInt8]
    var place = 0
    var places: [Place] = []
    private var open: [(start: Int, key: Int?, isObject: Bool)] = []

    init(bytes: [UInt8]) {
      self.bytes = bytes
    }

    mutating func run() -> Bool {
      var key: Int?
      while true {
        guard let byte = next else { return false }
        if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
          open.append((place, key, byte == UInt8(ascii: "{")))
          place += 1
          if next != closing {
            guard takeKey(&key) else { return false }
            continue
          }
        } else {
          let start = place
          guard byte == UInt8(ascii: "\"") ? skipString() : skipWord() else { return false }
          places.append(Place(value: start..<place, key: key))
        }
        while !open.isEmpty, next == closing { close() }
        if open.isEmpty { return next == nil && place == bytes.count }
        guard next == UInt8(ascii: ",") else { return false }
        place += 1
        guard takeKey(&key) else { return false }
      }
    }

    private var closing: UInt8? { open.last.map { $0.isObject ? UInt8(ascii: "}") : UInt8(ascii: "]") } }

    private mutating func close() {
      let last = open.removeLast()
      place += 1
      places.append(Place(value: last.start..<place, key: last.key))
    }

    private var next: UInt8? {
      mutating get {
        while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
        return place < bytes.count ? bytes[place] : nil
      }
    }

    /// Takes the key of the next member, if an object is open.
    private mutating func takeKey(_ key: inout Int?) -> Bool {
      key = nil
      guard open.last?.isObject == true else { return true }
      guard next == UInt8(ascii: "\"") else { return false }
      key = place
      guard skipString(), next == UInt8(ascii: ":") else { return false }
      place += 1
      return true
    }

    private mutating func skipString() -> Bool {
      place += 1
      while place < bytes.count, bytes[place] >= 0x20 {
        if bytes[place] == UInt8(ascii: "\"") {
          place += 1
          return true
        }
        place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
      }
      return false
    }

    private mutating func skipWord() -> Bool {
      let start = place
      while place < bytes.count, isOfWord(bytes[place]) { place += 1 }
      let word = String(decoding: bytes[start..<place], as: UTF8.self)
      return ["true", "false", "null"].contains(word) || Double(word) != nil
    }

    private func isOfWord(_ byte: UInt8) -> Bool {
      (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || "+-.E".utf8.contains(byte)
    }
  }
}
