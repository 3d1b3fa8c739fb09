import Histories

/// How a search ended.
enum SearchResult {
  /// With an order of all operations: offsets among those it was made from.
  case found([Int])
  /// There is none.
  case exhausted
  /// Before it knew.
  case limited(Limit)
}

/// The depth-first search for a linearization (Wing & Gong 1993) with a memory of configurations (Lowe 2017).
///
/// A configuration is the set of operations placed so far and the value that they leave. An operation can be placed
/// next if it was called before any operation not yet placed returned. Three observations keep the search narrow:
///
/// - An operation that changes nothing and fits the value is placed at once: that can only make room.
/// - A write of unknown result is placed only where something waits for its value; else it is as well left out.
/// - A value that somebody still has to see and nobody can write again is not overwritten.
///
/// The tables are flat and every step is undone in place, so that a step costs no allocation.
struct Search {
  var preparation: Preparation
  /// The completed operations, then those of unknown result.
  let operations: [PreparedOperation]
  let completedCount: Int
  /// The completed operations left, by call and by return; those of unknown result left, by call.
  var byCall: LinkedOrder
  var byReturn: LinkedOrder
  var unknownByCall: LinkedOrder
  /// One bit for each operation placed.
  var placedCompleted: [UInt64]
  var placedUnknown: [UInt64]
  /// How many completed operations are placed.
  var placedCompletedCount = 0
  /// The value that the placed operations leave.
  var state: StateID
  /// The operations placed, in order.
  var trail: [Int32] = []
  /// How many completed operations left demand this value, and how many of any kind could be the last step to it.
  var demands: [Int32]
  var producers: [Int32]
  /// How many completed operations left demand any value, and how many puts left write one that is demanded.
  var demandCount = 0
  var rootCount = 0

  private var frames: [Frame] = []
  var candidates: [Int32] = []
  private var cache = ConfigurationCache()
  private var words: [UInt64] = []

  /// Whether values that somebody has yet to see are kept. Off when the search is for the longest order only.
  var keepsDemandedValues = true
  /// The longest order so far, by completed operations; kept up to date only if asked for.
  private(set) var longest: [Int32] = []
  private var longestCompleted = -1
  var recordsLongest = false
  /// Whether an order that leaves out a single completed operation ends the search: of a key without an order none is
  /// longer.
  var endsAtAllButOne = false
  /// The configurations entered.
  private(set) var expansions = 0
  /// What was done so far: about so many operations were looked at.
  var work = 0
  /// The work at which the present turn ends.
  var turnEnd = Int.max
  private var hasBegun = false
  private var steps = 0

  /// A configuration on the way from the first to the present one.
  private struct Frame {
    /// The length of the trail and the value before the step that led here.
    let mark: Int
    let stateBefore: StateID
    /// Its part of the candidates, and the one to try next.
    let firstCandidate: Int
    var nextCandidate: Int
  }

  init(_ preparation: Preparation) {
    self.preparation = preparation
    operations = preparation.completed + preparation.unknown
    completedCount = preparation.completed.count
    let completed = preparation.completed
    byCall = LinkedOrder(Array(completed.indices))
    byReturn = LinkedOrder(completed.indices.sorted { completed[$0].end < completed[$1].end })
    unknownByCall = LinkedOrder(Array(preparation.unknown.indices))
    placedCompleted = [UInt64](repeating: 0, count: completed.count / 64 + 1)
    placedUnknown = [UInt64](repeating: 0, count: (preparation.unknown.count + 63) / 64)
    state = preparation.initial
    demands = [Int32](repeating: 0, count: preparation.values.count)
    producers = demands
    for operation in operations { count(operation, 1) }
  }

  /// Searches until an order is found, there is none, or the budget is spent. After a limit of work it can be called again,
  /// and goes on.
  mutating func run(within budget: Budget, shouldStop: () -> Bool) -> SearchResult {
    if shouldStop() { return .limited(.stopped) }
    if !hasBegun {
      hasBegun = true
      if let result = enter(mark: 0, stateBefore: state, isUnknown: false) { return result }
    }
    while let frame = frames.last {
      if expansions > budget.expansions || work >= turnEnd { return .limited(.expansions(budget.expansions)) }
      guard frame.nextCandidate < candidates.count else {
        leave(frame)
        continue
      }
      frames[frames.count - 1].nextCandidate += 1
      let candidate = Int(candidates[frame.nextCandidate])
      let (mark, before) = (trail.count, state)
      place(candidate)
      guard !keepsDemandedValues || !losesDemandedValue(before) else {
        undo(to: mark, before)
        continue
      }
      if let result = enter(mark: mark, stateBefore: before, isUnknown: candidate >= completedCount) { return result }
      steps += 1
      if steps & 255 == 0 {
        if bytes > budget.bytes { return .limited(.bytes(budget.bytes)) }
        if shouldStop() { return .limited(.stopped) }
      }
    }
    return .exhausted
  }

  /// What it costs to enter a configuration, besides the operations looked at.
  private static let workPerEntry = 16

  /// Goes on from the present configuration, unless it leads nowhere new: then the step to it is undone.
  private mutating func enter(mark: Int, stateBefore: StateID, isUnknown: Bool) -> SearchResult? {
    let placed = trail.count
    absorb()
    work += Self.workPerEntry + 4 * (trail.count - placed)
    noteLongest()
    if endsAtAllButOne, longestCompleted == completedCount - 1 { return .exhausted }
    if byReturn.isEmpty { return .found(trail.map { Int(operations[Int($0)].source) }) }
    let firstCandidate = candidates.count
    let bound = collectCandidates()
    guard !isUnknown || trail.count > placed || isAwaited(by: firstCandidate), isNew(bound) else {
      candidates.removeLast(candidates.count - firstCandidate)
      undo(to: mark, stateBefore)
      return nil
    }
    expansions += 1
    frames.append(
      Frame(mark: mark, stateBefore: stateBefore, firstCandidate: firstCandidate, nextCandidate: firstCandidate))
    return nil
  }

  private mutating func leave(_ frame: Frame) {
    frames.removeLast()
    candidates.removeLast(candidates.count - frame.firstCandidate)
    undo(to: frame.mark, frame.stateBefore)
  }

  /// The memory soon taken, in bytes.
  var bytes: Int {
    cache.soonBytes + 2 * (candidates.count * 4 + frames.count * MemoryLayout<Frame>.stride)
      + operations.count * (2 * MemoryLayout<PreparedOperation>.stride + 24)
  }

  /// Whether one of the candidates from `first` on goes on from the value that is there, instead of replacing it.
  private func isAwaited(by first: Int) -> Bool {
    if state == .unmentioned, !preparation.hasForbid { return false }
    return candidates[first...].contains { operations[Int($0)].effect != .set }
  }

  private mutating func noteLongest() {
    guard recordsLongest else { return }
    guard placedCompletedCount > longestCompleted else { return }
    longestCompleted = placedCompletedCount
    longest = trail
  }

  /// Whether the present configuration was never entered before.
  ///
  /// Completed operations before the first one left are all placed, those from `bound` on are not: only the bits between
  /// tell configurations apart.
  private mutating func isNew(_ bound: Int) -> Bool {
    words.removeAll(keepingCapacity: true)
    let firstWord = byCall.first / 64
    words.append(UInt64(UInt32(bitPattern: state)) << 32 | UInt64(firstWord))
    for word in firstWord...max(firstWord, (bound - 1) / 64) { words.append(placedCompleted[word]) }
    words.append(contentsOf: placedUnknown)
    work += words.count
    return cache.insert(words)
  }
}
