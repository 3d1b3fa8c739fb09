import Histories
import Linearizability

/// One history while it is judged.
///
/// Keys take turns: each round gives every undecided key a larger share of work than the one before, so that a hard key
/// does not starve an easy one that is broken. A round is always finished, and none follows one that found a key without
/// an order: so what comes out does not depend on who judges which key when.
struct Session {
  private let parts: Subhistories
  private let checker: LinearizabilityChecker
  private let limits: JudgingLimits
  private let threads: Int
  private let watch: Watch
  /// What is known of each key so far.
  private let ledger: SharedLedger
  /// What the engines may take of the process's memory, all together; `nil` for as much as they want.
  private var freeBytes: Int?

  init(
    _ parts: Subhistories, _ checker: LinearizabilityChecker, _ limits: JudgingLimits, threads: Int, _ watch: Watch
  ) {
    self.parts = parts
    self.checker = checker
    self.limits = limits
    self.threads = threads
    self.watch = watch
    ledger = SharedLedger(keys: parts.count)
  }

  /// The memory that telling the keys of `history` apart and remembering what is known of them takes at most, in bytes.
  static func bytes(for history: History) -> Int {
    KeyedOperations.bytes(for: history)
      + Ledger.bytes(
        keys: min(history.values.count, history.events.count), operations: KeyedOperations.count(in: history))
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
    if let freeBytes, freeBytes <= 0 { return ledger.withLock { $0.move(.open, to: .full) } }
    var factor = 1
    replayGivenOrder()
    while !watch.isOver(), ledger.withLock({ $0.grounds.isEmpty }) {
      let open = ledger.withLock { ledger in
        let open = parts.indices.filter { mayGoOn($0, ledger) }
        for place in open { ledger.shares[place] = share(of: place, factor, isAlone: open.count == 1, ledger) }
        return open
      }
      if open.isEmpty { return }
      runRound(open, isFirst: factor == 1)
      factor = factor.multipliedReportingOverflow(by: Self.growth).overflow ? factor : factor * Self.growth
    }
    guard watch.isOver() else { return }
    // Keys that would have had another turn: that turn is what they lack, not work.
    ledger.withLock { $0.move(.spent, to: .open, where: mayGoOn) }
    if watch.ending == .memory { ledger.withLock { $0.move(.open, to: .full) } }
  }

  /// Decides the keys for which the order holds that came with the history.
  private func replayGivenOrder() {
    guard parts.hasGivenOrder else { return }
    for place in parts.indices where !watch.isOver() {
      guard parts.range(of: place).count <= (freeBytes ?? .max) / Self.bytesPerPlace else { continue }
      guard let order = checker.givenOrder(of: parts[place], shouldStop: watch.isOver) else { continue }
      ledger.withLock { $0.note(.linearizable(order), 0, of: place, in: parts, byGivenOrder: true) }
    }
  }

  /// The memory that replaying a given order takes for each operation, in bytes.
  private static let bytesPerPlace = 128

  /// Whether more work could decide this key.
  private func mayGoOn(_ place: Int, _ ledger: Ledger) -> Bool {
    guard ledger.shares[place] < limits.expansions else { return false }
    return switch ledger.standings[place] {
    case .open, .spent, .full: true
    case .notApplicable, .contradiction, .linearizable, .given, .broken: false
    }
  }

  /// A key that nobody waits for gets all there is.
  private func share(of place: Int, _ factor: Int, isAlone: Bool, _ ledger: Ledger) -> Int {
    // More work does not help a key that ran out of memory, unless it is all there is.
    if isAlone || ledger.standings[place] == .full { return limits.expansions }
    let first = Self.firstShare + Self.firstSharePerOperation * parts.range(of: place).count
    let (share, overflows) = first.multipliedReportingOverflow(by: factor)
    return overflows ? limits.expansions : min(limits.expansions, share)
  }

  private func runRound(_ open: [Int], isFirst: Bool) {
    let operations = open.reduce(0) { $0 + parts.range(of: $1).count }
    let isSmall = isFirst && operations < Self.fewestForThreads
    let count = isSmall ? 1 : min(threads, open.count)
    guard count > 1 else {
      for place in open { decideAlone(place) }
      return
    }
    let order = longestFirst(open)
    let turns = turns(of: order)
    Workers.share(turns.count, threads: count) { number in
      let found = order[turns[number]].map { (place: $0, found: decide($0, sharingWith: count)) }
      ledger.withLock {
        for one in found { $0.note(one.found.decision, one.found.expansions, of: one.place, in: parts) }
      }
    }
    // What was too much for several at once may be enough for each by itself.
    watch.resume()
    ResidentMemory.giveBack()
    let full = ledger.withLock { ledger in open.filter { ledger.standings[$0] == .full } }
    for place in full where !watch.isOver() && freeBytes != nil { decideAlone(place) }
  }

  /// From so many operations on a key is judged in a turn of its own.
  private static let longTurn = 1_000

  /// Long keys first, so that no core waits for the last of them.
  private func longestFirst(_ open: [Int]) -> [Int] {
    let long = open.filter { parts.range(of: $0).count >= Self.longTurn }
      .sorted { (parts.range(of: $1).count, $0) < (parts.range(of: $0).count, $1) }
    return long.isEmpty ? open : long + open.filter { parts.range(of: $0).count < Self.longTurn }
  }

  /// The keys that a thread judges in one go, as parts of `order`: short ones together.
  private func turns(of order: [Int]) -> [Range<Int>] {
    var turns: [Range<Int>] = []
    var (start, operations) = (0, 0)
    for (offset, place) in order.enumerated() {
      operations += parts.range(of: place).count
      guard operations >= Self.longTurn || offset + 1 == order.count else { continue }
      turns.append(start..<offset + 1)
      (start, operations) = (offset + 1, 0)
    }
    return turns
  }

  private func decideAlone(_ place: Int) {
    let found = decide(place, sharingWith: 1)
    let isFull = ledger.withLock { ledger in
      ledger.note(found.decision, found.expansions, of: place, in: parts)
      return ledger.standings[place] == .full
    }
    guard freeBytes != nil, isFull || watch.ending == .memory else { return }
    // The next one begins anew.
    watch.resume()
    ResidentMemory.giveBack()
  }

  /// - Parameter count: how many keys share the memory.
  private func decide(_ place: Int, sharingWith count: Int) -> (decision: Decision, expansions: Int) {
    var budget = budget(ledger.withLock { $0.shares[place] }, sharingWith: count)
    budget.bytes -= parts.bytes(of: place)
    guard budget.bytes >= 0 else { return (.unknown(.bytes(limits.bytes)), 0) }
    let found = checker.decide(parts[place], within: budget, shouldStop: watch.isOver)
    if case .unknown(.stopped) = found.decision, watch.ending == .memory {
      return (.unknown(.bytes(limits.bytes)), found.expansions)
    }
    return found
  }

  private func budget(_ expansions: Int, sharingWith count: Int) -> Budget {
    let bytes = freeBytes.map { max(0, min(limits.bytes, $0 / count)) }
    return Budget(expansions: expansions, bytes: bytes ?? limits.bytes)
  }
}

extension Session {
  /// What was decided, key by key, and why the first ones without an order have none.
  func told() -> (keys: KeyJudgements, counterexamples: [Counterexample]) {
    let (grounds, spent) = ledger.withLock { ($0.grounds, $0.expansions) }
    let threads = min(threads, max(1, grounds.count))
    let told = Workers.map(grounds, threads: threads) { place, ground in
      checker.tell(
        .notLinearizable(ground), of: parts[place], within: budget(limits.expansions, sharingWith: threads),
        spent: spent[place], shouldStop: watch.isOver)
    }
    var counterexamples: [Counterexample] = []
    for (told, ground) in zip(told, grounds) {
      ledger.withLock { $0.add(told.expansions, to: ground.place) }
      if case .notLinearizable(let counterexample) = told.verdict { counterexamples.append(counterexample) }
    }
    // What went wrong first is told first.
    counterexamples.sort { $0.culprit.end ?? .max < $1.culprit.end ?? .max }
    return (KeyJudgements(parts, ledger.withLock { $0 }, limits), counterexamples)
  }
}
