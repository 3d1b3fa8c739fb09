import Histories

/// A number: `add` adds to it, less than nothing too, `read` answers it. It starts at 0 unless told otherwise.
///
/// With additions of unknown result this is the problem of the subset sum, which is NP-hard.
struct CounterModel: ObjectModel {
  enum Operation: Hashable, Sendable {
    case add(Int64)
    /// `nil` if the answer is not known, or said nothing.
    case read(Int64?)
  }

  /// Sums of numbers of 64 bits: as many as there may be fit into 128.
  let initial: Int128
  var names = ObjectNames()

  static var knowsOutlook: Bool { true }

  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) {
    guard let number = initial == .absent ? 0 : ObjectReader.integer(initial) else {
      throw ObjectReader.misfit(initial: initial, expected: "a whole number")
    }
    self.initial = Int128(number)
  }

  func operation(_ operation: Histories.Operation, _ reader: inout ObjectReader) throws(ModelMisfit) -> Operation {
    if operation.function == .get {
      guard let answer = reader.answer(operation), answer != .absent else { return .read(nil) }
      if let number = ObjectReader.integer(answer) { return .read(number) }
      throw reader.misfit(operation, expected: "a whole number", answer)
    }
    let argument = reader.argument(operation)
    guard let number = ObjectReader.integer(argument) else {
      throw reader.misfit(operation, expected: "a whole number to add", argument)
    }
    return .add(number)
  }

  func forgettingAnswer(of operation: Operation) -> Operation {
    if case .read = operation { .read(nil) } else { operation }
  }

  func onlyLooks(_ operation: Operation, from state: Int128) -> Bool {
    switch operation {
    case .read, .add(0): true
    case .add: false
    }
  }

  func successors(of state: Int128, by operation: Operation) -> [Int128] {
    switch operation {
    case .add(let number): [state + Int128(number)]
    case .read(nil): [state]
    case .read(let number?): Int128(number) == state ? [state] : []
    }
  }

  func commute(_ one: Operation, _ other: Operation) -> Bool {
    if case .add = one, case .add = other { true } else { false }
  }

  func canFollow(_ operation: Operation, from state: Int128, after others: [Operation]) -> Bool {
    guard case .read(let number?) = operation else { return true }
    var range = ReachableRange(from: state)
    for case .add(let number) in others { range.add(Int128(number)) }
    return range.mayReach(Int128(number))
  }

  func description(of operation: Operation) -> String {
    switch operation {
    case .add(let number): "added \(number)"
    case .read(let number): "read \(number.map { "\($0)" } ?? "something")"
    }
  }

  func description(of state: Int128) -> String { "the counter is at \(state)" }
}

/// From where to where a sum can get with some of its terms.
struct ReachableRange {
  private var least: Int128
  private var most: Int128

  init(from start: Int128) { (least, most) = (start, start) }

  mutating func add(_ number: Int128) {
    if number < 0 { least += number } else { most += number }
  }

  func mayReach(_ number: Int128) -> Bool { number >= least && number <= most }
}
