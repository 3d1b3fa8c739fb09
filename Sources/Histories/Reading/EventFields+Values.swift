// What a value means depends on the function, and on whether the call names a key: jepsen.independent wraps values as
// `[k v]`, which a value of two members looks like.
extension EventFields {
  /// What is known when a value is settled.
  struct Setting {
    let kind: HistoryEvent.Kind
    let function: Function
    /// What the file or its reader says of the model.
    let model: ModelName?
    /// Whether calls name keys; `nil` if this may be the first one.
    let namesKeys: Bool?
    /// Whether the call that this event ends names one; `nil` if this is a call.
    let callNamesKey: Bool?

    /// Whether what the function is given has parts that are read one by one.
    var isCell: Bool {
      if case .object = function { false } else { model?.isCell ?? true }
    }
  }

  /// Takes a value apart, or together, as the function has it.
  mutating func settle(
    _ setting: Setting, in scanner: LineScanner, into values: inout ValueTable
  ) throws(HistoryReadingError) {
    members.isCell = setting.isCell
    if scanner.isEDN, members.key == .absent, takeApart(setting) { return }
    var range = valuePlace..<valueEnd
    if scanner.isEDN, members.key == .absent, !range.isEmpty {
      if let parts = try tuple(setting, range, in: scanner) {
        members.key = values.intern(EDNText.bytes(of: try scanner.plainValue(in: parts.key)))
        range = parts.value
        if setting.isCell, setting.function == .compareAndSet {
          if case .keyedPair(_, let expected, let new) = members.value { members.value = .pair(expected, new) }
        } else if case .pair(_, let value) = members.value {
          members.value = value == .absent ? .null : .text(value)
        } else {
          members.value = try scanner.plainValue(in: range) == .absent ? .null : .other
        }
      }
    }
    switch members.value {
    case .missing, .null, .text, .whole: return
    case .bool, .pair: if setting.isCell, setting.function == .compareAndSet { return }
    case .keyedPair, .other: break
    }
    if setting.function == .delete { return }
    guard setting.isCell, setting.function == .compareAndSet else {
      members.value = .whole(values.intern(EDNText.bytes(of: try scanner.plainValue(in: range))))
      return
    }
    guard case .list(let pair) = try scanner.plainValue(in: range), pair.count == 2 else { return }
    members.value = .pair(values.intern(EDNText.bytes(of: pair[0])), values.intern(EDNText.bytes(of: pair[1])))
  }

  /// Takes `[k v]` and `[k [old new]]` apart, as nearly all of them are.
  private mutating func takeApart(_ setting: Setting) -> Bool {
    guard setting.isCell, setting.callNamesKey != false, setting.namesKeys != false else { return false }
    switch (members.value, setting.function) {
    case (.keyedPair(let key, let expected, let new), .compareAndSet) where key != .absent:
      (members.key, members.value) = (key, .pair(expected, new))
    case (.pair(let key, let value), .get), (.pair(let key, let value), .put), (.pair(let key, let value), .append),
      (.pair(let key, let value), .delete):
      if key == .absent { return false }
      (members.key, members.value) = (key, value == .absent ? .null : .text(value))
    default: return false
    }
    return true
  }

  /// Takes what a compare-and-set saw, and which ends here, as one value.
  mutating func settleSeen(in scanner: LineScanner, into values: inout ValueTable) throws(HistoryReadingError) {
    switch members.seen {
    case .missing, .null, .text, .whole: break
    case .bool, .pair, .keyedPair, .other:
      let value = try scanner.plainValue(in: seenPlace..<scanner.offset)
      members.seen = .text(values.intern(EDNText.bytes(of: value)))
    }
  }

  /// The key and the value of `[k v]`, if that is meant.
  private func tuple(
    _ setting: Setting, _ range: Range<Int>, in scanner: LineScanner
  ) throws(HistoryReadingError) -> (key: Range<Int>, value: Range<Int>)? {
    if setting.callNamesKey == false || setting.namesKeys == false { return nil }
    switch members.value {
    case .pair:
      if setting.isCell, setting.function == .compareAndSet { return nil }
    case .keyedPair, .other: break
    case .missing, .null, .bool, .text, .whole: return nil
    }
    let parts = try scanner.parts(ofVectorIn: range)
    // Where every value has a key, whatever stands first is one.
    let isKeyed = setting.model == .keyValue || setting.callNamesKey == true || setting.namesKeys == true
    if parts.count == 3, setting.isCell, setting.function == .compareAndSet, isKeyed || isScalar(parts[0], scanner) {
      return (parts[0], parts[1].lowerBound..<parts[2].upperBound)
    }
    guard parts.count == 2, isKeyed || isScalar(parts[0], scanner), mayHoldKey(setting, parts[1], scanner) else {
      return nil
    }
    return (parts[0], parts[1])
  }

  private func mayHoldKey(_ setting: Setting, _ second: Range<Int>, _ scanner: LineScanner) -> Bool {
    if setting.callNamesKey == true { return true }
    let isCollection = scanner.bytes[second.lowerBound] == UInt8(ascii: "[")
    if setting.model == .versionedRegister {
      return setting.function == .get || isCollection && (setting.function == .put || !isFlat(second, scanner))
    }
    if setting.function == .compareAndSet { return isCollection }
    if setting.function == .object(.transaction) || setting.function == .object(.transfer) { return false }
    return setting.isCell || setting.namesKeys ?? true
  }

  /// Whether no member of a vector is one.
  private func isFlat(_ range: Range<Int>, _ scanner: LineScanner) -> Bool {
    scanner.bytes[range].dropFirst().allSatisfy { $0 != UInt8(ascii: "[") }
  }

  /// Whether a key can be written like this.
  private func isScalar(_ range: Range<Int>, _ scanner: LineScanner) -> Bool {
    switch scanner.bytes[range.lowerBound] {
    case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "("): false
    case UInt8(ascii: "n"): !scanner.matches(range, "nil")
    default: true
    }
  }
}

extension LineScanner {
  /// Where the members of the vector or list in `range` stand; none if something else is there.
  fileprivate func parts(ofVectorIn range: Range<Int>) throws(HistoryReadingError) -> [Range<Int>] {
    var scanner = self
    scanner.offset = range.lowerBound
    try scanner.skipTupleTag()
    guard scanner.next == UInt8(ascii: "[") || scanner.next == UInt8(ascii: "(") else { return [] }
    let closing: Unicode.Scalar = scanner.next == UInt8(ascii: "[") ? "]" : ")"
    scanner.offset += 1
    var parts: [Range<Int>] = []
    try scanner.skipEDNBlanks()
    while !scanner.skip(closing) {
      let first = scanner.offset
      try scanner.skipEDNValue()
      parts.append(first..<scanner.offset)
      try scanner.skipEDNBlanks()
    }
    return parts
  }
}
