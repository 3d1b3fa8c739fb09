import Determinism

/// The depth-first search for an order (Wing & Gong 1993) with a memory of configurations (Lowe 2017), over any
/// `SequentialModel`.
///
/// A configuration is the set of operations placed so far and the state that they leave. An operation can be placed next
/// if it was called before any completed operation not yet placed returned. What keeps the search narrow:
///
/// - An operation that only looks and fits the state is placed at once: that can only make room.
/// - Of equal completed operations the one that returns first comes first, of equal ones of unknown result the one that was
///   called first; and a completed one comes before an equal one of unknown result. They can change places.
/// - An operation of unknown result has no return, so that it can always come later. Directly behind one nothing is tried
///   that goes as well before it or without it (`mayLeaveOut`). What is needed is then placed right before it is needed.
/// - A configuration is not entered if one with the same state and the same completed operations was there that had spent
///   no other operations of unknown result.
/// - Where the model can tell that the operation which returns first cannot follow any more, nothing is tried.
///
/// States are numbered in the order in which they are first met. The tables are flat, every step is undone in place, and
/// nothing depends on the order of a hash table: two searches over the same calls take the same steps.
struct ModelSearch<Model: SequentialModel, Rules: ModelRules> {
  let model: Model
  let problem: ModelProblem<Model>
  /// The completed operations left, by call and by return; those of unknown result left, by call.
  var byCall: LinkedOrder
  var byReturn: LinkedOrder
  var unknownByCall: LinkedOrder
  /// One bit for each operation placed.
  var placedCompleted: [UInt64]
  var placedUnknown: [UInt64]
  /// How many completed operations are placed.
  var placedCompletedCount = 0
  /// The state that the placed operations leave, by its number.
  var state: Int32 = 0
  /// The operations placed, in order.
  var trail: [Int32] = []

  /// The states met so far.
  private(set) var states: [Model.State]
  private var numbers = LookupTable<Model.State, Int32>()
  private var transitions = TransitionTable()
  /// What the states take besides their own words, in bytes.
  private var stateBytes = 0

  private var frames: [Frame] = []
  var candidates: [Candidate] = []
  /// The operations of the present collection, at most one of each class; and in which collection each class was last.
  var chosen: [Int32] = []
  var collections: [Int32]
  var collection: Int32 = 0
  /// Where that operation stands among the chosen.
  var chosenPlaces: [Int32]
  private var memory: ConfigurationMemory<Rules>
  private var key: [UInt64] = []
  private var hasStarted = false

  /// Whether the model is asked what can still follow. Off when the search is for the longest order only.
  var asksOutlook = true
  /// Whether the longest order is kept.
  var recordsLongest = false
  /// The longest order so far, by completed operations, and the state that it leaves.
  private(set) var longest: [Int32] = []
  private(set) var longestState: Int32 = 0
  private var longestCompleted = -1
  /// The configurations entered.
  private(set) var expansions = 0
  /// What is looked at between two questions about limits, and how much of it there was since the last one. A single step
  /// may look at thousands of operations, and make as many states.
  private static var workBetween: Int { 4_096 }
  private var work = 0
  private var byteLimit = Int.max
  /// Why nothing more is looked at.
  private var ending: Limit?

  /// How a search ended, or why it paused.
  enum Result {
    /// With an order: places among the calls that the problem was made from.
    case found([Int32])
    /// There is none.
    case exhausted
    /// The budget is spent. Where that is the expansions, it goes on where it paused when it is run with a larger one; any
    /// other limit may have ended it amid a configuration, and it is not to be run again.
    case limited(Limit)
  }

  /// A step: an operation and the state to which it leads.
  struct Candidate: BitwiseCopyable {
    let number: Int32
    let target: Int32
  }

  /// A configuration on the way from the first to the present one.
  private struct Frame: BitwiseCopyable {
    /// The length of the trail and the state before the step that led here.
    let mark: Int
    let stateBefore: Int32
    /// Its part of the candidates, and the one to try next.
    let firstCandidate: Int
    var nextCandidate: Int
  }

  /// A search over the calls of one part.
  init(_ model: Model, _ problem: ModelProblem<Model>, _ rules: Rules.Type) {
    self.model = model
    self.problem = problem
    let completed = problem.completedCount
    let unknown = problem.count - completed
    byCall = LinkedOrder(Array(0..<completed))
    byReturn = LinkedOrder((0..<completed).sorted { problem.ends[$0] < problem.ends[$1] })
    unknownByCall = LinkedOrder(Array(0..<unknown))
    placedCompleted = [UInt64](repeating: 0, count: completed / 64 + 1)
    placedUnknown = [UInt64](repeating: 0, count: (unknown + 63) / 64)
    collections = [Int32](repeating: 0, count: problem.operations.count)
    chosenPlaces = collections
    memory = ConfigurationMemory(width: placedUnknown.count)
    states = [model.initial]
    numbers[model.initial] = 0
  }

  /// Searches until an order is found, there is none, or the budget is spent. The budget counts from the first run on.
  mutating func run(within budget: Budget, shouldStop: () -> Bool) -> Result {
    if shouldStop() { return .limited(.stopped) }
    (byteLimit, ending) = (budget.bytes, nil)
    if !hasStarted {
      hasStarted = true
      if let result = enter(mark: 0, stateBefore: state, unknown: -1, shouldStop) { return result }
    }
    while let frame = frames.last {
      if let ending { return .limited(ending) }
      if expansions > budget.expansions { return .limited(.expansions(budget.expansions)) }
      if isOver(shouldStop) { continue }
      guard frame.nextCandidate < candidates.count else {
        leave(frame)
        continue
      }
      frames[frames.count - 1].nextCandidate += 1
      let candidate = candidates[frame.nextCandidate]
      let (mark, before) = (trail.count, state)
      place(Int(candidate.number))
      state = candidate.target
      let isUnknown = Int(candidate.number) >= problem.completedCount
      let unknown = isUnknown ? problem.classes[Int(candidate.number)] : -1
      if let result = enter(mark: mark, stateBefore: before, unknown: unknown, shouldStop) { return result }
    }
    return ending.map { .limited($0) } ?? .exhausted
  }

  /// Counts something looked at, and says whether a limit was reached.
  mutating func isOver(_ shouldStop: () -> Bool) -> Bool {
    work += 1
    if work >= Self.workBetween {
      work = 0
      if bytes > byteLimit { ending = ending ?? .bytes(byteLimit) }
      if shouldStop() { ending = ending ?? .stopped }
    }
    return ending != nil
  }

  /// Goes on from the present configuration, unless it leads nowhere new: then the step to it is undone.
  ///
  /// - Parameter unknown: the class of the operation of unknown result that led here; −1 if it was another one.
  private mutating func enter(
    mark: Int, stateBefore: Int32, unknown: Int32, _ shouldStop: () -> Bool
  ) -> Result? {
    let placed = trail.count
    absorb(shouldStop)
    if recordsLongest, placedCompletedCount > longestCompleted {
      longestCompleted = placedCompletedCount
      (longest, longestState) = (trail, state)
    }
    if byReturn.isEmpty { return .found(trail.map { problem.sources[Int($0)] }) }
    let firstCandidate = candidates.count
    let leavesOut = unknown >= 0 && Rules.mayLeaveOut(hasAbsorbed: trail.count > placed)
    let bound = collectCandidates(behind: leavesOut ? unknown : -1, shouldStop)
    if leavesOut { leaveOut(from: firstCandidate, behind: unknown, stateBefore, shouldStop) }
    guard candidates.count > firstCandidate, isNew(bound), mayGoOn() else {
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
    memory.soonBytes + transitions.soonBytes + stateBytes + states.count * (3 * MemoryLayout<Model.State>.stride + 16)
      + 2 * (candidates.count * MemoryLayout<Candidate>.stride + frames.count * MemoryLayout<Frame>.stride)
      + ModelProblem<Model>.bytes(forCalls: problem.count)
  }

  /// Whether the present configuration was never entered before, nor one that stands for it.
  ///
  /// Completed operations before the first one left are all placed, those from `bound` on are not: only the bits between
  /// tell configurations apart.
  private mutating func isNew(_ bound: Int) -> Bool {
    key.removeAll(keepingCapacity: true)
    let firstWord = byCall.first / 64
    key.append(UInt64(UInt32(bitPattern: state)) << 32 | UInt64(firstWord))
    let end = Rules.windowEnd(bound: bound)
    for word in firstWord...max(firstWord, (end - 1) / 64) {
      let isLast = (word + 1) * 64 > end
      let mask = isLast ? (UInt64(1) << UInt64(max(0, end - word * 64))) &- 1 : .max
      key.append(placedCompleted[word] & mask)
    }
    return memory.insert(key, spent: placedUnknown)
  }

  /// What an operation does to a state.
  mutating func transition(_ state: Int32, _ operation: Int32) -> TransitionTable.Entry {
    if let known = transitions.find(state, operation) { return known }
    let operationMeant = problem.operations[Int(operation)]
    let before = states[Int(state)]
    var following: [Int32] = []
    for next in model.successors(of: before, by: operationMeant) { following.append(number(of: next)) }
    let onlyLooks = model.onlyLooks(operationMeant, from: before)
    assert(!onlyLooks || following.isEmpty || following == [state], "\(operationMeant) changes \(before)")
    return transitions.note(state, operation, following, onlyLooks: onlyLooks)
  }

  private mutating func number(of state: Model.State) -> Int32 {
    if let known = numbers[state] { return known }
    let number = Int32(states.count)
    numbers[state] = number
    states.append(state)
    let own = model.bytes(of: state)
    stateBytes += own
    // A large state is as much work as many small ones.
    work += own / 64
    return number
  }

  /// The state number `place` of those that follow.
  func target(_ entry: TransitionTable.Entry, _ place: Int) -> Int32 { transitions.target(entry, place) }

  /// Whether this state is one of those that follow.
  func leads(_ entry: TransitionTable.Entry, to state: Int32) -> Bool { transitions.leads(entry, to: state) }
}
