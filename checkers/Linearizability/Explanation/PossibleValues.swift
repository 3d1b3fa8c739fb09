import Determinism
import Histories

/// The values that a cell can have after each event of a few operations, as their answers have it: every order is followed.
struct PossibleValues {
  /// By event; without any from the return on that leaves no order.
  private(set) var values: [Values] = []
  /// Those that were possible before the last return: for as long as its operation was open.
  private(set) var duringLast = Values()

  /// The values that are possible at some time.
  struct Values {
    /// In the order in which they are found.
    var known: [[UInt8]?] = []
    /// Whether it may also be one that none of the operations sees then or later, where these are not told apart.
    var includesUnseen = false

    /// Whether no value is possible.
    var isNone: Bool { known.isEmpty && !includesUnseen }

    /// `1, 2 or 3`.
    var text: String {
      guard includesUnseen else { return Wording.alternatives(known) }
      return known.isEmpty
        ? "a value that none of these saw" : "\(Wording.alternatives(known)), or one that none of these saw"
    }
  }

  /// More operations than that, or configurations, are not followed.
  private static let operationLimit = 64
  private static let configurationLimit = 4_000
  /// Nor more steps from one configuration to another.
  private static let stepLimit = 4_000_000
  /// Nor more bytes of strings that appends make.
  private static let byteLimit = 1 << 20

  /// A value, and the operations that have taken effect.
  struct Configuration: Hashable {
    let value: ValueID
    let done: UInt64
  }

  private let history: History
  private let operations: [Operation]
  private let specification: SequentialSpecification
  private let replay: Replay
  private var steps = 0
  private var table = ValueTable()
  private var front: [Configuration] = []
  /// The configurations after each event, if somebody wants to look at them.
  private(set) var fronts: [[Configuration]] = []
  /// The values that some operation demands, and a string that is none of them nor the beginning of one: it stands for all
  /// values that nobody can see any more. `nil` if each is told for itself.
  private var demanded: [[UInt8]?] = []
  /// The values that operations write, for people look for them.
  private var written: [[UInt8]?] = []
  private var unseen: [UInt8]?

  /// - Parameters:
  ///   - history: of `operations` alone, which are all those of one key.
  ///   - mergesUnseen: whether values that nobody sees then or later are one and the same.
  ///   - keepsFronts: whether somebody wants to look at the configurations.
  ///   - shouldStop: asked now and then.
  init?(
    _ history: History, _ operations: [Operation], _ specification: SequentialSpecification, mergesUnseen: Bool,
    keepsFronts: Bool = false, shouldStop: () -> Bool = { false }
  ) {
    guard operations.count <= Self.operationLimit else { return nil }
    (self.history, self.operations, self.specification) = (history, operations, specification)
    let part = Subhistory(history: history, key: .absent, operations: operations)
    replay = Replay(part: part, specification: specification)
    if mergesUnseen {
      let meanings = operations.compactMap { specification.meaning(of: $0) }
      demanded = meanings.filter { $0.effect != .set && $0.effect != .append }.map { history.values[$0.operand] }
      written = meanings.filter { $0.effect == .set || $0.effect == .swap }.map { history.values[$0.result] }
      unseen = [UInt8](repeating: .max, count: 1 + ((demanded + written).map { $0?.count ?? 0 }.max() ?? 0))
    }
    front = [Configuration(value: table.intern(specification.initial), done: 0)]
    let last = operations.indices.max { returnOf($0) ?? -1 < returnOf($1) ?? -1 } ?? 0
    var since = false
    for position in history.events.indices {
      if let returned = operations.indices.first(where: { returnOf($0) == position }) {
        front.removeAll { $0.done & UInt64(1) << UInt64(returned) == 0 }
      } else {
        guard close(at: position, shouldStop) else { return nil }
      }
      if operations.indices.contains(last), operations[last].call == position { since = true }
      if keepsFronts { fronts.append(front) }
      let found = distinctValues(in: front)
      values.append(found)
      guard since else { continue }
      for value in found.known where !duringLast.known.contains(value) { duringLast.known.append(value) }
      duringLast.includesUnseen = duringLast.includesUnseen || found.includesUnseen
    }
  }

  private func returnOf(_ place: Int) -> Int? { operations[place].isUnknown ? nil : operations[place].end }

  /// The values that these configurations have.
  func distinctValues(in front: [Configuration]) -> Values {
    var isFound = [Bool](repeating: false, count: table.count)
    var all: [[UInt8]?] = []
    for configuration in front where !isFound[Int(configuration.value.rawValue)] {
      isFound[Int(configuration.value.rawValue)] = true
      all.append(table[configuration.value])
    }
    guard let unseen else { return Values(known: all) }
    return Values(known: all.filter { $0 != unseen }, includesUnseen: all.contains(unseen))
  }

  /// The value, or the one that stands for it.
  private func merged(_ value: [UInt8]?) -> [UInt8]? {
    guard let unseen, let value else { return value }
    // Appends may yet make of it what it begins.
    let isTold = demanded.contains { $0?.starts(with: value) ?? false } || written.contains(value)
    return isTold ? value : unseen
  }

  /// Adds every configuration that the operations called by now lead to; returns whether there are few enough.
  private mutating func close(at position: Int, _ shouldStop: () -> Bool) -> Bool {
    var seen = ConfigurationMemory()
    for configuration in front { _ = seen.insert(configuration) }
    var place = 0
    while place < front.count {
      let configuration = front[place]
      place += 1
      steps += operations.count
      if steps > Self.stepLimit || table.soonBytes > Self.byteLimit || place % 64 == 0 && shouldStop() { return false }
      for number in operations.indices where operations[number].call <= position {
        guard let next = step(configuration, by: number), seen.insert(next) else { continue }
        front.append(next)
        if front.count > Self.configurationLimit { return false }
      }
    }
    return true
  }

  private mutating func step(_ configuration: Configuration, by number: Int) -> Configuration? {
    let bit = UInt64(1) << UInt64(number)
    guard configuration.done & bit == 0, operations[number].kind != .fail else { return nil }
    // Of those that do the same and may come at any time, the first one called comes first.
    let operation = operations[number]
    if operation.isUnknown, hasEqual(before: number, notIn: configuration.done) { return nil }
    guard case .next(let value) = replay.step(from: table[configuration.value], by: operation) else { return nil }
    return Configuration(value: table.intern(merged(value)), done: configuration.done | bit)
  }

  private func hasEqual(before number: Int, notIn done: UInt64) -> Bool {
    let operation = operations[number]
    return operations.indices.contains { other in
      operations[other].call < operation.call && done & UInt64(1) << UInt64(other) == 0 && operations[other].isUnknown
        && operations[other].function == operation.function && operations[other].argument == operation.argument
        && operations[other].replacement == operation.replacement
    }
  }

  /// The configurations met.
  private struct ConfigurationMemory {
    private var known = LookupTable<Configuration, Bool>()

    /// Returns whether it is new.
    mutating func insert(_ configuration: Configuration) -> Bool {
      guard known[configuration] == nil else { return false }
      known[configuration] = true
      return true
    }
  }
}
