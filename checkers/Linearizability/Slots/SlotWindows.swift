import Determinism
import Histories

/// Looks for stretches of a key's history that leave no order by themselves, whatever the value was before.
///
/// Of an order of the whole history those operations that come behind a moment are an order of what was called after it,
/// of some of the writes that were open then, and perhaps of some of unknown result that were called before. So in a window
/// nothing that returned before it counts, what was open when it begins or ends may have taken effect or not, and it starts
/// with any value. If it has no order, then the whole has none.
///
/// Windows begin where the fewest operations are open, for there the least is forgotten. Each pass takes wider ones than
/// the one before, and gives each of them more work for each event.
struct SlotWindows<Rules: SlotRules> {
  private let part: Subhistory
  private let specification: SequentialSpecification
  /// Calls and returns in their order: twice an operation's offset, and one more for a return. Without those that say
  /// nothing.
  private var events: [Int32] = []
  /// How many completed operations are open before each event.
  private var openCounts: [Int32] = []
  /// The configurations explored, in all windows.
  private(set) var expansions = 0
  /// What was done so far, in all windows.
  private(set) var work = 0
  /// The work at which the present turn ends; a window that was begun by then is finished.
  var turnEnd = Int.max

  // The present pass.
  private var width: Int
  private var workPerEvent = Self.firstWorkPerEvent
  /// Where the block begins in which the next window does, and the event up to which `open` and `earlier` go.
  private var block = 0
  private var reached = 0
  /// The completed operations that are open there, by offset, and where each stands among them.
  private var open: [Int32] = []
  private var places: [Int32]
  /// Of those of unknown result that were called before, the first of each kind.
  private var earlier: [Int32] = []
  private var known = LookupTable<Meaning.Content, Bool>()

  private static var firstWidth: Int { 32 }
  /// Of short histories it takes shorter ones, which cost next to nothing.
  private static var shortest: Int { 4 }
  private static var firstWorkPerEvent: Int { 64 }
  /// How much wider the windows of the next pass are, and how much more work each event may take.
  private static var widthGrowth: Int { 4 }
  private static var workGrowth: Int { 2 }
  /// What it costs to make a window, beside each of its operations.
  private static var workPerWindow: Int { 1_000 }
  private static var workPerOperation: Int { 32 }

  /// - Returns: `nil` where strings grow, for there the value before a window may be any of too many.
  init?(_ part: Subhistory, _ specification: SequentialSpecification) {
    (self.part, self.specification) = (part, specification)
    let operations = part.operations
    if operations.contains(where: { $0.isAppend && $0.kind != .fail }) { return nil }
    places = [Int32](repeating: -1, count: operations.count)
    width = operations.count <= Self.firstWidth ? Self.shortest : Self.firstWidth
    var ends = FlatBuffer<Int32>(capacity: operations.count)
    for operation in operations {
      ends.append(operation.isUnknown ? .max - 1 : Int32(operation.end ?? Int(Int32.max) - 1))
    }
    let byEnd = PositionOrder.sorted(ends)
    events.reserveCapacity(2 * operations.count)
    openCounts.reserveCapacity(2 * operations.count)
    var (ended, count) = (0, 0)
    func add(_ event: Int32, opens change: Int) {
      events.append(event)
      openCounts.append(Int32(count))
      count += change
    }
    for offset in 0...operations.count {
      let position = offset < operations.count ? operations[offset].call : Int(Int32.max) - 1
      while ended < byEnd.count, Int(ends[Int(byEnd[ended])]) < position {
        let returned = byEnd[ended]
        ended += 1
        if specification.meaning(of: operations[Int(returned)]) != nil { add(returned * 2 + 1, opens: -1) }
      }
      guard offset < operations.count, specification.meaning(of: operations[offset]) != nil else { continue }
      add(Int32(offset) * 2, opens: operations[offset].isUnknown ? 0 : 1)
    }
  }

  /// The memory taken, in bytes.
  var soonBytes: Int { (events.count + openCounts.count + places.count + open.count + earlier.count) * 4 }

  /// The memory that so many operations take, in bytes.
  static func bytes(forOperations count: Int) -> Int { count * 24 }

  /// Goes from window to window until one has no order, the work is done or a window would hold everything.
  mutating func run(within budget: Budget, shouldStop: () -> Bool) -> Decision {
    while width < events.count {
      guard work < turnEnd, expansions < budget.expansions else { return .unknown(.expansions(budget.expansions)) }
      if shouldStop() { return .unknown(.stopped) }
      guard block < events.count else {
        nextPass()
        continue
      }
      let start = narrowest(block..<min(block + width / 2, events.count))
      block += width / 2
      move(to: start)
      let decision = decide(start..<min(start + width, events.count), budget, shouldStop)
      if decision.answer == false { return decision }
      if case .unknown(.stopped) = decision { return decision }
    }
    return .notApplicable
  }

  private mutating func nextPass() {
    width *= Self.widthGrowth
    workPerEvent *= Self.workGrowth
    (block, reached) = (0, 0)
    for offset in open { places[Int(offset)] = -1 }
    open.removeAll()
    earlier.removeAll()
    known = LookupTable()
  }

  /// The first of these events before which the fewest operations are open.
  private func narrowest(_ events: Range<Int>) -> Int {
    var best = events.lowerBound
    for event in events where openCounts[event] < openCounts[best] { best = event }
    return best
  }

  /// Walks on to an event.
  private mutating func move(to start: Int) {
    work += start - reached
    while reached < start {
      let event = events[reached]
      let offset = event >> 1
      reached += 1
      let operation = part.operations[Int(offset)]
      if event & 1 == 1 {
        let last = open[open.count - 1]
        (open[Int(places[Int(offset)])], places[Int(last)]) = (last, places[Int(offset)])
        open.removeLast()
      } else if operation.isUnknown {
        if isFirst(operation, &known) { earlier.append(offset) }
      } else {
        places[Int(offset)] = Int32(open.count)
        open.append(offset)
      }
    }
  }

  /// Whether no operation before did the same, which is noted.
  private func isFirst(_ operation: Operation, _ known: inout LookupTable<Meaning.Content, Bool>) -> Bool {
    guard let content = specification.meaning(of: operation)?.content, known[content] == nil else { return false }
    known[content] = true
    return true
  }

  /// Decides a window, at which `open` and `earlier` have arrived.
  private mutating func decide(_ window: Range<Int>, _ budget: Budget, _ shouldStop: () -> Bool) -> Decision {
    let (offsets, operations) = content(of: window)
    work += Self.workPerWindow + Self.workPerOperation * operations.count
    let small = part.with(operations)
    guard let problem = SlotProblem<Rules>(small, specification, shouldStop: shouldStop) else {
      return .unknown(.stopped)
    }
    var search = SlotSearch(problem, isEndless: true)
    if Rules.startsWithAnyValue() { search.startAnywhere() }
    search.turnEnd = workPerEvent * window.count
    let left = Budget(expansions: budget.expansions - expansions, bytes: max(0, budget.bytes - soonBytes))
    let decision = search.runBreadthFirst(within: left, shouldStop: shouldStop)
    work += search.work
    expansions += search.expansions
    guard case .notLinearizable(.deadEnd(let end)) = decision else { return decision }
    return .notLinearizable(
      .deadEnd(
        DeadEnd(
          operation: offsets[Int(end.operation)], values: end.values, includesUnseen: end.includesUnseen,
          isFirst: false, order: [])))
  }

  /// The operations of a window, in the order of their calls, and their offsets.
  private func content(of window: Range<Int>) -> (offsets: [Int32], operations: [Operation]) {
    var offsets = Rules.mayComeLate(isUnknown: true) ? earlier : []
    for offset in open where Rules.mayComeLate(isUnknown: false) && !isPure(offset) { offsets.append(offset) }
    offsets.sort()
    let first = Rules.mustBePlaced(isCalledBefore: true) ? 0 : offsets.count
    for event in window where events[event] & 1 == 0 { offsets.append(events[event] >> 1) }
    var isDone = [Bool](repeating: false, count: offsets.count)
    for event in window where events[event] & 1 == 1 {
      if let place = place(of: events[event] >> 1, in: offsets, from: first) { isDone[place] = true }
    }
    var known = LookupTable<Meaning.Content, Bool>()
    var kept: [Int32] = []
    var operations: [Operation] = []
    for (place, offset) in offsets.enumerated() {
      var operation = part.operations[Int(offset)]
      if !isDone[place] {
        // There is no end to those of unknown result: one of each kind will do.
        guard operation.isUnknown || !isPure(offset) else { continue }
        operation = operation.isUnknown ? operation : operation.withUnknownEnd
        guard isFirst(operation, &known) else { continue }
      }
      kept.append(offset)
      operations.append(operation)
    }
    return (kept, operations)
  }

  private func isPure(_ offset: Int32) -> Bool {
    specification.meaning(of: part.operations[Int(offset)])?.effect.isPure ?? true
  }

  private func place(of offset: Int32, in offsets: [Int32], from first: Int) -> Int? {
    var (low, high) = (first, offsets.count)
    while low < high {
      let middle = (low + high) / 2
      if offsets[middle] < offset { low = middle + 1 } else { high = middle }
    }
    return low < offsets.count && offsets[low] == offset ? low : nil
  }
}
