import Histories
import Linearizability

/// Shrinks one key.
struct KeyShrinking {
  private let part: Subhistory
  private let checker: LinearizabilityChecker
  private let goal: HistoryShrinker.Goal
  private let watch: any ShrinkingWatch
  private let report: (HistoryShrinker.Progress) -> Void
  /// What decisions may still cost: configurations and operations.
  private(set) var work: Int
  private var decisions = 0
  /// Why a weakening could not be decided, if that happened since the last round began.
  private var undecided: String?
  /// Whether decisions may take long.
  private var isThorough = true
  /// What is left, in the order of the calls, and without an order as far as anybody knows.
  private var operations: [Operation] = []

  init(
    _ part: Subhistory, _ checker: LinearizabilityChecker, _ goal: HistoryShrinker.Goal, work: Int,
    watch: any ShrinkingWatch, report: @escaping (HistoryShrinker.Progress) -> Void
  ) {
    (self.part, self.checker, self.goal, self.work) = (part, checker, goal, work)
    (self.watch, self.report) = (watch, report)
  }

  /// So few operations are shrunk twice, from their beginning and from their end, and the smaller result is taken.
  private static let twiceLimit = 200

  /// In more operations than that no interval is widened, and no weakening certified; nor if there are more pairs.
  private static let trialLimit = 5_000

  /// The memory that shrinking takes for each operation to begin with, in bytes.
  private static let bytesPerOperation = 192

  mutating func shrink(from counterexample: Counterexample) -> ShrunkKey {
    guard part.operations.count <= watch.freeBytes / Self.bytesPerOperation else {
      return ShrunkKey(
        part: part, origins: part.operations, operations: part.operations, trials: [], decisions: 0,
        shortfall: "there was no memory to begin with")
    }
    let begun = start(counterexample)
    var best: [Operation]?
    for oldestFirst in begun.count <= Self.twiceLimit ? [true, false] : [true] {
      operations = begun
      // Where a decision takes long, most others that are as good do not.
      isThorough = false
      removeAll(oldestFirst: oldestFirst)
      isThorough = true
      removeAll(oldestFirst: oldestFirst)
      if best.map({ size(operations) < size($0) }) ?? true { best = operations }
    }
    operations = best ?? begun
    var spans = Spans(operations)
    let isFew = operations.count <= Self.trialLimit
    if isFew { widen(&spans) }
    let trials = isFew ? trials(of: spans) : []
    return ShrunkKey(
      part: part, origins: operations, operations: spans.operations, trials: trials, decisions: decisions,
      shortfall: shortfall(trials))
  }

  private func size(_ operations: [Operation]) -> (Int, Int) { (operations.count, essential(operations)) }

  private func essential(_ operations: [Operation]) -> Int { operations.count { !$0.isUnknown } }

  private func shortfall(_ trials: [Essence.Trial]) -> String? {
    if watch.isOver() { return "it was stopped" }
    if trials.isEmpty { return "\(operations.count) operations are too many to certify" }
    return trials.contains { $0.isLinearizable != true } ? undecided ?? "the limit of work was reached" : nil
  }

  // MARK: Decisions

  /// Configurations for each operation, as long as there may be decisions that take less.
  private static let quickExpansions = 8

  /// Whether there is certainly no order.
  private mutating func isBroken(_ operations: [Operation]) -> Bool { decide(operations) == false }

  private mutating func decide(_ operations: [Operation]) -> Bool? {
    guard work > 0, !watch.isOver() else {
      undecided = undecided ?? (work > 0 ? "it was stopped" : "the limit of work was reached")
      return nil
    }
    decisions += 1
    let candidate = part.with(operations.sorted { $0.call < $1.call })
    let limit = isThorough ? Budget().expansions : Self.quickExpansions * (operations.count + 100)
    let budget = Budget(expansions: min(work, limit), bytes: max(0, min(Budget().bytes, watch.freeBytes)))
    let found = checker.decide(candidate, within: budget, shouldStop: watch.isOver)
    work -= found.expansions + operations.count + 1
    if case .unknown(let limit) = found.decision { undecided = undecided ?? "\(limit)" }
    return found.decision.answer
  }

  private mutating func accept(_ smaller: [Operation]) {
    operations = smaller
    let essential = essential(smaller)
    report(
      HistoryShrinker.Progress(
        essential: essential, unknown: smaller.count - essential, decisions: decisions))
  }

  private func weakening(_ operations: [Operation]) -> Weakening {
    Weakening(part.with(operations), checker.model.specification, shouldStop: watch.isOver)
  }

  // MARK: The first cut

  /// A beginning that is as small as what the judge found allows.
  private mutating func start(_ counterexample: Counterexample) -> [Operation] {
    let weakening = weakening(part.operations)
    let culpritEnd = counterexample.culprit.end ?? .max
    let isBeyond = counterexample.certificate.contains { $0.end ?? 0 > culpritEnd }
    if goal == .fewest || !isBeyond, let few = certificate(counterexample, weakening) { return few }
    if let end = counterexample.culprit.end {
      let cut = part.cut(before: end + 1).operations.filter { !weakening.isIdle($0) }
      if let window = window(of: cut, weakening) { return window }
      isThorough = true
      if isBroken(cut) { return cut }
    }
    let all = part.operations.filter { !weakening.isIdle($0) }
    return window(of: all, weakening) ?? all
  }

  /// What happened shortly before the last return, if that leaves no order: most often few operations say it all, and what
  /// came before these is only what they found.
  private mutating func window(of operations: [Operation], _ weakening: Weakening) -> [Operation]? {
    let ends = operations.compactMap { $0.isUnknown ? nil : $0.end }.sorted()
    isThorough = false
    var count = 8
    while count < ends.count, !watch.isOver() {
      let window = window(of: operations, from: ends[ends.count - count], weakening)
      if isBroken(window) { return window }
      count *= 4
    }
    return nil
  }

  /// The operations that break a rule by themselves, all others being forgotten.
  private mutating func certificate(
    _ counterexample: Counterexample, _ weakening: Weakening
  ) -> [Operation]? {
    let calls = counterexample.certificate.map(\.call).sorted()
    guard let end = counterexample.certificate.compactMap(\.end).max() else { return nil }
    let isKept = { (operation: Operation) in calls.partitioned { $0 >= operation.call } }
    let left = part.operations.filter { operation in
      guard operation.call < end, !weakening.isIdle(operation) else { return false }
      let place = isKept(operation)
      return place < calls.count && calls[place] == operation.call || !weakening.isPure(operation)
    }
    let cleared = weakening.clearing(left) { operation in
      let place = isKept(operation)
      return place == calls.count || calls[place] != operation.call
    }
    let forgotten = cleared.map { operation in
      let place = isKept(operation)
      return place < calls.count && calls[place] == operation.call ? operation : operation.withUnknownEnd
    }
    let few = weakening.clearing(forgotten) { $0.isUnknown }
    return isBroken(few) ? few : nil
  }

  /// What happened from `start` on, and of what came before the writes that it may have seen.
  private func window(of operations: [Operation], from start: Int, _ weakening: Weakening) -> [Operation] {
    let left = operations.filter { $0.call >= start || !weakening.isPure($0) }
    return weakening.clearing(left) { $0.isUnknown || $0.end.map { $0 < start } ?? true }
  }

  // MARK: Taking away

  private enum Pass {
    case pure, removal, forgetting
  }

  /// In more operations than that nobody looks for writes that can only go together.
  private static let blockLimit = 500

  /// Takes away as many operations as can be, in large steps and then one by one, until nothing changes.
  private mutating func removeAll(oldestFirst: Bool) {
    var hasChanged = true
    while hasChanged {
      hasChanged = false
      undecided = nil
      // What nobody can have seen is not worth a decision.
      operations = weakening(operations).clearing(operations) { $0.isUnknown }
      if remove(.pure, oldestFirst) { hasChanged = true }
      if remove(.removal, oldestFirst) { hasChanged = true }
      if removeBlocks(oldestFirst) { hasChanged = true }
      // Whatever is forgotten may come at any time, and nobody can say any more that it was not observed.
      if !hasChanged, remove(.forgetting, oldestFirst) { hasChanged = true }
    }
  }

  /// Takes away writes with all those that may have observed them.
  private mutating func removeBlocks(_ oldestFirst: Bool) -> Bool {
    guard operations.count <= Self.blockLimit else { return false }
    let weakening = weakening(operations)
    let writes = operations.filter { !weakening.isPure($0) }.map(\.call)
    var hasChanged = false
    for call in oldestFirst ? writes : writes.reversed() where !watch.isOver() {
      let block = weakening.block(of: call, in: operations)
      guard block.count > 1 else { continue }
      let smaller = without(block, .removal)
      guard smaller != operations, isBroken(smaller) else { continue }
      accept(smaller)
      hasChanged = true
    }
    return hasChanged
  }

  private mutating func remove(_ pass: Pass, _ oldestFirst: Bool) -> Bool {
    let weakening = weakening(operations)
    var targets = operations.filter { !$0.isUnknown && weakening.isPure($0) == (pass == .pure) }.map(\.call)
    if !oldestFirst { targets.reverse() }
    var hasChanged = false
    var width = targets.count
    while width > 0, work > 0, !watch.isOver() {
      var place = 0
      while place < targets.count, !watch.isOver() {
        let chunk = targets[place..<min(place + width, targets.count)].sorted()
        let smaller = without(chunk, pass)
        guard smaller != operations, isBroken(smaller) else {
          place += width
          continue
        }
        accept(smaller)
        hasChanged = true
        let left = smaller.filter { !$0.isUnknown }.map(\.call)
        let still = { (call: Int) in
          let place = left.partitioned { $0 >= call }
          return place < left.count && left[place] == call
        }
        // What a removal could not take along is not tried again at this width.
        targets = targets[..<place] + targets[place...].filter { still($0) && !(pass == .removal && chunk.holds($0)) }
      }
      width /= 2
    }
    return hasChanged
  }

  private func without(_ chunk: [Int], _ pass: Pass) -> [Operation] {
    let weakening = weakening(operations)
    switch pass {
    case .pure:
      return weakening.clearing(operations.filter { !chunk.holds($0.call) }) { $0.isUnknown }
    case .removal:
      return weakening.clearing(operations) { $0.isUnknown || chunk.holds($0.call) }
    case .forgetting:
      let forgotten = operations.map { chunk.holds($0.call) ? $0.withUnknownEnd : $0 }
      return weakening.clearing(forgotten) { $0.isUnknown }
    }
  }

  // MARK: Widening

  /// Lets each interval begin as early and end as late as it can.
  private mutating func widen(_ spans: inout Spans) {
    for member in operations.indices where !watch.isOver() {
      let (before, after) = spans.room(of: member)
      let earlier = most(of: before) { spans.calling(member, earlierBy: $0) }
      if earlier > 0 { spans = spans.calling(member, earlierBy: earlier) }
      let later = most(of: after) { spans.returning(member, laterBy: $0) }
      if later > 0 { spans = spans.returning(member, laterBy: later) }
    }
    // What moved has changed what is next to what.
    while !watch.isOver(), spans.pairCount <= Self.trialLimit,
      let wider = spans.pairs.lazy.map(spans.overlapping).first(where: { isBroken($0.operations) })
    {
      spans = wider
    }
  }

  /// The most of `count` steps that leave no order.
  private mutating func most(of count: Int, _ widened: (Int) -> Spans) -> Int {
    if count == 0 || isBroken(widened(count).operations) { return count }
    var (low, high) = (0, count)
    while low + 1 < high {
      let middle = (low + high) / 2
      if isBroken(widened(middle).operations) { low = middle } else { high = middle }
    }
    return low
  }

  // MARK: What is left

  /// Tries every weakening that is left.
  private mutating func trials(of spans: Spans) -> [Essence.Trial] {
    let operations = spans.operations
    let weakening = weakening(operations)
    var trials: [Essence.Trial] = []
    undecided = nil
    guard spans.pairCount <= Self.trialLimit else { return [] }
    for (member, operation) in operations.enumerated() where !watch.isOver() {
      func add(_ change: Essence.Trial.Change, _ weaker: [Operation]) {
        trials.append(Essence.Trial(member: member, change: change, isLinearizable: decide(weaker)))
      }
      if !operation.isUnknown {
        var weaker = operations
        if weakening.isPure(operation) {
          weaker.remove(at: member)
          add(.removed, weaker)
        } else {
          weaker[member] = operation.withUnknownEnd
          add(.forgotten, weaker)
        }
      }
    }
    for pair in spans.pairs where !watch.isOver() {
      let answer = decide(spans.overlapping(pair).operations)
      trials.append(Essence.Trial(member: pair.later, change: .calledBefore(pair.earlier), isLinearizable: answer))
    }
    return trials
  }
}

extension [Int] {
  /// Whether these numbers, which are sorted, hold this one.
  fileprivate func holds(_ number: Int) -> Bool {
    let place = partitioned { $0 >= number }
    return place < count && self[place] == number
  }
}
