extension EventFields {
  /// Reads one map of EDN, tagged or not; `nil` if what is there was discarded.
  ///
  /// - Parameter orderMember: the keyword whose value is a place, without its colon.
  init?(
    readingEDN form: inout LineScanner, into values: inout ValueTable, orderMember: [UInt8]
  ) throws(HistoryReadingError) {
    try form.skipEDNBlanks()
    if form.offset == form.end { return nil }
    try form.skipTag()
    try form.expect("{", "a map of an operation: '{'")
    // The closing brace is where something is missing.
    self.init(end: form.end - 1)
    try form.skipEDNBlanks()
    while form.next != UInt8(ascii: "}") {
      if form.next == UInt8(ascii: ":") {
        let key = try form.readToken("a key")
        try form.skipEDNBlanks()
        let first = form.offset
        try readEDNMember(key, of: &form, into: &values)
        if form.bytes[key].dropFirst().elementsEqual(orderMember) {
          members.givenPlace = form.givenPlace(in: first..<form.offset)
        }
      } else {
        try form.skipEDNValue()
        try form.skipEDNValue()
      }
      try form.skipEDNBlanks()
    }
    form.offset += 1
    if form.offset != form.end { throw form.error(expected: "the end of the map") }
  }

  /// Reads the value of one key, which stands anywhere in the scanner's bytes.
  mutating func readEDNMember(
    _ key: Range<Int>, of form: inout LineScanner, into values: inout ValueTable
  ) throws(HistoryReadingError) {
    let place = form.offset
    if form.matches(key, ":process") {
      try mark(.process, form)
      processPlace = place
      let expected = "a process: an integer from 0 to \(Int32.max), or :nemesis"
      if form.next == UInt8(ascii: ":") {
        let name = try form.readToken(expected)
        isNemesis = form.matchesKeyword(name, "nemesis")
        // Whoever else has a name may be a client, and must not be lost.
        guard isNemesis else { throw form.error(at: place, expected: expected, found: form.quote(name)) }
      } else {
        members.process = try form.readEDNInteger(expected)
      }
    } else if form.matches(key, ":time") {
      try mark(.time, form)
      if !form.skip(symbol: "nil") { members.time = try form.readEDNInteger("a time in nanoseconds") }
    } else if form.matches(key, ":type") {
      try mark(.type, form)
      kindPlace = place
      let expected = "a type: :invoke, :ok, :fail or :info"
      let name = try form.readToken(expected)
      members.kind = .named { form.matchesKeyword(name, $0) }
      if members.kind == nil { throw form.error(at: place, expected: expected, found: form.quote(name)) }
    } else if form.matches(key, ":f") {
      try mark(.function, form)
      functionPlace = place
      try form.skipEDNValue()
      functionName = place..<form.offset
      if let known = Function.named({ form.matchesKeyword(place..<form.offset, $0) }) {
        (members.function, members.isRegisterName) = (known.function, known.isRegisterName)
      }
    } else if form.matches(key, ":key") {
      try mark(.key, form)
      guard let key = try form.readEDNScalar(into: &values) else {
        throw form.error(at: place, expected: "an integer, a string or a keyword as the key")
      }
      members.key = key
    } else if form.matches(key, ":value") {
      try mark(.value, form)
      valuePlace = place
      members.value = try form.readEDNFieldValue(into: &values)
      valueEnd = form.offset
    } else if form.matches(key, ":seen") {
      try mark(.seen, form)
      seenPlace = place
      members.seen = try form.readEDNFieldValue(into: &values)
      try settleSeen(in: form, into: &values)
    } else if form.matches(key, ":mismatch") {
      // Nothing but `true` says that a failed compare-and-set is an observation.
      try mark(.mismatch, form)
      isMismatch = form.matches(try form.readToken("true or false"), "true")
    } else {
      try form.skipEDNValue()
    }
  }
}

extension LineScanner {
  fileprivate mutating func readEDNInteger(_ expected: String) throws(HistoryReadingError) -> Int64 {
    let place = offset
    let integer = try readInteger(expected)
    // Not the beginning of `1/2` or `1N`.
    let token = place..<offset
    offset = place
    guard try readToken(expected) == token else { throw error(at: place, expected: expected) }
    return integer
  }

  fileprivate func matchesKeyword(_ token: Range<Int>, _ name: StaticString) -> Bool {
    bytes[token].first == UInt8(ascii: ":") && matches(token.dropFirst(), name)
  }
}
