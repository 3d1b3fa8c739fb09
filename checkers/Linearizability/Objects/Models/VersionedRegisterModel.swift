import Histories

/// A register that counts how often it was written, as jepsen.etcd's: `read` answers `[version value]`, `write` and `cas`
/// answer the version that they made. The version starts at 0. A nil in the place of a version or a value says nothing.
struct VersionedRegisterModel: ObjectModel {
  enum Operation: Hashable, Sendable {
    /// What was seen; `nil` and −1 if that is not known.
    case read(version: Int64?, value: Int32)
    case write(Int32, version: Int64?)
    case compareAndSet(Int32, Int32, version: Int64?)
  }

  struct State: Hashable, Sendable {
    var version: Int64
    var value: Int32
  }

  let initial: State
  var names = ObjectNames()

  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) {
    if case .list(let pair) = initial, pair.count == 2, let version = ObjectReader.integer(pair[0]) {
      self.initial = State(version: version, value: reader.names.number(of: pair[1]))
    } else {
      self.initial = State(version: 0, value: reader.names.number(of: initial))
    }
  }

  func operation(_ operation: Histories.Operation, _ reader: inout ObjectReader) throws(ModelMisfit) -> Operation {
    let argument = reader.argument(operation)
    let answer = reader.answer(operation) ?? .absent
    switch operation.function {
    case .get:
      if answer == .absent { return .read(version: nil, value: -1) }
      guard case .list(let pair) = answer, pair.count == 2 else {
        throw reader.misfit(operation, expected: "[version value]", answer)
      }
      let value = pair[1] == .absent ? -1 : reader.names.number(of: pair[1])
      return .read(version: try version(answer, operation, reader), value: value)
    case .put:
      guard case .list(let pair) = argument, pair.count == 2 else {
        throw reader.misfit(operation, expected: "[nil value] to write", argument)
      }
      return .write(reader.names.number(of: pair[1]), version: try version(answer, operation, reader))
    default:
      guard case .list(let pair) = argument, pair.count == 2, case .list(let both) = pair[1], both.count == 2 else {
        throw reader.misfit(operation, expected: "[nil [old new]]", argument)
      }
      let (old, new) = (reader.names.number(of: both[0]), reader.names.number(of: both[1]))
      return .compareAndSet(old, new, version: try version(answer, operation, reader))
    }
  }

  private func version(
    _ answer: PlainValue, _ operation: Histories.Operation, _ reader: ObjectReader
  ) throws(ModelMisfit) -> Int64? {
    guard case .list(let pair) = answer, let first = pair.first, first != .absent else { return nil }
    guard let version = ObjectReader.integer(first) else {
      throw reader.misfit(operation, expected: "a whole number as the version", first)
    }
    return version
  }

  func forgettingAnswer(of operation: Operation) -> Operation {
    switch operation {
    case .read: .read(version: nil, value: -1)
    case .write(let value, _): .write(value, version: nil)
    case .compareAndSet(let old, let new, _): .compareAndSet(old, new, version: nil)
    }
  }

  func onlyLooks(_ operation: Operation, from state: State) -> Bool {
    if case .read = operation { true } else { false }
  }

  func successors(of state: State, by operation: Operation) -> [State] {
    switch operation {
    case .read(let version, let value):
      let fits = (version == nil || version == state.version) && (value < 0 || value == state.value)
      return fits ? [state] : []
    case .write(let value, let version):
      return written(value, version, state)
    case .compareAndSet(let old, let new, let version):
      return state.value == old ? written(new, version, state) : []
    }
  }

  private func written(_ value: Int32, _ version: Int64?, _ state: State) -> [State] {
    let next = State(version: state.version &+ 1, value: value)
    return version == nil || version == next.version ? [next] : []
  }

  func description(of operation: Operation) -> String {
    switch operation {
    case .read(let version, let value):
      return "read \(value < 0 ? "something" : shown(value))\(Self.shown(version))"
    case .write(let value, let version): return "wrote \(shown(value))\(Self.shown(version))"
    case .compareAndSet(let old, let new, let version):
      return "replaced \(shown(old)) by \(shown(new))\(Self.shown(version))"
    }
  }

  func description(of state: State) -> String {
    "the register holds \(shown(state.value))\(Self.shown(state.version))"
  }

  private static func shown(_ version: Int64?) -> String { version.map { " in version \($0)" } ?? "" }

  private func shown(_ value: Int32) -> String {
    names.values[Int(value)] == .absent ? "nothing" : names.value(value)
  }
}
