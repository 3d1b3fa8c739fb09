import Linearizability

/// What a value could be after each call and return, to be drawn below the bars of the operations:
///
///     c1  |- put x = 1 -| |- put x = 2 -|
///     c2                                  |- get x -> 1 -|
///     x   |nothing or 1 |1|1 or 2       |2               |none|
///
/// Each field begins where the event is drawn after which that was possible. Where the texts do not fit, fields are drawn as
/// rows of one character, and below stands what each character means.
package struct Ribbon: Hashable, Sendable {
  /// From an event on the same was possible.
  package struct Field: Hashable, Sendable {
    /// When that began, in the unit of the bars.
    package var start: Int
    /// What was possible.
    package var text: String

    package init(start: Int, text: String) { (self.start, self.text) = (start, text) }
  }

  /// What the value is called.
  package let lane: String
  /// In order of time; no two neighbours have the same text.
  package let fields: [Field]
  /// What is to be said of it, below.
  package let remark: String?

  /// - Parameter fields: in order of time.
  package init(lane: String, fields: [Field], remark: String? = nil) {
    (self.lane, self.remark) = (lane, remark)
    var merged: [Field] = []
    for field in fields where merged.last?.text != field.text { merged.append(field) }
    self.fields = merged
  }
}

extension Ribbon {
  /// A longer name of a key would move all the bars.
  private static let laneLimit = 8

  /// What was possible after each event of a small history; `nil` if nobody knows.
  package init?(of essence: Essence) {
    guard let texts = essence.account.fields, let first = essence.history.events.first else { return nil }
    let key = essence.history.values[first.key] == nil ? nil : essence.wording.cell
    let lane = key.flatMap { $0.columns <= Self.laneLimit ? $0 : nil } ?? "value"
    self.init(
      lane: lane, fields: texts.enumerated().map { Field(start: 2 * $0, text: $1) },
      remark: essence.account.isOfTheseAlone ? "(what it could be, by what is drawn here alone)" : nil)
  }
}

/// A ribbon whose fields have columns.
struct PlacedRibbon {
  private let lane: String
  private let fields: [(column: Int, text: String)]
  /// Behind the last column.
  private let end: Int

  /// - Parameters:
  ///   - columns: of the events, by their time, in order.
  ///   - end: the column behind all that is drawn.
  init(_ ribbon: Ribbon, columns: [(at: Int, column: Int)], end: Int) {
    lane = ribbon.lane
    self.end = end
    var fields: [(column: Int, text: String)] = []
    for field in ribbon.fields {
      guard let column = columns.first(where: { $0.at >= field.start })?.column else { continue }
      // Of fields that begin in one column the last one stands.
      if fields.last?.column == column { fields.removeLast() }
      if fields.last?.text != field.text { fields.append((column, field.text)) }
    }
    self.fields = fields
  }

  /// How many columns a field with this text takes at least.
  static func width(of text: String) -> Int { text.columns + 1 }

  /// The texts in their fields; `nil` if they do not fit.
  func texts(nameWidth: Int) -> [Bars.Span]? {
    var line = ""
    for (place, field) in fields.enumerated() {
      let isLast = place + 1 == fields.count
      let next = isLast ? max(end, field.column + Self.width(of: field.text)) : fields[place + 1].column
      guard next - field.column >= Self.width(of: field.text) else { return nil }
      if place == 0 { line = Layout.blanks(field.column) }
      line += Layout.padded("|\(field.text)", to: next - field.column) + (isLast ? "|" : "")
    }
    return [Bars.Span(Layout.padded(lane, to: nameWidth), .plain), Bars.Span(line, .ribbon)]
  }

  /// The characters for what is possible; no more are told apart.
  private static let signs = Array("abcdefghijklmnopqrstuvwxyz")

  /// A line of characters, and lines that say what they mean.
  func signs(nameWidth: Int, front: Int, width: Int) -> [[Bars.Span]] {
    var meanings: [String] = []
    for field in fields where !meanings.contains(field.text) { meanings.append(field.text) }
    guard let first = fields.first, meanings.count <= Self.signs.count else { return [] }
    var line = Layout.blanks(front + first.column)
    for (place, field) in fields.enumerated() {
      let next = place + 1 == fields.count ? max(end, field.column + 1) : fields[place + 1].column
      let sign = Self.signs[meanings.firstIndex(of: field.text) ?? 0]
      line += String(repeating: sign, count: next - field.column)
    }
    let legend = meanings.enumerated().map { "\(Self.signs[$0]) \($1)" }.joined(separator: "   ")
    let name = Layout.padded(lane, to: nameWidth)
    return [[Bars.Span(name, .plain), Bars.Span(line, .ribbon)]]
      + Layout(width: max(20, width - nameWidth)).wrapped(StoryLine(legend)).map {
        [Bars.Span(Layout.blanks(nameWidth), .plain), Bars.Span($0.plainText, .ribbon)]
      }
  }
}
