import Histories

/// What is done to a queue or a stack.
enum CollectionOperation: Hashable, Sendable {
  /// Enqueued or pushed.
  case add(Int32)
  /// Dequeued or popped.
  case take(Int32)
  /// Something was to be taken, and there was nothing.
  case sawEmpty
  /// Something was to be taken; whether there was anything, and what, is not known.
  case takeUnknown
  /// All was taken, and this is what was there.
  case drain([Int32])
  /// All was taken, and nobody knows what it was.
  case drainUnknown

  /// What an operation of the history means.
  ///
  /// - Throws: `ModelMisfit` if a drain answered no collection.
  static func read(_ operation: Operation, _ reader: inout ObjectReader) throws(ModelMisfit) -> CollectionOperation {
    switch operation.function {
    case .object(.enqueue), .object(.push): return .add(reader.names.number(of: reader.argument(operation)))
    case .object(.drain):
      guard let answer = reader.answer(operation), answer != .absent else { return .drainUnknown }
      guard let members = ObjectReader.members(answer) else {
        throw reader.misfit(operation, expected: "what was drained", answer)
      }
      return .drain(members.map { reader.names.number(of: $0) })
    default:
      guard let answer = reader.answer(operation) else { return .takeUnknown }
      return answer == .absent ? .sawEmpty : .take(reader.names.number(of: answer))
    }
  }

  /// The values of an initial collection.
  static func initial(_ value: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) -> [Int32] {
    guard let members = value == .absent ? [] : ObjectReader.members(value) else {
      throw ObjectReader.misfit(initial: value, expected: "a list")
    }
    return members.map { reader.names.number(of: $0) }
  }

  /// The same call, of whose result nothing is known.
  var withoutAnswer: CollectionOperation {
    switch self {
    case .add: self
    case .take, .sawEmpty, .takeUnknown: .takeUnknown
    case .drain, .drainUnknown: .drainUnknown
    }
  }

  /// Whether it changes nothing wherever it fits.
  var onlyLooks: Bool { self == .sawEmpty || self == .drain([]) }

  /// As a clause.
  func description(_ names: ObjectNames, _ add: String, _ take: String) -> String {
    switch self {
    case .add(let value): "\(add) \(names.value(value))"
    case .take(let value): "took \(names.value(value)) \(take)"
    case .sawEmpty: "found nothing to take"
    case .takeUnknown: "took something \(take)"
    case .drain(let values): values.isEmpty ? "found nothing to drain" : "drained \(names.list(values))"
    case .drainUnknown: "drained it"
    }
  }
}
