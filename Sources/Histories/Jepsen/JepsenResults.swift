/// What Jepsen itself said of a run: its `results.edn`, in which every checker has a `:valid?` and may hold others.
package struct JepsenResults: Hashable, Sendable {
  /// What a checker says.
  package enum Verdict: String, Hashable, Sendable {
    case valid, invalid, unknown
  }

  /// One map with a `:valid?`.
  package struct Checker: Hashable, Sendable {
    /// The keys that lead to it; none for the whole.
    package let path: [String]
    /// What it says.
    package let verdict: Verdict
    /// Whether it looks for an order of the operations, as Knossos does: by its name, or by what it answers.
    package let seeksOrder: Bool

    /// How people find it.
    package var name: String { path.isEmpty ? "the whole test" : path.joined(separator: " ") }
  }

  /// All checkers, the inner ones before those that hold them.
  package private(set) var checkers: [Checker] = []
  /// The model that some checker names.
  package private(set) var model: ModelName?

  /// Reads the whole file.
  package init(reading bytes: [UInt8]) throws(HistoryReadingError) {
    var scanner = LineScanner(bytes, in: 0..<bytes.count, line: 1, isEDN: true)
    try scanner.skipEDNBlanks()
    try read(&scanner, path: [])
  }

  /// The checker to compare with: the first of those that seek an order and say the worst; without such, the whole.
  package var deciding: Checker? {
    let seekers = checkers.filter(\.seeksOrder)
    for verdict in [Verdict.invalid, .unknown, .valid] {
      // The outermost one is the name that people know.
      if let found = seekers.filter({ $0.verdict == verdict }).min(by: { $0.path.count < $1.path.count }) {
        return found
      }
    }
    return checkers.last { $0.path.isEmpty }
  }

  /// - Parameter path: `nil` within lists and sets, where nothing is a checker.
  private mutating func read(
    _ scanner: inout LineScanner, path: [String]?, depth: Int = 0
  ) throws(HistoryReadingError) {
    guard depth < LineScanner.depthLimit else {
      throw scanner.error(expected: "at most \(LineScanner.depthLimit) values within each other", found: "one more")
    }
    if scanner.next == UInt8(ascii: "#"), try readTag(of: &scanner) { return try scanner.skipEDNValue(depth: depth) }
    if scanner.next == UInt8(ascii: "{") { return try readMap(&scanner, path: path, depth: depth) }
    for (opening, closing) in [("[", "]"), ("(", ")")] as [(Unicode.Scalar, Unicode.Scalar)]
    where scanner.skip(opening) {
      try scanner.skipEDNBlanks()
      while !scanner.skip(closing) {
        try read(&scanner, path: nil, depth: depth + 1)
        try scanner.skipEDNBlanks()
      }
      return
    }
    try scanner.skipEDNValue(depth: depth)
  }

  /// Goes past the tag of a value, if there is one.
  ///
  /// - Returns: whether it names a model of Knossos, or what is behind it is no map.
  private mutating func readTag(of scanner: inout LineScanner) throws(HistoryReadingError) -> Bool {
    var probe = scanner
    probe.offset += 1
    guard probe.next != UInt8(ascii: "{"), probe.next != UInt8(ascii: "#") else { return true }
    let tag = try probe.readToken("a tag after '#'")
    try probe.skipEDNBlanks()
    let models: [(name: StaticString, model: ModelName)] = [
      ("knossos.model.CASRegister", .compareAndSetRegister), ("knossos.model.Register", .register),
    ]
    if let known = models.first(where: { probe.matches(tag, $0.name) }) {
      model = model ?? known.model
      return true
    }
    guard probe.next == UInt8(ascii: "{") else { return true }
    scanner = probe
    return false
  }

  private mutating func readMap(
    _ scanner: inout LineScanner, path: [String]?, depth: Int
  ) throws(HistoryReadingError) {
    try scanner.expect("{", "a map: '{'")
    var verdict: Verdict?
    var seeksOrder = path?.last.map(Self.namesOrder) ?? false
    try scanner.skipEDNBlanks()
    while !scanner.skip("}") {
      let first = scanner.offset
      try scanner.skipEDNValue(depth: depth + 1)
      let key = first..<scanner.offset
      try scanner.skipEDNBlanks()
      if scanner.matches(key, ":valid?") {
        verdict = try Self.readVerdict(of: &scanner, depth)
      } else {
        if Self.isOfKnossos(key, in: scanner) { seeksOrder = true }
        // Of a name that nobody would type only the beginning is kept.
        let name = String(decoding: scanner.bytes[key.prefix(200)], as: UTF8.self)
        try read(&scanner, path: path.map { $0 + [name] }, depth: depth + 1)
      }
      try scanner.skipEDNBlanks()
    }
    if let path, let verdict { checkers.append(Checker(path: path, verdict: verdict, seeksOrder: seeksOrder)) }
  }

  private static func readVerdict(of scanner: inout LineScanner, _ depth: Int) throws(HistoryReadingError) -> Verdict? {
    if scanner.skip(symbol: "true") { return .valid }
    if scanner.skip(symbol: "false") { return .invalid }
    if scanner.skip(symbol: ":unknown") { return .unknown }
    try scanner.skipEDNValue(depth: depth + 1)
    return nil
  }

  /// Whether only a search for an order answers with such a key.
  private static func isOfKnossos(_ key: Range<Int>, in scanner: LineScanner) -> Bool {
    for name in [":final-paths", ":configs", ":analyzer"] as [StaticString] where scanner.matches(key, name) {
      return true
    }
    return false
  }

  /// Whether a checker of this name looks for an order: `:linear`, `:linearizable`, `:indp-linear`.
  private static func namesOrder(_ name: String) -> Bool {
    let word = Array("linear".utf8)
    let bytes = Array(name.utf8)
    return bytes.indices.contains { bytes[$0...].starts(with: word) }
  }
}
