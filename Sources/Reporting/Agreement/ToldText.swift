/// A told text, taken apart into words, numbers and marks, so that what it claims can be held against the trace. It is read
/// here and nowhere else, and only to check it.
struct ToldText {
  enum Token: Hashable {
    case word(String)
    case number(UInt64)
    /// As it stands there: `0.390`.
    case decimal(String)
    case mark(Character)
    /// A phrase that is known as a whole, by its place among the known ones.
    case phrase(Int)
  }

  let tokens: [Token]

  /// - Parameter phrases: what may stand in it as a whole: what clients ask, what entries hold, what files are called.
  init(_ text: String, knowing phrases: [String] = []) {
    let bytes = Array(text.utf8)
    // A value that is a number stands in many places as another one.
    let known = phrases.enumerated().map { (place: $0, bytes: Array($1.utf8)) }
      .filter { $0.bytes.count > 1 && !$0.bytes.allSatisfy(Self.isDigit) }
      .sorted { ($1.bytes.count, $0.place) < ($0.bytes.count, $1.place) }
    var tokens: [Token] = []
    var place = 0
    while place < bytes.count {
      let byte = bytes[place]
      let isStart = place == 0 || !Self.isWord(bytes[place - 1])
      if isStart, let phrase = known.first(where: { Self.stands($0.bytes, at: place, in: bytes) }) {
        tokens.append(.phrase(phrase.place))
        place += phrase.bytes.count
      } else if Self.isDigit(byte) {
        let end = Self.endOfNumber(bytes, from: place)
        tokens.append(Self.number(bytes[place..<end]))
        place = end
      } else if Self.isWord(byte) {
        let end = Self.endOfWord(bytes, from: place)
        tokens.append(.word(String(decoding: bytes[place..<end], as: UTF8.self)))
        place = end
      } else {
        if byte != 0x20 { tokens.append(.mark(Character(UnicodeScalar(byte)))) }
        place += 1
      }
    }
    self.tokens = tokens
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  /// What a word is made of: a to z, digits and all that is not ASCII.
  private static func isWord(_ byte: UInt8) -> Bool {
    isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte >= 0x80
  }

  /// A section of a paper goes on behind its points: `§5.4.1`.
  private static func endOfWord(_ bytes: [UInt8], from start: Int) -> Int {
    var end = start
    while end < bytes.count {
      let isPoint = bytes[end] == 0x2E && bytes[start] == 0xC2 && end + 1 < bytes.count && isDigit(bytes[end + 1])
      guard isWord(bytes[end]) || isPoint else { break }
      end += 1
    }
    return end
  }

  /// Whether a phrase stands at a place, and no word goes on behind it.
  private static func stands(_ phrase: [UInt8], at place: Int, in bytes: [UInt8]) -> Bool {
    let end = place + phrase.count
    guard end <= bytes.count, bytes[place] == phrase[0], bytes[place..<end].elementsEqual(phrase) else { return false }
    return end == bytes.count || !isWord(bytes[end]) || !isWord(phrase[phrase.count - 1])
  }

  /// `12`, `12,000`, `0.390`.
  private static func endOfNumber(_ bytes: [UInt8], from start: Int) -> Int {
    func digits(from place: Int) -> Int { bytes[place...].prefix(while: isDigit).count }
    var end = start + digits(from: start)
    while end < bytes.count, bytes[end] == 0x2C, digits(from: end + 1) == 3 { end += 4 }
    if end + 1 < bytes.count, bytes[end] == 0x2E, digits(from: end + 1) > 0 { end += 1 + digits(from: end + 1) }
    return end
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Token {
    let text = String(decoding: bytes.filter { $0 != 0x2C }, as: UTF8.self)
    return UInt64(text).map { .number($0) } ?? .decimal(text)
  }
}

// MARK: What it claims

/// One thing that a text says of a run.
enum Claim: Hashable {
  /// A point in time, or a long span, as it stands there: `0.390 s`.
  case time(String)
  /// `387 ms`
  case span(String)
  case node(UInt64)
  case client(UInt64)
  case term(UInt64)
  case index(UInt64)
  /// `entry 3 of term 2`, `2/1`
  case position(index: UInt64, term: UInt64)
  /// What an entry holds: `entry 3 of term 2 (put x = 1)`; the term is not always told.
  case content(index: UInt64, term: UInt64?, String)
  /// `c0's put x = 1`
  case operation(client: UInt64, String)
  /// What stands behind a verb of clients' requests, if the whole is no request that is known: its first word must be
  /// no key.
  case unknownRequest(String)
  /// An answer that is not known, behind a request that is.
  case unknownAnswer(String)
  /// Any other number.
  case number(UInt64)
}

extension ToldText {
  /// All that it claims, in order.
  ///
  /// - Parameter phrases: those that it was read with.
  func claims(_ phrases: [String]) -> [Claim] {
    var claims: [Claim] = []
    var place = 0
    while place < tokens.count {
      let (found, length) = self.claimed(at: place, phrases)
      claims += found
      place += max(1, length)
    }
    return claims
  }

  subscript(place: Int) -> Token? { tokens.indices.contains(place) ? tokens[place] : nil }

  func number(at place: Int) -> UInt64? { if case .number(let number)? = self[place] { number } else { nil } }

  private func isWord(_ word: String, at place: Int) -> Bool { self[place] == .word(word) }

  /// What is claimed at a place, and how many tokens say it.
  private func claimed(at place: Int, _ phrases: [String]) -> ([Claim], Int) {
    switch tokens[place] {
    case .decimal(let text):
      return isWord("s", at: place + 1) ? ([.time("\(text) s")], 2) : ([], 1)
    case .number(let number):
      return numberClaims(number, at: place)
    case .word("term"):
      let comma = self[place + 1] == .mark(",") ? 1 : 0
      // A span of time goes on with its unit.
      if case .word("ms")? = self[place + 2 + comma] { return ([], 1) }
      return self.number(at: place + 1 + comma).map { ([.term($0)], 2 + comma) } ?? ([], 1)
    case .word("terms"):
      guard let first = number(at: place + 1), let last = number(at: place + 3) else { return ([], 1) }
      return ([.term(first), .term(last)], 4)
    case .word("entry"), .word("index"): return entryClaims(at: place, phrases)
    case .word("entries"): return entriesClaims(at: place)
    case .word(let word):
      if let number = Self.number(in: word, behind: "n") { return ([.node(number)], 1) }
      if let number = Self.number(in: word, behind: "c") { return clientClaims(number, at: place, phrases) }
      return Self.requests.contains(word) ? requestClaims(word, at: place) : ([], 1)
    case .mark("["):
      guard let term = number(at: place + 1), self[place + 2] == .mark("]") else { return ([], 1) }
      return ([.term(term)], 3)
    case .phrase(let phrase): return answerClaims(behind: phrases[phrase], at: place)
    case .mark: return ([], 1)
    }
  }

  private static let requests = ["put", "get", "cas", "delete"]

  /// `n12` is 12 behind `n`.
  static func number(in word: String, behind prefix: Character) -> UInt64? {
    word.first == prefix && word.dropFirst().allSatisfy(\.isNumber) ? UInt64(word.dropFirst()) : nil
  }

  private func numberClaims(_ number: UInt64, at place: Int) -> ([Claim], Int) {
    if case .word(let unit)? = self[place + 1], unit == "ms" || unit == "us" {
      return ([.span("\(number) \(unit)")], 2)
    }
    if self[place + 1] == .mark("/"), let term = self.number(at: place + 2) {
      return ([.position(index: number, term: term)], 3)
    }
    return ([.number(number)], 1)
  }

  private func clientClaims(_ client: UInt64, at place: Int, _ phrases: [String]) -> ([Claim], Int) {
    guard self[place + 1] == .mark("'"), isWord("s", at: place + 2), case .phrase(let phrase)? = self[place + 3] else {
      return ([.client(client)], 1)
    }
    return ([.client(client), .operation(client: client, phrases[phrase])], 3)
  }

  /// What is told behind a request is its answer, and that would have been known together with it.
  private func answerClaims(behind phrase: String, at place: Int) -> ([Claim], Int) {
    let marks: [[Token]] = [[.word("returns")], [.mark(":")], [.mark("-"), .mark(">")]]
    for mark in marks where Array(tokens[(place + 1)...].prefix(mark.count)) == mark {
      switch self[place + 1 + mark.count] {
      case .number(let number)?: return ([.unknownAnswer("\(phrase) returns \(number)")], 1)
      case .word(let word)? where mark.count == 2 || Self.number(in: word, behind: "n") == nil && word == "nothing":
        return ([.unknownAnswer("\(phrase) returns \(word)")], 1)
      default: break
      }
    }
    return ([], 1)
  }

  /// A verb that was not read as a part of a request.
  private func requestClaims(_ word: String, at place: Int) -> ([Claim], Int) {
    guard case .word(let key)? = self[place + 1] else { return ([], 1) }
    return ([.unknownRequest(key)], 1)
  }

  /// `entry 3`, `entry 3 of term 2`, `entry 3 of term 2 (put x = 1)`.
  private func entryClaims(at place: Int, _ phrases: [String]) -> ([Claim], Int) {
    guard let index = number(at: place + 1) else { return ([], 1) }
    var end = place + 2
    var claims: [Claim] = [.index(index)]
    var told: UInt64?
    if isWord("of", at: end), isWord("term", at: end + 1), let term = number(at: end + 2) {
      claims = [.position(index: index, term: term)]
      (told, end) = (term, end + 3)
    }
    if self[end] == .mark("("), case .phrase(let phrase)? = self[end + 1], self[end + 2] == .mark(")") {
      claims = [.content(index: index, term: told, phrases[phrase])]
      end += 3
    }
    return (claims, end - place)
  }

  /// `entries 3 and 4`, `entries 3 to 6 of term 2`.
  private func entriesClaims(at place: Int) -> ([Claim], Int) {
    guard let first = number(at: place + 1), let last = number(at: place + 3), first <= last, last - first < 1_000
    else {
      return ([], 1)
    }
    guard isWord("of", at: place + 4), isWord("term", at: place + 5), let term = number(at: place + 6) else {
      return ((first...last).map { .index($0) }, 4)
    }
    return ((first...last).map { .position(index: $0, term: term) }, 7)
  }
}
