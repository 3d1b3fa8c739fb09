/// The shape of a JSON value: its keys and how its numbers are written, for errors that name the place.
indirect enum JSONOutline: Hashable, Sendable {
  case object([Member])
  case array([JSONOutline])
  /// As it is written.
  case number(String)
  case string
  /// `true` or `false`.
  case boolean
  case null

  /// A key, as it is written, and what stands behind it.
  struct Member: Hashable, Sendable {
    let key: String
    let value: JSONOutline
  }

  /// The value behind a key of an object, or at a place of an array.
  subscript(step: any CodingKey) -> JSONOutline? {
    switch self {
    case .object(let members): members.first { $0.key == step.stringValue }?.value
    case .array(let values): step.intValue.flatMap { values.indices.contains($0) ? values[$0] : nil }
    default: nil
    }
  }

  /// What stands here, as a clause.
  var name: String {
    switch self {
    case .object: "an object"
    case .array: "an array"
    case .number(let text): text
    case .string: "a string"
    case .boolean: "true or false"
    case .null: "null"
    }
  }

  /// The first key that `known` has not, and whether it is only there once more; `path` is where this value stands.
  func firstStrayKey(beside known: JSONOutline, path: String = "") -> (path: String, isRepeated: Bool)? {
    switch (self, known) {
    case (.object(let members), .object(let knownMembers)):
      // A file may have very many keys.
      let known = Dictionary(knownMembers.map { ($0.key, $0.value) }) { first, _ in first }
      var seen: Set<String> = []
      for member in members {
        let field = path.isEmpty ? member.key : "\(path).\(member.key)"
        guard seen.insert(member.key).inserted else { return (field, true) }
        guard let other = known[member.key] else {
          // What may be missing may be null.
          if member.value == .null { continue }
          return (field, false)
        }
        if let stray = member.value.firstStrayKey(beside: other, path: field) { return stray }
      }
    case (.array(let values), .array(let knownValues)):
      for (place, (value, other)) in zip(values, knownValues).enumerated() {
        if let stray = value.firstStrayKey(beside: other, path: "\(path)[\(place)]") { return stray }
      }
    default: break
    }
    return nil
  }

  /// The first number for which this does not hold, with its path; the test is given the path's last key, too.
  func firstNumber(
    at path: String = "", key: String = "", failing isGood: (_ key: String, _ text: String) -> Bool
  ) -> (path: String, text: String)? {
    switch self {
    case .number(let text): return isGood(key, text) ? nil : (path, text)
    case .object(let members):
      for member in members {
        let field = path.isEmpty ? member.key : "\(path).\(member.key)"
        if let found = member.value.firstNumber(at: field, key: member.key, failing: isGood) { return found }
      }
    case .array(let values):
      for (place, value) in values.enumerated() {
        if let found = value.firstNumber(at: "\(path)[\(place)]", key: key, failing: isGood) { return found }
      }
    default: break
    }
    return nil
  }
}
