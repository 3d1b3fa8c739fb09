/// A store that counts its writes.
///
/// The answers say in which order all known calls took effect: by revision, the write first that made it. So every call
/// must have ended behind the calls of all that come before it. A revision that nobody is known to have made was made by
/// a write of unknown outcome, which can have happened at any time behind its call: it must only be called before the
/// first end of what comes behind that revision. As these ends do not decrease, a write that can make one revision can
/// make every later one, and which of them makes which is of no matter to time, only to the contents. Whoever answered a
/// revision without saying whether it made it can have made that one. So revisions are walked through in order, with all writers that can have made one where the answers do not tell. Writes of unknown
/// outcome behind the last answered revision never happened, for all that is known.
///
/// Where something does not fit, only a choice is made anew that has to do with it (conflict-directed backjumping, Prosser
/// 1993): one of whose writers sees or changes what did not fit. Whoever is used up was used by such a choice, too.
///
/// - Complexity: O(n + u·g) where the answers tell all; u writes of unknown outcome fill g revisions. Where they do not,
///   it tries until a limit is reached.
struct RevisionWalk<Rules: RevisionRules>: ~Copyable {
  private let calls: [RevisionCall]
  private let initial: Int64
  /// By revision, counted from the initial one: who made it, −1 if nobody is known, with the last choice made here.
  private var writers = FlatBuffer<Int32>()
  /// By revision: the first end of all that comes behind it or sees it.
  private var deadlines = FlatBuffer<Int32>()
  /// Those that write nothing by revision, those of one in the order of their calls, and where those of each start; one more behind the last.
  private var readers = FlatBuffer<Int32>()
  private var readerStarts = FlatBuffer<Int32>()
  /// The writes of unknown outcome in the order of their calls; by place: how often each is used or kept.
  private var unknowns = FlatBuffer<Int32>()
  private var uses: FlatBuffer<Int32>
  /// By place: whether some answer names it as a possible writer.
  private var isNamed: FlatBuffer<Bool>
  /// By effect: the last choice, by number, that has a candidate of this effect.
  private var chosen: FlatBuffer<Int32>
  private var choiceCount: Int32 = 0
  /// The choices made so far, and what remains to be tried for each.
  private var choices = FlatBuffer<Choice>()
  private var candidates = FlatBuffer<Int32>()
  private var violation: FastViolation?
  /// The last revision, counted from the initial one.
  private var last = 0
  private var steps = 0
  /// So many steps at most.
  private let limit: Int
  /// How far a walk came at most, and the call that did not fit there.
  private var furthest = -1
  private var misfit: Int32 = -1
  /// What did not fit last, and at which revision its writer did not; −1 if that is not to blame.
  private var conflict: UInt64 = 0
  private var unwritten = -1

  /// A revision that several can have made.
  struct Choice: BitwiseCopyable {
    let revision: Int32
    let mark: Int
    /// Where its candidates lie, and the next one to be tried.
    let start: Int32
    var next: Int32
    let end: Int32
    /// What its candidates see or change.
    let touched: UInt64
    /// What did not fit with those that were tried.
    var conflict: UInt64 = 0
  }

  /// Decides everything.
  ///
  /// - Parameters:
  ///   - initial: the revision before all calls.
  ///   - store: the contents before all calls; afterwards of no use.
  ///   - limit: how many calls may be tried beyond the first walk.
  ///   - shouldStop: asked now and then; `true` ends it as the limit does.
  static func decide<Store: RevisionedStore>(
    _ calls: [RevisionCall], initial: Int64, _ store: inout Store, limit: Int, shouldStop: () -> Bool = { false }
  ) -> FastDecision {
    var walk = RevisionWalk(calls, initial: initial, limit: limit + 2 * calls.count)
    walk.sort()
    if walk.violation == nil { walk.checkTime() }
    if walk.violation == nil { walk.countFillers() }
    if walk.violation == nil { walk.keep(store) }
    if let violation = walk.violation { return .notLinearizable(violation) }
    switch walk.run(&store, shouldStop) {
    case .some(true): return .linearizable(walk.witness())
    case .some(false): return .notLinearizable(FastViolation(.wrongAnswer, [walk.wrongAnswer]))
    case nil: return .notApplicable
    }
  }

  private init(_ calls: [RevisionCall], initial: Int64, limit: Int) {
    (self.calls, self.initial, self.limit) = (calls, initial, limit)
    uses = FlatBuffer(repeating: 0, count: calls.count)
    isNamed = FlatBuffer(repeating: false, count: calls.count)
    var effects = 0
    for call in calls where call.revision == nil { effects = max(effects, Int(call.effect) + 1) }
    chosen = FlatBuffer(repeating: 0, count: effects)
  }
}

// MARK: What time says

extension RevisionWalk {
  /// Puts all calls in the order of their revisions.
  private mutating func sort() {
    var (writes, highest, highestPlace) = (0, initial, -1)
    var calledAt = FlatBuffer<Int32>()
    var unsorted = FlatBuffer<Int32>()
    for place in calls.indices {
      if calls[place].isWrite || calls[place].mayWrite { writes += 1 }
      guard let revision = calls[place].revision else {
        guard calls[place].isWrite else { continue }
        calledAt.append(calls[place].call)
        unsorted.append(Int32(truncatingIfNeeded: place))
        continue
      }
      if revision < initial || revision == initial && calls[place].isWrite {
        violation = FastViolation(.backwards, [Int32(truncatingIfNeeded: place)])
        return
      }
      if revision > highest { (highest, highestPlace) = (revision, place) }
    }
    if highest - initial > Int64(writes) {
      violation = FastViolation(.valueFromNowhere, [Int32(truncatingIfNeeded: highestPlace)])
      return
    }
    let order = PositionOrder.sorted(calledAt)
    for number in 0..<order.count { unknowns.append(unsorted[Int(order[number])]) }
    last = Int(highest - initial)
    writers = FlatBuffer(repeating: -1, count: last + 1)
    readerStarts = FlatBuffer(repeating: 0, count: last + 2)
    for place in calls.indices {
      guard let revision = calls[place].revision else { continue }
      let number = Int(revision - initial)
      if !calls[place].isWrite {
        readerStarts[number + 1] += 1
      } else if writers[number] >= 0, Rules.isTwice(writers: 2) {
        violation = FastViolation(.twice, [writers[number], Int32(truncatingIfNeeded: place)])
        return
      } else {
        writers[number] = Int32(truncatingIfNeeded: place)
      }
    }
    sortReaders()
  }

  private mutating func sortReaders() {
    for number in 0...last { readerStarts[number + 1] += readerStarts[number] }
    readers = FlatBuffer(repeating: 0, count: Int(readerStarts[last + 1]))
    var next = FlatBuffer<Int32>(capacity: last + 1)
    for number in 0...last { next.append(readerStarts[number]) }
    var calledAt = FlatBuffer<Int32>(capacity: calls.count)
    for call in calls { calledAt.append(call.call) }
    let order = PositionOrder.sorted(calledAt)
    for number in 0..<order.count where !calls[Int(order[number])].isWrite {
      guard let revision = calls[Int(order[number])].revision else { continue }
      let place = Int(revision - initial)
      readers[Int(next[place])] = order[number]
      next[place] += 1
    }
  }

  private func readers(at revision: Int) -> Range<Int> {
    Int(readerStarts[revision])..<Int(readerStarts[revision + 1])
  }

  /// Checks that each call ended behind the calls of all that come before it, and finds the deadlines.
  private mutating func checkTime() {
    var (latest, latestPlace): (Int32, Int32) = (-1, -1)
    for revision in 0...last {
      let writer = writers[revision]
      if writer >= 0 {
        check(writer, behind: latest, latestPlace)
        if calls[Int(writer)].call > latest { (latest, latestPlace) = (calls[Int(writer)].call, writer) }
      }
      let (before, beforePlace) = (latest, latestPlace)
      for number in readers(at: revision) {
        let reader = readers[number]
        check(reader, behind: before, beforePlace)
        if calls[Int(reader)].call > latest { (latest, latestPlace) = (calls[Int(reader)].call, reader) }
      }
      if violation != nil { return }
    }
    deadlines = FlatBuffer(repeating: .max, count: last + 2)
    for revision in (0...last).reversed() {
      var deadline = deadlines[revision + 1]
      if writers[revision] >= 0 { deadline = min(deadline, calls[Int(writers[revision])].end) }
      for number in readers(at: revision) { deadline = min(deadline, calls[Int(readers[number])].end) }
      deadlines[revision] = deadline
    }
  }

  private mutating func check(_ place: Int32, behind call: Int32, _ before: Int32) {
    guard violation == nil, !Rules.canFollow(end: calls[Int(place)].end, call: call) else { return }
    violation = FastViolation(.backwards, [before, place])
  }

  /// Checks that there are enough writes of unknown outcome, called early enough, for all revisions to be filled.
  private mutating func countFillers() {
    var (needed, called) = (0, 0)
    for revision in 1..<max(last + 1, 1)
    where writers[revision] < 0 && !readers(at: revision).contains(where: { calls[Int(readers[$0])].mayWrite }) {
      needed += 1
      let deadline = deadlines[revision]
      while called < unknowns.count, Rules.canFill(call: calls[Int(unknowns[called])].call, deadline: deadline) {
        called += 1
      }
      guard needed > called else { continue }
      // Whoever ended first behind this revision; too few writes were called before.
      violation = FastViolation(.valueFromNowhere, [place(endingAt: deadline)])
      return
    }
  }

  private func place(endingAt end: Int32) -> Int32 {
    calls.firstIndex { $0.end == end }.map { Int32(truncatingIfNeeded: $0) } ?? -1
  }
}

// MARK: What the contents say

extension RevisionWalk {
  /// Keeps each write that alone can have made some revision for that one.
  private mutating func keep(_ store: some RevisionedStore) {
    var isChanged = true
    var rounds = 0
    while isChanged, rounds < 4 {
      isChanged = false
      rounds += 1
      for revision in 1..<max(last + 1, 1) where writers[revision] < 0 {
        guard let evidence = store.evidence(for: initial + Int64(revision)) else { continue }
        steps += evidence.writers.count
        if steps > limit { return }
        for writer in evidence.writers { isNamed[Int(writer)] = true }
        let possible = evidence.writers.filter { isPossible($0, revision) }
        if possible.isEmpty {
          violation = FastViolation(.valueFromNowhere, [evidence.observer])
          return
        }
        guard possible.count == 1 else { continue }
        writers[revision] = possible[0]
        uses[Int(possible[0])] += 1
        isChanged = true
      }
    }
  }

  private func isPossible(_ writer: Int32, _ revision: Int) -> Bool {
    (calls[Int(writer)].revision ?? initial + Int64(revision)) == initial + Int64(revision)
      && Rules.isFree(uses: Int(uses[Int(writer)]))
      && Rules.canFill(call: calls[Int(writer)].call, deadline: deadlines[revision])
  }

  /// Walks through the revisions; `nil` if the limit was reached.
  private mutating func run(_ store: inout some RevisionedStore, _ shouldStop: () -> Bool) -> Bool? {
    var revision = 0
    var asked = steps
    while revision <= last {
      if steps > limit { return nil }
      if steps - asked > 1_000 {
        if shouldStop() { return nil }
        asked = steps
      }
      if revision > 0, writers[revision] < 0 { choose(for: revision, store) }
      if visit(revision, &store) {
        revision += 1
        continue
      }
      guard let again = takeNext(&store) else { return false }
      revision = again
    }
    return true
  }

  /// Lets a revision happen and all that saw it; says whether that fits.
  private mutating func visit(_ revision: Int, _ store: inout some RevisionedStore) -> Bool {
    steps += 1
    let number = initial + Int64(revision)
    if revision > 0 {
      let writer = writers[revision]
      guard writer >= 0, store.write(writer, revision: number) else { return fail(revision, writer, store) }
    }
    for place in readers(at: revision) where readers[place] != writers[revision] {
      steps += 1
      if !store.answers(readers[place], revision: number) { return fail(revision, readers[place], store) }
    }
    return true
  }

  private mutating func fail(_ revision: Int, _ place: Int32, _ store: some RevisionedStore) -> Bool {
    conflict = place < 0 ? .max : store.misfit(of: place)
    unwritten = place == writers[revision] ? revision : -1
    if revision > furthest { (furthest, misfit) = (revision, place) }
    return false
  }

  /// The call that did not fit where a walk came furthest. Where no writer fits, whoever saw the revision says that there
  /// was one.
  private var wrongAnswer: Int32 {
    misfit >= 0 && calls[Int(misfit)].revision != nil ? misfit : place(endingAt: deadlines[furthest])
  }

  /// Writes down who can have made a revision, and takes the first. Those that another one may need come last.
  private mutating func choose(for revision: Int, _ store: some RevisionedStore) {
    let start = Int32(truncatingIfNeeded: candidates.count)
    choiceCount += 1
    if let evidence = store.evidence(for: initial + Int64(revision)) {
      steps += evidence.writers.count
      for writer in evidence.writers where isPossible(writer, revision) { add(writer) }
    } else {
      for place in readers(at: revision) {
        let reader = readers[place]
        if calls[Int(reader)].mayWrite, isPossible(reader, revision) { add(reader) }
      }
      for isNamed in [false, true] { addUnknowns(for: revision, isNamed: isNamed) }
    }
    let end = Int32(truncatingIfNeeded: candidates.count)
    var touched: UInt64 = 0
    for place in start..<end { touched |= store.touched(by: candidates[Int(place)]) }
    choices.append(
      Choice(
        revision: Int32(truncatingIfNeeded: revision), mark: store.mark, start: start, next: start, end: end,
        touched: touched))
    take()
  }

  /// The latest call first: what has not happened for long has most often never happened.
  private mutating func addUnknowns(for revision: Int, isNamed: Bool) {
    for number in (0..<countOfFillers(of: revision)).reversed() {
      let writer = unknowns[number]
      steps += 1
      if self.isNamed[Int(writer)] == isNamed, isPossible(writer, revision) { add(writer) }
    }
  }

  /// How many of the writes of unknown outcome, the earliest call first, can have made a revision.
  private func countOfFillers(of revision: Int) -> Int {
    var (low, high) = (0, unknowns.count)
    while low < high {
      let middle = (low + high) / 2
      if Rules.canFill(call: calls[Int(unknowns[middle])].call, deadline: deadlines[revision]) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  private mutating func add(_ writer: Int32) {
    guard calls[Int(writer)].revision == nil else { return candidates.append(writer) }
    let effect = Int(calls[Int(writer)].effect)
    if !Rules.isTried(isSameEffect: chosen[effect] == choiceCount) { return }
    chosen[effect] = choiceCount
    candidates.append(writer)
  }

  /// Takes the next candidate of the last choice, if there is one.
  private mutating func take() {
    let place = choices.count - 1
    let choice = choices[place]
    guard choice.next < choice.end else { return }
    let writer = candidates[Int(choice.next)]
    choices[place].next += 1
    writers[Int(choice.revision)] = writer
    uses[Int(writer)] += 1
  }

  /// Goes back to the last choice that has to do with what did not fit and has another candidate, and takes that.
  ///
  /// - Returns: the revision to go on with; `nil` if there is no other way.
  private mutating func takeNext(_ store: inout some RevisionedStore) -> Int? {
    while !choices.isEmpty {
      let choice = choices[choices.count - 1]
      let revision = Int(choice.revision)
      if writers[revision] >= 0 { uses[Int(writers[revision])] -= 1 }
      writers[revision] = -1
      store.undo(to: choice.mark)
      if Rules.isToBlame(sharesSomething: revision == unwritten || choice.touched & conflict != 0) {
        // What the one that was tried last has done hangs on all that it saw.
        if choice.next > choice.start {
          let touched = store.touched(by: candidates[Int(choice.next) - 1])
          if touched & conflict != 0 { conflict |= touched }
        }
        conflict |= choice.conflict
        if choice.next < choice.end, Rules.triesAnother() {
          choices[choices.count - 1].conflict = conflict
          take()
          return revision
        }
      }
      candidates.truncate(to: Int(choice.start))
      choices.truncate(to: choices.count - 1)
    }
    return nil
  }

  private func witness() -> [Int32] {
    var order: [Int32] = []
    order.reserveCapacity(last + readers.count)
    for revision in 0...last {
      if revision > 0 { order.append(writers[revision]) }
      for place in readers(at: revision) where readers[place] != writers[revision] { order.append(readers[place]) }
    }
    return order
  }
}
