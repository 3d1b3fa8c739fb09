import Determinism
import Testing

@testable import KeyValue

/// Applies every command it is handed, retries too.
private enum NoSessions: SessionRules {
  static func disposition(of sequence: SequenceNumber, last: SequenceNumber?) -> SessionDisposition { .apply }
}

@Suite("The replicated state machine")
struct StateMachineTests {
  private var machine = StateMachine()
  private var sequence: UInt64 = 0

  /// Applies an operation as the next command of session 1.
  private mutating func apply(_ operation: KeyValueOperation, stamp: Int64 = 0) -> KeyValueResult? {
    sequence += 1
    return machine.apply(command(sequence, operation, stamp: stamp), rules: PaperSessionRules.self)
  }

  private func command(
    _ sequence: UInt64, _ operation: KeyValueOperation, session: UInt64 = 1, stamp: Int64 = 0
  ) -> Command {
    Command(
      session: SessionID(session), sequence: SequenceNumber(sequence), stamp: WallInstant(nanoseconds: stamp),
      operation: operation)
  }

  @Test("Each operation does what its name says")
  mutating func operations() {
    #expect(machine.value(of: [1]) == nil)
    #expect(apply(.put(key: [1], value: [10])) == .done)
    #expect(apply(.append(key: [1], value: [11])) == .done)
    #expect(machine.value(of: [1]) == [10, 11])
    #expect(apply(.append(key: [2], value: [])) == .done)
    #expect(machine.value(of: [2]) == [])
    #expect(apply(.delete(key: [1])) == .done)
    #expect(machine.value(of: [1]) == nil)
    #expect(apply(.delete(key: [1])) == .done)
    #expect(machine.keyCount == 1)
  }

  @Test("A compare-and-set swaps what it expects, absence included, and otherwise answers what it saw")
  mutating func compareAndSet() {
    #expect(apply(.compareAndSet(key: [1], expected: [9], new: [5])) == .mismatch(seen: nil))
    #expect(machine.value(of: [1]) == nil)
    #expect(apply(.compareAndSet(key: [1], expected: nil, new: [5])) == .swapped)
    #expect(apply(.compareAndSet(key: [1], expected: nil, new: [6])) == .mismatch(seen: [5]))
    #expect(apply(.compareAndSet(key: [1], expected: [5], new: [7])) == .swapped)
    #expect(machine.value(of: [1]) == [7])
  }

  @Test("A retry answers the first result again and changes nothing")
  mutating func retry() {
    #expect(apply(.put(key: [1], value: [1])) == .done)
    let swap = command(2, .compareAndSet(key: [1], expected: [1], new: [2]))
    #expect(machine.apply(swap, rules: PaperSessionRules.self) == .swapped)
    let before = machine
    // Applied again it would find 2 and answer a mismatch.
    #expect(machine.apply(swap, rules: PaperSessionRules.self) == .swapped)
    #expect(machine == before)
    #expect(machine.apply(swap, rules: NoSessions.self) == .mismatch(seen: [2]))
  }

  @Test("A command older than its session's last is dropped")
  mutating func older() {
    _ = machine.apply(command(5, .put(key: [1], value: [5])), rules: PaperSessionRules.self)
    let digest = machine.digest
    #expect(machine.apply(command(4, .put(key: [1], value: [4])), rules: PaperSessionRules.self) == nil)
    #expect(machine.value(of: [1]) == [5])
    #expect(machine.digest == digest)
    let other = command(4, .put(key: [1], value: [6]), session: 2)
    #expect(machine.apply(other, rules: PaperSessionRules.self) == .done)
  }

  @Test("Log time never goes back, and moves with retries too")
  mutating func logTime() {
    _ = apply(.delete(key: [1]), stamp: 100)
    #expect(machine.logTime == WallInstant(nanoseconds: 100))
    _ = apply(.delete(key: [1]), stamp: 40)
    #expect(machine.logTime == WallInstant(nanoseconds: 100))
    _ = machine.apply(command(sequence, .delete(key: [1]), stamp: 200), rules: PaperSessionRules.self)
    #expect(machine.logTime == WallInstant(nanoseconds: 200))
    _ = apply(.delete(key: [1]), stamp: .min)
    #expect(machine.logTime == WallInstant(nanoseconds: 200))
  }

  @Test("What is over a limit is refused and changes nothing, an append by the value it would make")
  mutating func refused() {
    let limit = KeyValueLimits.maxValueBytes
    let longest = [UInt8](repeating: 1, count: limit)
    #expect(apply(.put(key: [1], value: longest)) == .done)
    #expect(apply(.append(key: [1], value: [])) == .done)
    #expect(apply(.append(key: [1], value: [2])) == .refused)
    #expect(machine.value(of: [1]) == longest)
    #expect(apply(.put(key: [1], value: longest + [1])) == .refused)
    #expect(apply(.delete(key: [UInt8](repeating: 1, count: KeyValueLimits.maxKeyBytes + 1))) == .refused)
    #expect(machine.value(of: [1]) == longest)
  }

  @Test("A preview answers what the application then answers, and changes nothing")
  mutating func preview() {
    var commands = RandomCommands(seed: 5)
    for _ in 0..<2_000 {
      let command = commands.next()
      let before = machine
      let preview = machine.preview(command, rules: PaperSessionRules.self)
      #expect(machine == before)
      #expect(machine.apply(command, rules: PaperSessionRules.self) == preview)
    }
  }

  @Test("The same commands give the same state, values as a plain model has them, and a digest that tells states apart")
  func digest() {
    var commands = RandomCommands(seed: 6)
    var (one, other) = (StateMachine(), StateMachine())
    var model: [UInt8: [UInt8]] = [:]
    var digests: Set<UInt64> = [one.digest]
    for count in 1...2_000 {
      let next = commands.next()
      let command = Command(
        session: next.session, sequence: SequenceNumber(UInt64(count)), stamp: next.stamp, operation: next.operation)
      _ = one.apply(command, rules: PaperSessionRules.self)
      _ = other.apply(command, rules: PaperSessionRules.self)
      let key = command.operation.key[0]
      switch command.operation {
      case .put(_, let value): model[key] = value
      case .append(_, let value): model[key, default: []] += value
      case .delete: model[key] = nil
      case .compareAndSet(_, let expected, let new): if model[key] == expected { model[key] = new }
      }
      #expect(one == other && one.digest == other.digest)
      #expect(one.value(of: [key]) == model[key])
      digests.insert(one.digest)
    }
    #expect(digests.count == 2_001)
    #expect(one.keyCount == model.count)
  }

  @Test("The digest forgets in which order keys and sessions came")
  func orderIndependent() {
    let commands = (1...20).map { command(1, .put(key: [UInt8($0)], value: [1]), session: UInt64($0)) }
    var (one, other) = (StateMachine(), StateMachine())
    for command in commands { _ = one.apply(command, rules: PaperSessionRules.self) }
    for command in commands.reversed() { _ = other.apply(command, rules: PaperSessionRules.self) }
    #expect(one.digest == other.digest)
    #expect(one == other)
  }
}

/// Commands over few keys, sessions and numbers, so that retries, old ones and matches occur.
struct RandomCommands {
  private var draws: DiceSequence

  init(seed: UInt64) {
    draws = Dice(seed: seed).sequence(Purpose(rawValue: 2))
  }

  private mutating func below(_ bound: Int) -> Int { draws.next().below(bound) }

  private mutating func value() -> [UInt8] {
    let count = below(3)
    return (0..<count).map { _ in UInt8(below(2)) }
  }

  mutating func next() -> Command {
    let key = [UInt8(below(4))]
    let operation: KeyValueOperation =
      switch below(4) {
      case 0: .put(key: key, value: value())
      case 1: .append(key: key, value: value())
      case 2: .delete(key: key)
      default: .compareAndSet(key: key, expected: below(2) == 0 ? nil : value(), new: value())
      }
    return Command(
      session: SessionID(UInt64(1 + below(3))), sequence: SequenceNumber(UInt64(1 + below(30))),
      stamp: WallInstant(nanoseconds: Int64(below(1_000))), operation: operation)
  }
}
