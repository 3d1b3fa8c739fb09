import Histories

// What an engine found, in sentences.
extension Account {
  /// The whole account of a key too long for a story.
  func summary(_ ground: Decision.Ground, culprit: Operation) -> String {
    let key = part.history.values[part.key].map { "Key \(show($0))" } ?? "The register"
    var lines = ["\(key): no order of the \(part.operations.count) operations explains what the clients saw."]
    if case .deadEnd = ground { lines.append("The end of \(name(culprit)) leaves none.") }
    if let values = possibleValues(ground) { lines.append(values) }
    if let rule = rule(ground) { lines.append(rule) }
    return lines.joined(separator: "\n")
  }

  /// The rule that a few operations break, and these; `nil` if the ground is another one.
  func rule(_ ground: Decision.Ground) -> String? {
    guard case .zones(let violation) = ground else { return nil }
    let names = violation.operations.map { "  \(name(part.operations[Int($0)]))" }
    return (["\(Self.sentence(for: violation.rule)):"] + names).joined(separator: "\n")
  }

  /// The same where nothing explains the culprit; it may be another fault then.
  func rule(_ ground: Decision.Ground, beside culprit: Operation) -> String? {
    guard case .zones(let violation) = ground else { return nil }
    let broken = violation.operations.map { part.operations[Int($0)] }
    if broken.contains(where: { $0.call == culprit.call }) { return rule(ground) }
    let sentence = Self.sentence(for: violation.rule)
    let names = broken.map { "  \(name($0))" }
    return (["Apart from \(name(culprit)): \(sentence.prefix(1).lowercased() + sentence.dropFirst()):"] + names)
      .joined(separator: "\n")
  }

  /// The values that were possible before the first end that leaves no order; `nil` if they are not known.
  func possibleValues(_ ground: Decision.Ground) -> String? {
    guard case .deadEnd(let end) = ground, end.isFirst, !end.values.isEmpty else { return nil }
    let shown = end.values.prefix(4).map { show($0) }.joined(separator: ", ")
    let more = end.values.count > 4 ? " and \(end.values.count - 4) more" : ""
    let other = end.includesUnseen ? "one that nobody saw from then on" : ""
    let values = [shown + more, other].filter { !$0.isEmpty }.joined(separator: ", or ")
    return "Right before that end the value could be \(values)."
  }

  /// What is wrong where this rule is broken; the operations that break it come behind.
  static func sentence(for rule: ZoneRule) -> String {
    switch rule {
    case .valueFromNowhere: "A value was seen that no operation can have written"
    case .mismatchOfItself: "A cas said that it found something else than it expected, yet saw just that"
    case .twoSuccessors: "A value that was there once was replaced or extended twice"
    case .appendTwice: "What was seen needs one append to have happened more than once"
    case .cycle: "These values can only have come from each other, and neither was there first"
    case .tooEarly:
      "By these operations a value was seen or replaced before it can have been written, or after it was gone"
    case .overlap: "By these operations two values were each there both before and after the other"
    case .covered: "By these operations a value must have been there while another one was there throughout"
    }
  }
}
