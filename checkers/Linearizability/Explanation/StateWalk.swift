import Histories

/// Follows every order of a key's operations at once, event by event, up to the operation whose end leaves none, and on
/// without that one.
///
/// What it says holds in every order: it is what an explanation rests on. It keeps the values that are possible together
/// with the operations that have taken effect, and puts off what need not have happened yet. An operation of unknown
/// result takes effect only for one that finds its value, and one that only looks does so as soon as its answer fits.
struct StateWalk {
  /// A value, and which of the open operations have taken effect.
  struct Configuration: Hashable {
    var value: ValueID
    var done: UInt64
  }

  /// One return, and what was possible right before it.
  private struct Moment {
    /// The operation that returns.
    let member: Int
    let front: [Configuration]
    /// The operations that are open or of unknown result: those that change the value.
    let changing: [Int]
  }

  /// One operation that counts.
  private struct Member {
    /// Its place among all operations.
    let source: Int
    let meaning: Meaning
    let isUnknown: Bool
    /// The one of unknown result that does the same and was called before; -1 for none. It takes effect first.
    let twin: Int
    /// The bit that stands for it while it is open.
    var bit: UInt64 = 0

    var onlyLooks: Bool { meaning.effect == .require || meaning.effect == .forbid }
  }

  /// What becomes of the history without the culprit.
  enum Rest {
    case hasOrder
    /// The end of this operation is the next one that leaves no order.
    case failsNext(Operation)
    case unknown
  }

  /// What following the orders up to the culprit may cost, and from there on, in operations looked at.
  private static let (stepLimit, stepLimitOfRest) = (8_000, 1_500)
  private static let stepsForOperation = 8
  private static let configurationLimit = 512
  /// So many configurations are kept of all returns together, and so many bytes of strings that appends make.
  private static let (keptLimit, madeLimit) = (1 << 20, 16 << 20)
  /// Strings that no operation names have numbers from here on.
  private static let firstMade: UInt32 = 1 << 31

  private let part: Subhistory
  private let culprit: Int
  private var members: [Member] = []
  /// The open operations: those that only look, and those that change the value.
  private var looking: [Int] = []
  private var changing: [Int] = []
  /// The values for which an operation of unknown result may take effect now; all if strings grow.
  private var wanted: [ValueID] = []
  private var wantsAll = false
  private var freeBits = UInt64.max
  private var front: [Configuration] = []
  private var stepsLeft: Int
  /// Strings that appends make and no operation names.
  private var made = ValueTable()
  private var moments: [Moment] = []
  private var keptCount = 0
  private var hasAppends = false

  /// The values that are possible right before the culprit's end, shorter ones first.
  private(set) var values: [[UInt8]?] = []
  /// What is found without the culprit.
  private(set) var rest = Rest.unknown

  /// `nil` if that was too much, or the culprit's end is not the first that leaves no order.
  init?(_ part: Subhistory, _ specification: SequentialSpecification, culprit: Operation, shouldStop: () -> Bool) {
    guard !culprit.isOfObject else { return nil }
    (self.part, self.culprit) = (part, culprit.call)
    stepsLeft = Self.stepLimit + Self.stepsForOperation * part.operations.count
    let initial = part.history.values.find(specification.initial)
    front = [Configuration(value: initial ?? number(of: specification.initial ?? []), done: 0)]
    guard prepare(specification), walk(shouldStop) else { return nil }
  }

  /// Returns whether there are few enough of unknown result.
  private mutating func prepare(_ specification: SequentialSpecification) -> Bool {
    var unknown: [Int] = []
    for (source, operation) in part.operations.enumerated() {
      guard let meaning = specification.meaning(of: operation) else { continue }
      var twin = -1
      if operation.isUnknown {
        twin = unknown.last { members[$0].meaning.content == meaning.content } ?? -1
        unknown.append(members.count)
        if unknown.count == UInt64.bitWidth { return false }
      }
      if meaning.effect == .append { hasAppends = true }
      members.append(Member(source: source, meaning: meaning, isUnknown: operation.isUnknown, twin: twin))
    }
    return true
  }

  /// Returns whether the culprit's end was reached, and leaves no order.
  private mutating func walk(_ shouldStop: () -> Bool) -> Bool {
    var isCulpritMet = false
    for event in events() {
      let number = Int(event >> 1 & 0x7FFF_FFFF)
      if event & 1 == 0 {
        guard call(number) else { return isCulpritMet }
        continue
      }
      let isCulprit = operation(number).call == culprit
      if !isCulpritMet {
        moments.append(Moment(member: number, front: front, changing: changing))
        keptCount += front.count
      }
      guard keptCount <= Self.keptLimit, !shouldStop(), let next = behindReturn(of: number) else { return isCulpritMet }
      if isCulprit {
        guard next.isEmpty, let possible = possibleValues() else { return false }
        (isCulpritMet, values) = (true, possible)
        stepsLeft = Self.stepLimitOfRest + Self.stepsForOperation * part.operations.count
      } else if next.isEmpty {
        if isCulpritMet { rest = .failsNext(operation(number)) }
        return isCulpritMet
      } else {
        front = next
      }
      release(number)
    }
    if isCulpritMet { rest = .hasOrder }
    return isCulpritMet
  }

  private func operation(_ number: Int) -> Operation { part.operations[members[number].source] }

  /// All calls and returns of operations that count, in their order: the position, the operation, whether it is a return.
  private func events() -> [UInt64] {
    var all: [UInt64] = []
    for number in members.indices {
      let operation = operation(number)
      all.append(UInt64(operation.call) << 32 | UInt64(number) << 1)
      if !operation.isUnknown, let end = operation.end { all.append(UInt64(end) << 32 | UInt64(number) << 1 | 1) }
    }
    all.sort()
    return all
  }

  /// Returns whether there is room for one more.
  private mutating func call(_ number: Int) -> Bool {
    guard freeBits != 0 else { return false }
    members[number].bit = freeBits & ~(freeBits - 1)
    freeBits &= freeBits - 1
    if members[number].onlyLooks {
      looking.append(number)
      for place in front.indices { front[place] = settled(front[place]) }
    } else {
      changing.append(number)
    }
    return true
  }

  private mutating func release(_ number: Int) {
    let bit = members[number].bit
    if members[number].onlyLooks { looking.removeAll { $0 == number } } else { changing.removeAll { $0 == number } }
    freeBits |= bit
    for place in front.indices { front[place].done &= ~bit }
  }
}

// MARK: Steps

extension StateWalk {
  /// The same with every open operation done that only looks, and whose answer fits.
  private func settled(_ configuration: Configuration) -> Configuration {
    var configuration = configuration
    for number in looking {
      let meaning = members[number].meaning
      if (meaning.operand == configuration.value) == (meaning.effect == .require), !meaning.contradictsItself {
        configuration.done |= members[number].bit
      }
    }
    return configuration
  }

  /// What follows if an operation takes effect now; `nil` if it cannot.
  private mutating func step(_ configuration: Configuration, by number: Int) -> Configuration? {
    let meaning = members[number].meaning
    let value: ValueID
    switch meaning.effect {
    case .set: value = meaning.result
    case .swap:
      guard configuration.value == meaning.operand else { return nil }
      value = meaning.result
    case .append:
      value = self.number(of: (bytes(of: configuration.value) ?? []) + (part.history.values[meaning.operand] ?? []))
    case .require, .forbid: return nil
    }
    return settled(Configuration(value: value, done: configuration.done | members[number].bit))
  }

  /// The number of a string, which no operation may name.
  private mutating func number(of bytes: [UInt8]) -> ValueID {
    part.history.values.find(bytes) ?? ValueID(rawValue: Self.firstMade + made.intern(bytes).rawValue)
  }

  /// A value; `nil` is absent.
  private func bytes(of value: ValueID) -> [UInt8]? {
    value.rawValue < Self.firstMade
      ? part.history.values[value] : made[ValueID(rawValue: value.rawValue - Self.firstMade)]
  }

  /// Finds out which values somebody may find before the next return.
  private mutating func want() {
    wanted.removeAll(keepingCapacity: true)
    wantsAll = hasAppends && changing.contains { members[$0].meaning.effect == .append }
    if wantsAll { return }
    for number in looking where members[number].meaning.effect == .require {
      wanted.append(members[number].meaning.operand)
    }
    for number in changing where !members[number].isUnknown && members[number].meaning.effect == .swap {
      wanted.append(members[number].meaning.operand)
    }
    var count = -1
    while count < wanted.count {
      count = wanted.count
      for number in changing where members[number].isUnknown {
        let meaning = members[number].meaning
        if meaning.effect == .swap, wanted.contains(meaning.result), !wanted.contains(meaning.operand) {
          wanted.append(meaning.operand)
        }
      }
    }
  }

  /// Whether it is of use that an operation takes effect now. One of unknown result can wait until somebody finds its value.
  private func isOfUse(_ number: Int, to configuration: Configuration) -> Bool {
    let member = members[number]
    guard configuration.done & member.bit == 0 else { return false }
    guard member.isUnknown else { return true }
    if member.twin >= 0, configuration.done & members[member.twin].bit == 0 { return false }
    if wantsAll || wanted.contains(member.meaning.result) { return true }
    // Whoever found something else than the value may have found anything.
    return looking.contains {
      members[$0].meaning.effect == .forbid && members[$0].meaning.operand == configuration.value
        && configuration.done & members[$0].bit == 0
    }
  }

  /// The configurations in which an operation that returns now has taken effect; `nil` if that is too much.
  private mutating func behindReturn(of number: Int) -> [Configuration]? {
    let bit = members[number].bit
    if front.allSatisfy({ $0.done & bit != 0 }) { return front }
    let looks = looking.reduce(UInt64(0)) { $0 | members[$1].bit }
    let unknown = changing.reduce(UInt64(0)) { members[$1].isUnknown ? $0 | members[$1].bit : $0 }
    /// Whether `one` can do all that `other` can.
    func covers(_ one: Configuration, _ other: Configuration) -> Bool {
      one.value == other.value && one.done & ~other.done & ~looks == 0 && other.done & ~one.done & ~unknown == 0
    }
    want()
    var next: [Configuration] = []
    var met = Met(front)
    var place = 0
    while place < met.all.count {
      let configuration = met.all[place]
      place += 1
      if configuration.done & bit != 0 {
        if next.contains(where: { covers($0, configuration) }) { continue }
        next.removeAll { covers(configuration, $0) }
        next.append(configuration)
        continue
      }
      stepsLeft -= 1 + changing.count
      if isTooMuch(met.all.count) { return nil }
      for other in changing where isOfUse(other, to: configuration) {
        if let reached = step(configuration, by: other) { met.insert(reached) }
      }
    }
    return next
  }

  private func isTooMuch(_ count: Int) -> Bool {
    stepsLeft < 0 || count > Self.configurationLimit || made.soonBytes > Self.madeLimit
  }

  /// The configurations met on the way, each once.
  private struct Met {
    private(set) var all: [Configuration]
    /// The places of all by their hashes, from 1; 0 is free. None while there are few.
    private var slots: [Int32] = []

    private static let few = 24

    init(_ front: [Configuration]) {
      all = front
      if all.count > Self.few { grow() }
    }

    mutating func insert(_ configuration: Configuration) {
      if slots.isEmpty {
        if all.contains(configuration) { return }
        all.append(configuration)
        if all.count > Self.few { grow() }
        return
      }
      let slot = slot(of: configuration)
      guard slots[slot] == 0 else { return }
      all.append(configuration)
      slots[slot] = Int32(all.count)
      if all.count * 2 > slots.count { grow() }
    }

    private func slot(of configuration: Configuration) -> Int {
      var hash = (configuration.done ^ UInt64(configuration.value.rawValue) << 32) &* 0x9E37_79B9_7F4A_7C15
      hash ^= hash >> 29
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] != 0, all[Int(slots[slot]) - 1] != configuration { slot = (slot + 1) & (slots.count - 1) }
      return slot
    }

    /// Makes room for as many again, however many there are.
    private mutating func grow() {
      var count = 128
      while count < 4 * all.count { count *= 2 }
      slots = [Int32](repeating: 0, count: count)
      for place in all.indices { slots[slot(of: all[place])] = Int32(place + 1) }
    }
  }
}

// MARK: What is said of all orders

extension StateWalk {
  /// When the culprit could find a value for the last time.
  enum LastChance {
    case never
    /// Until this operation returned: behind that no order is left in which it can, up to the culprit's end.
    case until(Operation)
    case unknown
  }

  /// Whether operations of `changing` that have not taken effect may lead from this configuration to a value.
  ///
  /// On the way no value comes twice, so that no operation is needed twice.
  private func leads(_ configuration: Configuration, to value: ValueID, _ changing: [Int]) -> Bool {
    var goals = [value]
    var place = 0
    while place < goals.count {
      if goals[place] == configuration.value { return true }
      for number in changing where configuration.done & members[number].bit == 0 {
        let meaning = members[number].meaning
        guard meaning.result == goals[place] else { continue }
        if meaning.effect == .set { return true }
        if meaning.effect == .swap, !goals.contains(meaning.operand) { goals.append(meaning.operand) }
      }
      place += 1
    }
    return false
  }

  /// Everything to which open operations lead; `nil` if that is too much.
  private mutating func everything(from front: [Configuration], _ changing: [Int]) -> [Configuration]? {
    var met = Met(front)
    var place = 0
    while place < met.all.count {
      let configuration = met.all[place]
      place += 1
      stepsLeft -= 1 + changing.count
      if isTooMuch(met.all.count) { return nil }
      for number in changing where configuration.done & members[number].bit == 0 {
        if let reached = step(configuration, by: number) { met.insert(reached) }
      }
    }
    return met.all
  }

  /// The values that may be there now; `nil` if that is too much to find out.
  private mutating func possibleValues() -> [[UInt8]?]? {
    var found: [ValueID] = []
    func note(_ value: ValueID) { if !found.contains(value) { found.append(value) } }
    if hasAppends, changing.contains(where: { members[$0].meaning.effect == .append }) {
      guard let all = everything(from: front, changing) else { return nil }
      for configuration in all { note(configuration.value) }
    } else {
      for configuration in front { note(configuration.value) }
      for number in changing where !found.contains(members[number].meaning.result) {
        stepsLeft -= front.count
        let value = members[number].meaning.result
        if front.contains(where: { leads($0, to: value, changing) }) { note(value) }
      }
    }
    return found.map { bytes(of: $0) }.sorted { one, other in
      guard let one, let other else { return one == nil && other != nil }
      return one.count == other.count ? one.lexicographicallyPrecedes(other) : one.count < other.count
    }
  }

  /// When the culprit could find `value` for the last time, as all orders have it.
  mutating func lastChance(ofFinding value: ValueID) -> LastChance {
    let bit = members.first { part.operations[$0.source].call == culprit }?.bit ?? 0
    stepsLeft = Self.stepLimit + Self.stepsForOperation * part.operations.count
    // Their bits were other operations' then, and what only looks leads nowhere.
    looking = []
    for moment in moments.dropLast().reversed() {
      let returning = operation(moment.member)
      let isOpen = culprit < returning.end ?? 0
      stepsLeft -= moment.front.count * (1 + moment.changing.count)
      if stepsLeft < 0 { return .unknown }
      if isOpen, moment.front.contains(where: { $0.done & bit != 0 }) { return .until(returning) }
      let isThere: Bool
      if hasAppends, moment.changing.contains(where: { members[$0].meaning.effect == .append }) {
        guard let all = everything(from: moment.front, moment.changing) else { return .unknown }
        isThere = all.contains { $0.value == value }
      } else {
        isThere = moment.front.contains { leads($0, to: value, moment.changing) }
      }
      if isThere { return .until(returning) }
    }
    return .never
  }

  /// The operation behind whose return all of these have taken effect in every order, and not in every order before;
  /// `nil` if there is none up to the culprit.
  ///
  /// - Parameter all: open at the culprit's end or of unknown result; those of unknown result that do the same together.
  func need(for all: [Operation]) -> Operation? {
    let mask = mask(of: all)
    guard mask != 0, let last = moments.last, last.front.allSatisfy({ $0.done & mask == mask }) else { return nil }
    // The bit may have been another operation's before the call.
    let call = all.map(\.call).max() ?? 0
    let first = moments.dropLast().last { moment in
      call > operation(moment.member).end ?? 0 || !moment.front.allSatisfy { $0.done & mask == mask }
    }
    return first.map { operation($0.member) }
  }

  /// The same of one that has returned by then: the operation behind whose return it has taken effect in every order;
  /// `nil` if that is its own.
  func need(forReturned returned: Operation) -> Operation? {
    guard let own = moments.lastIndex(where: { operation($0.member).call == returned.call }) else { return nil }
    let bit = members[moments[own].member].bit
    func isDone(at moment: Moment) -> Bool { moment.front.allSatisfy { $0.done & bit != 0 } }
    guard isDone(at: moments[own]) else { return nil }
    let last = moments[..<own].last { operation($0.member).end ?? 0 < returned.call || !isDone(at: $0) }
    return last.map { operation($0.member) }.flatMap { $0.end ?? 0 > returned.call ? $0 : nil }
  }

  /// Whether right before the culprit's end no order in which not all of these have taken effect has this value.
  func neverHas(_ value: ValueID, without all: [Operation]) -> Bool {
    let mask = mask(of: all)
    guard !hasAppends, mask != 0, let last = moments.last else { return false }
    // Of those that do the same the last one is left.
    let left = last.changing.last { members[$0].bit & mask != 0 } ?? 0
    let others = last.changing.filter { $0 != left }
    return !last.front.contains { $0.done & mask != mask && leads($0, to: value, others) }
  }

  /// The bits of operations that are open at the culprit's end.
  private func mask(of all: [Operation]) -> UInt64 {
    guard let last = moments.last else { return 0 }
    return last.changing.reduce(0) { mask, number in
      all.contains { $0.call == operation(number).call } ? mask | members[number].bit : mask
    }
  }
}
