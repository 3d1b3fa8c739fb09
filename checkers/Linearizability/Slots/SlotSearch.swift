import Histories

/// The search over configurations as wide as the concurrency (algorithm B).
///
/// It walks the events in order and holds configurations: a value, which of the open operations are placed (`used`),
/// which open writes may be taken to have happened just before a later blind write (`free`), and how many of each class
/// of unknown results are spent. A configuration is a few words in a flat buffer:
///
///     spent in all, value | used, a bit a slot | free, a bit a slot | spent, a lane a class | trail
///
/// The trail is the last step of the way that led to it; it does not tell configurations apart.
struct SlotSearch<Rules: SlotRules>: ~Copyable {
  var problem: SlotProblem<Rules>
  /// Whether there is no end to operations of unknown result: then only their being available counts.
  let isEndless: Bool

  // How configurations are laid out, in words.
  let maskWords: Int
  let spentWords: Int
  /// Bits for each class, of which the uppermost stays clear.
  let laneBits: Int
  let laneTops: UInt64
  let laneMask: UInt64
  /// Of one configuration, the trail included.
  let stride: Int

  // What is open after the events walked so far. Masks are `maskWords` words each.
  var pureMask: FlatBuffer<UInt64>
  var hideableMask: FlatBuffer<UInt64>
  var appendMask: FlatBuffer<UInt64>
  var forbidMask: FlatBuffer<UInt64>
  /// Of the operations that require, forbid or swap a value, by value; the first ones are of the value that nobody
  /// can observe.
  var requireMasks: FlatBuffer<UInt64>
  var forbidMasks: FlatBuffer<UInt64>
  var swapMasks: FlatBuffer<UInt64>
  /// The operation in each slot.
  var occupant: FlatBuffer<Int32>
  /// The open completed writes, the one that returns last first.
  var openByReturn = FlatBuffer<OpenWrite>()
  /// What exploring needs to know of an open write, side by side.
  struct OpenWrite: BitwiseCopyable {
    let number: Int32
    let end: Int32
    let slot: Int32
    let operand: StateID
    let result: StateID
    let effect: Effect
  }

  /// An open blind write as it is seen at one return.
  struct BlindWrite: BitwiseCopyable {
    let bit: UInt64
    let word: Int32
    let slot: Int32
    let number: Int32
    /// The number of the value that it writes, from 0.
    let value: Int32
    /// That value, if it can still be told from others.
    let state: StateID
    /// Whether it may be placed whoever waits for its value.
    let isWanted: Bool
  }
  /// A class of unknown results as it is seen at one return.
  struct UnknownWrite: BitwiseCopyable {
    let number: Int32
    let effect: Effect
    let operand: StateID
    /// The number of the value that it leaves, from 0.
    let value: Int32
    /// That value, if it can still be told from others.
    let result: StateID
    let available: Int32
    /// Where a configuration counts how many are spent.
    let word: Int32
    let shift: Int32
  }
  /// The classes of which something is available, those that write blindly in front, and where the others begin.
  var unknownWrites = FlatBuffer<UnknownWrite>()
  var linkedUnknownWrites = 0
  /// The open blind writes and the other ones, those that return first in front, and who waits for each of the former:
  /// `maskWords` words each.
  var blindWrites = FlatBuffer<BlindWrite>()
  var linkedWrites = FlatBuffer<OpenWrite>()
  var waiting = FlatBuffer<UInt64>()
  /// How many of each class were called.
  var available: FlatBuffer<Int32>
  /// The event to be walked next.
  var position = 0

  // The configurations, and those met while one event is explored.
  var front = FlatBuffer<UInt64>()
  var out: ConfigurationList
  var visited: ConfigurationList
  /// The configuration explored, and the one made from it.
  var current: FlatBuffer<UInt64>
  var made: FlatBuffer<UInt64>
  /// The expansion in which a value was last written, by value.
  var writtenIn: FlatBuffer<Int>
  /// The expansion in which a compare-and-set last led to a value, by value.
  var swappedIn: FlatBuffer<Int>
  /// The open blind writes that return before an operation, and the writes that can hide and return after it.
  var sooner: FlatBuffer<UInt64>
  var later: FlatBuffer<UInt64>
  var trail = SlotTrail()
  /// The configurations explored, and one more for every `comparisonsPerExpansion` comparisons of any.
  var expansions = 0
  /// The work since somebody asked whether to stop, and that before; see `work`.
  var unpolled = 0
  var polled = 0
  /// Where the turn before ended, if that was within a return.
  var pause: Pause?
  /// The work at which the present turn ends.
  var turnEnd = Int.max
  /// The ways put aside by the search depth first.
  var ways: SlotWays

  /// A place within a return at which the search can go on later.
  struct Pause: BitwiseCopyable {
    /// The configuration of `front` that is explored, by its first word.
    var start: Int
    /// The next one of those made from it.
    let next: Int
  }

  init(_ given: consuming SlotProblem<Rules>, isEndless: Bool) {
    problem = given
    self.isEndless = isEndless
    maskWords = max(1, (problem.slotCount + 63) / 64)
    var largest: Int32 = 0
    for number in 0..<problem.classes.count { largest = max(largest, problem.classes[number].count) }
    let bits = largest < 128 ? 8 : largest < 32_768 ? 16 : 32
    laneBits = bits
    laneTops = (0..<64 / bits).reduce(0) { $0 | 1 << UInt64($1 * bits + bits - 1) }
    laneMask = 1 << UInt64(bits) - 1
    spentWords = isEndless ? 0 : (problem.classes.count * laneBits + 63) / 64
    stride = 1 + 2 * maskWords + spentWords + 1
    pureMask = FlatBuffer(repeating: 0, count: maskWords)
    hideableMask = FlatBuffer(repeating: 0, count: maskWords)
    appendMask = FlatBuffer(repeating: 0, count: maskWords)
    forbidMask = FlatBuffer(repeating: 0, count: maskWords)
    let values = problem.numbers.count + 1
    requireMasks = FlatBuffer(repeating: 0, count: values * maskWords)
    forbidMasks = FlatBuffer(repeating: 0, count: problem.hasForbid ? values * maskWords : 0)
    swapMasks = FlatBuffer(repeating: 0, count: values * maskWords)
    occupant = FlatBuffer(repeating: -1, count: problem.slotCount)
    available = FlatBuffer(repeating: 0, count: problem.classes.count)
    out = ConfigurationList(stride: stride)
    visited = ConfigurationList(stride: stride)
    current = FlatBuffer(repeating: 0, count: stride)
    made = FlatBuffer(repeating: 0, count: stride)
    writtenIn = FlatBuffer(repeating: -1, count: values)
    swappedIn = FlatBuffer(repeating: -1, count: values)
    sooner = FlatBuffer(repeating: 0, count: maskWords)
    later = FlatBuffer(repeating: 0, count: maskWords)
    ways = SlotWays(stride: stride)
    front = FlatBuffer(repeating: 0, count: stride)
    let initial = problem.observedUntil(problem.initial) < 0 ? StateID.unmentioned : problem.initial
    front[0] = Self.word(initial)
    front[stride - 1] = SlotTrail.root
  }

  /// The first word of a configuration with this value, of which nothing is spent.
  @inline(__always)
  static func word(_ state: StateID) -> UInt64 { UInt64(UInt32(bitPattern: state)) }

  /// Gives a configuration's first word another value.
  @inline(__always)
  static func setState(_ state: StateID, in word: inout UInt64) {
    word = word & ~0xFFFF_FFFF | Self.word(state)
  }

  /// The value that a configuration's first word says.
  @inline(__always)
  static func state(_ word: UInt64) -> StateID { StateID(truncatingIfNeeded: word) }

  /// When one configuration is as good as another, as things are now.
  var dominance: Dominance<Rules> {
    Dominance(
      pureMask: pureMask.base, hideableMask: hideableMask.base, maskWords: maskWords, spentWords: spentWords,
      laneBits: laneBits, laneTops: laneTops, classes: problem.classes.base,
      classCount: isEndless ? 0 : problem.classes.count)
  }

  /// The memory soon taken, in bytes.
  var soonBytes: Int {
    problem.bytes + requireMasks.bytes + swapMasks.bytes + waiting.bytes + front.soonBytes + out.soonBytes
      + visited.soonBytes + trail.soonBytes + ways.soonBytes
  }

  /// What was done so far: about so many operations and configurations were looked at. Unlike `expansions` it grows with
  /// the time that passes, so that the engines can take turns by it.
  var work: Int { polled + unpolled }

  /// Starts with every value that somebody sees, and with one that nobody does, instead of the first one.
  mutating func startAnywhere() {
    front.truncate(to: 0)
    for state in -1..<StateID(problem.numbers.count) where state < 0 || problem.observedUntil(state) >= 0 {
      let start = front.extend(by: stride)
      for word in 0..<stride { front[start + word] = 0 }
      front[start] = Self.word(state)
      front[start + stride - 1] = SlotTrail.root
    }
  }

  /// Makes room for values that appending led to.
  mutating func reach(_ state: StateID) {
    let values = Int(state) + 2
    guard writtenIn.count < values else { return }
    while writtenIn.count < values {
      writtenIn.append(-1)
      swappedIn.append(-1)
    }
    while requireMasks.count < values * maskWords {
      requireMasks.append(0)
      swapMasks.append(0)
      if problem.hasForbid { forbidMasks.append(0) }
    }
  }
}

// MARK: What is open

extension SlotSearch {
  /// Opens an operation, or takes it back out.
  ///
  /// - Parameter number: of a completed operation.
  mutating func toggle(_ number: Int) {
    let operation = problem.operations[number]
    let slot = Int(operation.place)
    let (word, bit) = (slot >> 6, UInt64(1) << UInt64(slot & 63))
    occupant[slot] = Int32(number)
    let value = (Int(operation.operand) + 1) * maskWords + word
    switch operation.effect {
    case .require:
      pureMask[word] ^= bit
      if operation.operand >= 0 { requireMasks[value] ^= bit }
    case .forbid:
      pureMask[word] ^= bit
      forbidMask[word] ^= bit
      forbidMasks[value] ^= bit
    case .set: break
    case .swap: swapMasks[value] ^= bit
    case .append: appendMask[word] ^= bit
    }
    if Rules.canHide(operation.effect), !operation.effect.isPure { hideableMask[word] ^= bit }
  }

  /// Inserts a write among the open ones, by its return.
  mutating func insertOpen(_ number: Int32) {
    let operation = problem.operations[Int(number)]
    guard !operation.effect.isPure else { return }
    var place = openByReturn.extend(by: 1)
    while place > 0, Rules.returnsSooner(openByReturn[place - 1].end, than: operation.end) {
      openByReturn[place] = openByReturn[place - 1]
      place -= 1
    }
    openByReturn[place] = OpenWrite(
      number: number, end: operation.end, slot: operation.place, operand: operation.operand, result: operation.result,
      effect: operation.effect)
  }

  /// Takes a write out of the open ones.
  mutating func removeOpen(_ number: Int32) {
    guard !problem.operations[Int(number)].effect.isPure else { return }
    var place = openByReturn.count - 1
    var moved = openByReturn[place]
    while moved.number != number {
      place -= 1
      (moved, openByReturn[place]) = (openByReturn[place], moved)
    }
    openByReturn.truncate(to: openByReturn.count - 1)
  }

  /// Walks a call: the operation is open from now on.
  mutating func open(_ number: Int32) {
    let operation = problem.operations[Int(number)]
    guard !operation.isUnknown else {
      available[Int(operation.place)] += 1
      return
    }
    toggle(Int(number))
    insertOpen(number)
  }

  /// Walks back to an earlier event.
  mutating func rewind(to earlier: Int) {
    while position > earlier {
      position -= 1
      let event = problem.events[position]
      let number = event >> 1
      if event & 1 == 1 {
        toggle(Int(number))
        insertOpen(number)
      } else if problem.operations[Int(number)].isUnknown {
        available[Int(problem.operations[Int(number)].place)] -= 1
      } else {
        toggle(Int(number))
        removeOpen(number)
      }
    }
  }

  /// One word of the open operations that leave the value as it is and fit this one.
  @inline(__always)
  func legal(_ state: StateID, _ word: Int) -> UInt64 {
    let value = (Int(state) + 1) * maskWords + word
    guard problem.hasForbid else { return requireMasks[value] }
    if state == .unmentioned, !Rules.unmentionedFitsForbid() { return 0 }
    return requireMasks[value] | forbidMask[word] & ~forbidMasks[value]
  }
}
