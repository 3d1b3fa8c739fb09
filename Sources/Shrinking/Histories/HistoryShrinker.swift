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

  /// Configurations and operations that all decisions together may look at, unless told otherwise.
  package static let defaultWork = 1_000_000_000
  /// Of several keys without an order, so many are shrunk, and the smallest result is taken.
  private static let keyLimit = 8

  private let checker: LinearizabilityChecker
  private let work: Int
  private let shouldStop: () -> Bool
  private let report: (Progress) -> Void

  /// - Parameters:
  ///   - work: what all decisions together may cost: configurations and operations.
  ///   - shouldStop: asked often; `true` ends the shrinking with what there is by then.
  ///   - report: told whenever it gets smaller.
  package init(
    model: Model, work: Int = Self.defaultWork, shouldStop: @escaping () -> Bool = { false },
    report: @escaping (Progress) -> Void = { _ in }
  ) {
    checker = LinearizabilityChecker(model: model)
    (self.work, self.shouldStop, self.report) = (work, shouldStop, report)
  }

  /// The essence of `history`.
  ///
  /// - Parameter counterexamples: what the judge says of the keys that have no order, at least one.
  package func shrink(_ history: History, from counterexamples: [Counterexample]) -> Essence? {
    let broken = counterexamples.prefix(Self.keyLimit)
    var work = work
    var best: ShrunkKey?
    let parts = Subhistory.parts(of: history)
    for counterexample in broken {
      guard let part = parts.first(where: { history.values[$0.key] == counterexample.key }) else { continue }
      var shrinking = KeyShrinking(part, checker, work: work, shouldStop: shouldStop, report: report)
      let found = shrinking.shrink(from: counterexample)
      work = shrinking.work
      if best.map({ found.isSmaller(than: $0) }) ?? true { best = found }
      if shouldStop() { break }
    }
    return best.map { $0.essence(of: history, checker.model) }
  }
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

  func essence(of history: History, _ model: Model) -> Essence {
    let small = HistoryExtract(of: history, model, operations: operations, origins: origins)
    let calls = history.operations().map(\.call)
    let members = zip(small.history.operations(), small.order).map { operation, place in
      let origin = origins[place]
      // One that was cut off still has its end where it came from.
      let number = calls.partitioned { $0 >= origin.call }
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
      keyOperations: part.operations.count, decisions: decisions, shortfall: shortfall, origin: history)
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
