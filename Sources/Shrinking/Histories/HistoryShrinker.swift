import Histories
import Linearizability

/// Makes a history that has no order small, by weakenings that are sound (`Weakening`), until none is left that does not
/// give it an order.
///
/// The same every time, unless `shouldStop` ends it.
package struct HistoryShrinker {
  /// How far it has come.
  package struct Progress: Hashable, Sendable {
    /// How many operations are left, of known and of unknown result.
    package var essential: Int
    package var unknown: Int
    /// How many histories were decided.
    package var decisions: Int
  }

  /// Which of the operations without an order are wanted.
  package enum Goal: Hashable, Sendable {
    /// The fewest, of any key and wherever in the history they are.
    case fewest
    /// Those of the first counterexample that end with its culprit: the first end after which no order is left, as far as
    /// the judge found that out.
    case firstEnd
  }

  /// Configurations and operations that all decisions together may look at, unless told otherwise.
  package static let defaultWork = 1_000_000_000
  /// Of several keys without an order, so many are shrunk, and the smallest result is taken.
  private static let keyLimit = 8

  private let checker: LinearizabilityChecker
  private let goal: Goal
  private let work: Int
  private let watch: any ShrinkingWatch
  private let report: (Progress) -> Void

  /// - Parameters:
  ///   - goal: which of the operations without an order are wanted.
  ///   - work: what all decisions together may cost: configurations and operations.
  ///   - watch: may end the shrinking, with what there is by then.
  ///   - report: told whenever it gets smaller.
  package init(
    model: Model, goal: Goal = .fewest, work: Int = Self.defaultWork, watch: any ShrinkingWatch = UnlimitedWatch(),
    report: @escaping (Progress) -> Void = { _ in }
  ) {
    checker = LinearizabilityChecker(model: model)
    (self.goal, self.work, self.watch, self.report) = (goal, work, watch, report)
  }

  /// The essence of `history`.
  ///
  /// - Parameter counterexamples: what the judge says of the keys that have no order, at least one.
  /// - Returns: `nil` if the watch ended it before there were few enough operations to tell of.
  package func shrink(_ history: History, from counterexamples: [Counterexample]) -> Essence? {
    guard watch.freeBytes >= KeyedOperations.bytes(for: history),
      let parts = Subhistories(of: history, shouldStop: watch.isOver)
    else { return nil }
    var work = work
    var best: ShrunkKey?
    for counterexample in counterexamples.prefix(goal == .firstEnd ? 1 : Self.keyLimit) {
      guard let place = parts.place(of: counterexample.key) else { continue }
      var shrinking = KeyShrinking(parts[place], checker, goal, work: work, watch: watch, report: report)
      let found = shrinking.shrink(from: counterexample)
      work = shrinking.work
      if best.map({ found.isSmaller(than: $0) }) ?? true { best = found }
      if watch.isOver() { break }
    }
    guard let best, watch.hasTime(toTell: best.operations.count),
      watch.freeBytes / Self.bytesPerOperationTold >= best.operations.count
    else { return nil }
    return best.essence(of: history, checker.model) { !watch.hasTime(toTell: 1) }
  }

  /// The memory that an essence takes for each of its operations, in bytes.
  private static let bytesPerOperationTold = 1_024
}

/// One key, shrunk.
struct ShrunkKey {
  let part: Subhistory
  /// In the order of their calls, as they stand in the history.
  let origins: [Operation]
  /// The same, as they stand among themselves.
  let operations: [Operation]
  let trials: [Essence.Trial]
  let decisions: Int
  let shortfall: String?

  func isSmaller(than other: ShrunkKey) -> Bool {
    let (one, two) = (operations, other.operations)
    return (one.count, one.count { $0.isUnknown }) < (two.count, two.count { $0.isUnknown })
  }

  func essence(of history: History, _ model: Model, shouldStop: () -> Bool) -> Essence {
    let small = HistoryExtract(of: history, model, operations: operations, origins: origins)
    let numbers = callsBefore(origins, in: history)
    let members = zip(small.history.operations(), small.order).map { operation, place in
      let origin = origins[place]
      let number = numbers[place]
      // One that was cut off still has its end where it came from.
      let whole = part.operations[part.operations.partitioned { $0.call >= origin.call }]
      return Essence.Member(
        operation: operation, origin: whole, place: number, callLine: history.callLine(of: whole),
        endLine: history.endLine(of: whole))
    }
    var places = [Int](repeating: 0, count: operations.count)
    for (new, old) in small.order.enumerated() { places[old] = new }
    let renumbered = trials.map { trial in
      let change: Essence.Trial.Change =
        switch trial.change {
        case .removed, .forgotten: trial.change
        case .calledBefore(let other): .calledBefore(places[other])
        }
      return Essence.Trial(member: places[trial.member], change: change, isLinearizable: trial.isLinearizable)
    }
    return Essence(
      model: model, history: small.history, members: members, trials: renumbered,
      keyOperations: part.operations.count, decisions: decisions, shortfall: shortfall, origin: part,
      shouldStop: shouldStop)
  }

  /// How many calls come before each of these operations, which are in the order of their calls.
  private func callsBefore(_ operations: [Operation], in history: History) -> [Int] {
    var numbers: [Int] = []
    var (calls, position) = (0, 0)
    for operation in operations {
      calls += history.events[position..<operation.call].count { $0.kind == .invoke }
      position = operation.call
      numbers.append(calls)
    }
    return numbers
  }
}

extension Array {
  /// The first place from which on all elements satisfy `isBehind`; none before it does.
  func partitioned(_ isBehind: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
