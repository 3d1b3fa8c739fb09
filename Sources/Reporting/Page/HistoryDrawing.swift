import Determinism
import Histories
import Linearizability

/// The operations of one key as bars along the events.
struct HistoryDrawing {
  /// How many operations are drawn.
  let count: Int
  /// Which part of all of them that is, as the end of a sentence.
  let part: String

  private struct Bar {
    let operation: Operation
    let row: Int
    /// Where it begins and ends among the events that are drawn.
    let start: Int
    let end: Int
  }

  private let history: History
  private let wording: Wording
  private let culprit: Operation?
  private let bars: [Bar]
  /// The offset in the history of each event that is drawn.
  private let events: [Int]
  private let rows: Int
  /// Whose row each is; empty where clients share rows.
  private let rowNames: [String]
  /// The place of an operation in the order that was found, by its call.
  private let places: LookupTable<Int, Int>

  private static let (rowHeight, barHeight, axisHeight) = (26, 20, 22)
  /// The width of all, about, and of the step from one event to the next.
  private static let (width, steps) = (1_250, 9...160)
  /// So much room is left for the words of a tick.
  private static let tickWidth = 150
  /// A bar that is no wider has no words in it; those of the culprit stand behind it.
  private static let textWidth = 24
  /// The width of a character, about.
  private static let characterWidth = 7
  /// The room for the names of clients in front of their rows.
  private static let nameWidth = 36
  /// An operation of unknown outcome is drawn so many steps long: its end is nowhere.
  private static let openSteps = 3

  init(_ all: [Operation], of history: History, culprit: Operation?, order: [Operation]) {
    (self.history, self.culprit) = (history, culprit)
    wording = Wording(history)
    var shown = all[...]
    if all.count > HistoryPage.keyLimit {
      let at = culprit.flatMap { culprit in all.firstIndex { $0.call == culprit.call } }
      let last = min(all.count, (at ?? 0) + HistoryPage.keyLimit / (at == nil ? 1 : 4))
      shown = all[max(0, last - HistoryPage.keyLimit)..<last]
      part = at == nil ? ", the first ones" : ", around the culprit"
    } else {
      part = ""
    }
    count = shown.count
    var offsets: [Int] = []
    for operation in shown {
      offsets.append(operation.call)
      if let end = operation.end { offsets.append(end) }
    }
    let sorted = offsets.sorted()
    events = sorted
    var places = LookupTable<Int, Int>()
    for (place, operation) in order.enumerated() { places[operation.call] = place + 1 }
    self.places = places
    let spans = shown.map { operation in
      let start = sorted.partitioningIndex { $0 >= operation.call }
      let known = operation.end.map { end in sorted.partitioningIndex { $0 >= end } }
      let end = operation.kind == .ok || operation.kind == .fail ? known ?? start + 1 : start + Self.openSteps
      return (start: start, end: max(end, start + 1))
    }
    let byClient = Self.rowsByClient(shown, spans)
    let rows = byClient?.rows ?? Self.packed(spans)
    rowNames = byClient?.clients.map { "c\($0)" } ?? []
    bars = zip(zip(shown, spans), rows).map { Bar(operation: $0.0, row: $1, start: $0.1.start, end: $0.1.end) }
    self.rows = (rows.max() ?? -1) + 1
  }

  /// A row for each client, by number; `nil` if there are too many, or bars of one would overlap.
  private static func rowsByClient(
    _ shown: ArraySlice<Operation>, _ spans: [(start: Int, end: Int)]
  ) -> (rows: [Int], clients: [Int])? {
    var numbers: [Int] = []
    for operation in shown where !numbers.contains(operation.process) {
      numbers.append(operation.process)
      if numbers.count > clientLimit { return nil }
    }
    numbers.sort()
    var free = [Int](repeating: -1, count: numbers.count)
    var rows: [Int] = []
    for (operation, span) in zip(shown, spans) {
      let row = numbers.partitioningIndex { $0 >= operation.process }
      guard free[row] < span.start else { return nil }
      free[row] = span.end
      rows.append(row)
    }
    return (rows, numbers)
  }

  /// As few rows as do.
  private static func packed(_ spans: [(start: Int, end: Int)]) -> [Int] {
    // The event at which each row is free again.
    var free: [Int] = []
    return spans.map { span in
      let row = free.firstIndex { $0 < span.start } ?? free.count
      if row == free.count { free.append(span.end) } else { free[row] = span.end }
      return row
    }
  }

  /// More clients than that do not get a row each.
  private static let clientLimit = 24

  private var step: Int {
    min(Self.steps.upperBound, max(Self.steps.lowerBound, Self.width / max(1, events.count)))
  }

  /// The drawing.
  func write(to page: inout Markup) {
    let (step, height) = (step, rows * Self.rowHeight + Self.axisHeight)
    // The culprit's words must have room, wherever it is.
    let culpritEnd = bars.first { $0.operation.call == culprit?.call }.map {
      x(of: $0.end, step) + Self.characterWidth * title($0.operation).columns
    }
    let width = max(x(of: events.count + Self.openSteps, step), culpritEnd ?? 0)
    page.element("svg", ("width", "\(width)"), ("height", "\(height)"), ("role", "img")) { page in
      axis(step, height, &page)
      for (row, name) in rowNames.enumerated() {
        let y = "\(Self.axisHeight + row * Self.rowHeight + 16)"
        page.element("text", ("class", "at"), ("x", "4"), ("y", y), text: name)
      }
      // The culprit last, for its words may lie over others.
      for bar in bars where bar.operation.call != culprit?.call { write(bar, step, to: &page) }
      for bar in bars where bar.operation.call == culprit?.call { write(bar, step, to: &page) }
    }
  }

  /// Where an event is drawn.
  private func x(of place: Int, _ step: Int) -> Int {
    (rowNames.isEmpty ? 0 : Self.nameWidth) + (place + 1) * step
  }

  private func axis(_ step: Int, _ height: Int, _ page: inout Markup) {
    let between = max(1, (Self.tickWidth + step - 1) / step)
    for place in stride(from: 0, to: events.count, by: between) {
      let x = "\(x(of: place, step))"
      page.void("line", ("class", "tick"), ("x1", x), ("x2", x), ("y1", "\(Self.axisHeight - 6)"), ("y2", "\(height)"))
      let event = history.events[events[place]]
      let line = event.line == 0 ? "event \(events[place])" : "line \(event.line)"
      let time = event.time >= 1_000_000 ? "\(Duration.nanoseconds(event.time)), " : ""
      page.element("text", ("class", "at"), ("x", x), ("y", "12"), text: "\(time)\(line)")
    }
  }

  private func write(_ bar: Bar, _ step: Int, to page: inout Markup) {
    let operation = bar.operation
    let isCulprit = operation.call == culprit?.call
    let kind = isCulprit ? "culprit" : operation.isUnknown ? "unknown" : operation.kind == .fail ? "failed" : nil
    let width = (bar.end - bar.start) * step - 2
    let isNarrow = width <= Self.textWidth
    page.element(
      "svg", ("class", kind), ("x", "\(x(of: bar.start, step))"),
      ("y", "\(Self.axisHeight + bar.row * Self.rowHeight)"), ("width", "\(width)"), ("height", "\(Self.rowHeight)"),
      ("overflow", isCulprit ? "visible" : nil)
    ) { page in
      page.element("title", text: title(operation))
      page.void(
        "rect", ("x", "1"), ("y", "2"), ("width", "\(max(1, width - 2))"), ("height", "\(Self.barHeight)"), ("rx", "3"))
      guard isCulprit || !isNarrow else { return }
      page.element("text", ("x", "\(isNarrow ? width + 3 : 5)"), ("y", "16")) { page in
        if let place = places[operation.call] { page.element("tspan", text: "\(place) ") }
        page.text("\(wording.client(operation)) \(wording.exchange(operation))")
      }
    }
  }

  private func title(_ operation: Operation) -> String {
    let lines = Wording.lines(of: operation, in: history).map { " (\($0))" }
    let order = culprit == nil ? "order" : "longest order"
    let place = places[operation.call].map { ", place \($0) in the \(order) that was found" }
    return "\(wording.client(operation)) \(wording.exchange(operation))\(lines ?? "")\(place ?? "")"
  }
}
