import Histories
import Linearizability

/// One history while it is judged.
///
/// Keys take turns: each round gives every undecided key a larger share of work than the one before, so that a hard key
/// does not starve an easy one that is broken. A round is always finished, and none follows one that found a key without
/// an order: so what comes out does not depend on who judges which key when.
struct Session {
  private let parts: [Subhistory]
  private let checker: LinearizabilityChecker
  private let limits: JudgingLimits
  private let threads: Int
  private let watch: Watch
  /// What is known of each key so far, and the configurations looked at for it.
  private var decisions: [Decision]
  private var expansions: [Int]
  /// Whether the order that came with the history holds for a key.
  private var followsGivenOrder: [Bool]
  /// What each key was given in its last round.
  private var shares: [Int]
  /// What the engines may take of the process's memory, all together; `nil` for as much as they want.
  private var freeBytes: Int?

  init(
    _ parts: [Subhistory], _ checker: LinearizabilityChecker, _ limits: JudgingLimits, threads: Int, _ watch: Watch
  ) {
    self.parts = parts
    self.checker = checker
    self.limits = limits
    self.threads = threads
    self.watch = watch
    shares = [Int](repeating: 0, count: parts.count)
    expansions = shares
    decisions = parts.map { _ in .unknown(.stopped) }
    followsGivenOrder = parts.map { _ in false }
  }

  /// The first round's share: so much, and so much more for each operation.
  private static let firstShare = 20_000
  private static let firstSharePerOperation = 8
  /// How much larger the next round's shares are.
  private static let growth = 8
  /// The fewest operations for which threads are started in the first round. Whatever needs a second one is worth it.
  private static let fewestForThreads = 4_000

  /// Decides every key, as far as the limits allow.
  mutating func decide() {
    if let limit = limits.residentBytes {
      ResidentMemory.giveBack()
      freeBytes = limit - watch.look()
    }
    var factor = 1
    if let freeBytes, freeBytes <= 0 { return noteMemoryLimit() }
    replayGivenOrder()
    while !watch.isOver(), !decisions.contains(where: { $0.answer == false }) {
      let open = parts.indices.filter { mayGoOn($0) }
      if open.isEmpty { return }
      for place in open { shares[place] = share(of: place, factor, isAlone: open.count == 1) }
      runRound(open, isFirst: factor == 1)
      factor = factor.multipliedReportingOverflow(by: Self.growth).overflow ? factor : factor * Self.growth
    }
    if watch.isOver() { noteInterruption() }
  }

  /// Decides the keys for which the order holds that came with the history.
  private mutating func replayGivenOrder() {
    for place in parts.indices where !watch.isOver() {
      guard let order = checker.givenOrder(of: parts[place]) else { continue }
      decisions[place] = .linearizable(order)
      followsGivenOrder[place] = true
    }
  }

  /// Whether more work could decide this key.
  private func mayGoOn(_ place: Int) -> Bool {
    guard shares[place] < limits.expansions, case .unknown(let limit) = decisions[place] else { return false }
    switch limit {
    case .expansions, .bytes, .stopped: return true
    case .notApplicable, .contradiction: return false
    }
  }

  /// A key that nobody waits for gets all there is.
  private func share(of place: Int, _ factor: Int, isAlone: Bool) -> Int {
    if isAlone { return limits.expansions }
    // More work does not help a key that ran out of memory, unless it is all there is.
    if case .unknown(.bytes) = decisions[place] { return limits.expansions }
    let first = Self.firstShare + Self.firstSharePerOperation * parts[place].operations.count
    let (share, overflows) = first.multipliedReportingOverflow(by: factor)
    return overflows ? limits.expansions : min(limits.expansions, share)
  }

  private mutating func runRound(_ open: [Int], isFirst: Bool) {
    let operations = open.reduce(0) { $0 + parts[$1].operations.count }
    let isSmall = isFirst && operations < Self.fewestForThreads
    let count = isSmall ? 1 : min(threads, open.count)
    guard count > 1 else {
      for place in open { decideAlone(place) }
      return
    }
    // Long ones first, so that no core waits for the last of them.
    let order = open.sorted { (parts[$1].operations.count, $0) < (parts[$0].operations.count, $1) }
    let session = self
    let found = Workers.map(order, threads: count) { session.decide($0, sharingWith: count) }
    for (place, found) in zip(order, found) { settle(place, found) }
    // What was too much for several at once may be enough for each by itself.
    watch.resume()
    ResidentMemory.giveBack()
    for place in open where !watch.isOver() && ranOutOfMemory(place) { decideAlone(place) }
  }

  private mutating func decideAlone(_ place: Int) {
    settle(place, decide(place, sharingWith: 1))
    guard ranOutOfMemory(place) else { return }
    // The next one begins anew.
    watch.resume()
    ResidentMemory.giveBack()
  }

  private func ranOutOfMemory(_ place: Int) -> Bool {
    guard freeBytes != nil, case .unknown(.bytes) = decisions[place] else { return false }
    return true
  }

  /// - Parameter count: how many keys share the memory.
  private func decide(_ place: Int, sharingWith count: Int) -> (decision: Decision, expansions: Int) {
    checker.decide(parts[place], within: budget(shares[place], sharingWith: count), shouldStop: watch.isOver)
  }

  private func budget(_ expansions: Int, sharingWith count: Int) -> Budget {
    let bytes = freeBytes.map { max(0, min(limits.bytes, $0 / count)) }
    return Budget(expansions: expansions, bytes: bytes ?? limits.bytes)
  }

  private mutating func settle(_ place: Int, _ found: (decision: Decision, expansions: Int)) {
    expansions[place] += found.expansions
    decisions[place] = found.decision
    guard let limit = limits.residentBytes, case .unknown(let reached) = found.decision else { return }
    // People know the limit that they gave, not what is left of it beside the history.
    switch reached {
    case .bytes: decisions[place] = .unknown(.bytes(limit))
    case .stopped where watch.ending == .memory: decisions[place] = .unknown(.bytes(limit))
    default: break
    }
  }

  /// Keys that would have had another turn: that turn is what they lack, not work.
  private mutating func noteInterruption() {
    for place in decisions.indices {
      if case .unknown(.expansions) = decisions[place], mayGoOn(place) { decisions[place] = .unknown(.stopped) }
    }
  }

  /// Keys that nobody came to for lack of memory.
  private mutating func noteMemoryLimit() {
    guard let limit = limits.residentBytes else { return }
    for place in decisions.indices {
      if case .unknown(.stopped) = decisions[place] { decisions[place] = .unknown(.bytes(limit)) }
    }
  }
}

extension Session {
  /// What was decided, in words.
  func told() -> [KeyJudgement] {
    let broken = decisions.count { $0.answer == false }
    let threads = broken > 1 ? min(threads, broken) : 1
    return Workers.map(Array(parts.indices), threads: threads) { place in
      let told = checker.tell(
        decisions[place], of: parts[place], within: budget(limits.expansions, sharingWith: threads),
        shouldStop: watch.isOver)
      return KeyJudgement(
        key: parts[place].history.values[parts[place].key], operations: parts[place].operations.count,
        verdict: told.verdict, expansions: expansions[place] + told.expansions,
        followsGivenOrder: followsGivenOrder[place])
    }
  }
}
