import Determinism
import Testing

@testable import KeyValue

/// Applies every command it is handed, retries too.
private enum NoSessions: SessionRules {
  static func disposition(
    of sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool
  ) -> SessionDisposition { .apply }
}

@Suite("The replicated state machine")
struct StateMachineTests {
  private var machine = StateMachine.withSessions(2)
  private var sequence: UInt64 = 0

  /// Applies an operation as the next command of session 1.
  private mutating func apply(_ operation: KeyValueOperation, stamp: Int64 = 0) -> CommandOutcome {
    sequence += 1
    return machine.apply(.change(operation, sequence, stamp: stamp))
  }

  @Test("Each operation does what its name says")
  mutating func operations() {
    #expect(machine.value(of: [1]) == nil)
    #expect(apply(.put(key: [1], value: [10])) == .result(.done))
    #expect(apply(.append(key: [1], value: [11])) == .result(.done))
    #expect(machine.value(of: [1]) == [10, 11])
    #expect(apply(.append(key: [2], value: [])) == .result(.done))
    #expect(machine.value(of: [2]) == [])
    #expect(apply(.delete(key: [1])) == .result(.done))
    #expect(machine.value(of: [1]) == nil)
    #expect(apply(.delete(key: [1])) == .result(.done))
    #expect(machine.keyCount == 1)
  }

  @Test("The first difference of two states is a key's before a session's")
  mutating func difference() {
    var other = machine
    #expect(machine.firstDifference(from: other) == nil)
    other.apply(.open, at: 7)
    #expect(machine.firstDifference(from: other) == .session(SessionID(7), nil, other.sessions[SessionID(7)]))
    let (x, one) = (Array("x".utf8), Array("1".utf8))
    _ = apply(.put(key: x, value: one))
    #expect(machine.firstDifference(from: other) == .key(x, one, nil))
    #expect(other.firstDifference(from: machine) == .key(x, nil, one))
  }

  @Test("A compare-and-set swaps what it expects, absence included, and otherwise answers what it saw")
  mutating func compareAndSet() {
    #expect(apply(.compareAndSet(key: [1], expected: [9], new: [5])) == .result(.mismatch(seen: nil)))
    #expect(machine.value(of: [1]) == nil)
    #expect(apply(.compareAndSet(key: [1], expected: nil, new: [5])) == .result(.swapped))
    #expect(apply(.compareAndSet(key: [1], expected: nil, new: [6])) == .result(.mismatch(seen: [5])))
    #expect(apply(.compareAndSet(key: [1], expected: [5], new: [7])) == .result(.swapped))
    #expect(machine.value(of: [1]) == [7])
  }

  @Test("A retry answers the first result again and changes nothing")
  mutating func retry() {
    #expect(apply(.put(key: [1], value: [1])) == .result(.done))
    let swap = Command.change(.compareAndSet(key: [1], expected: [1], new: [2]), 2)
    #expect(machine.apply(swap) == .result(.swapped))
    let before = machine
    // Applied again it would find 2 and answer a mismatch.
    #expect(machine.apply(swap) == .result(.swapped))
    #expect(machine == before)
    #expect(machine.apply(swap, rules: NoSessions.self) == .result(.mismatch(seen: [2])))
  }

  @Test("A command older than its session's last is dropped")
  mutating func older() {
    machine.apply(.change(.put(key: [1], value: [5]), 5))
    let digest = machine.digest
    #expect(machine.apply(.change(.put(key: [1], value: [4]), 4)) == .dropped)
    #expect(machine.value(of: [1]) == [5])
    #expect(machine.digest == digest)
    #expect(machine.apply(.change(.put(key: [1], value: [6]), 4, session: 2)) == .result(.done))
  }

  @Test("Log time never goes back, and moves with retries too")
  mutating func logTime() {
    _ = apply(.delete(key: [1]), stamp: 100)
    #expect(machine.logTime == WallInstant(nanoseconds: 100))
    _ = apply(.delete(key: [1]), stamp: 40)
    #expect(machine.logTime == WallInstant(nanoseconds: 100))
    machine.apply(.change(.delete(key: [1]), sequence, stamp: 200))
    #expect(machine.logTime == WallInstant(nanoseconds: 200))
    _ = apply(.delete(key: [1]), stamp: .min)
    #expect(machine.logTime == WallInstant(nanoseconds: 200))
  }

  @Test("What is over a limit is refused and changes nothing, an append by the value it would make")
  mutating func refused() {
    let limit = KeyValueLimits.maxValueBytes
    let longest = [UInt8](repeating: 1, count: limit)
    #expect(apply(.put(key: [1], value: longest)) == .result(.done))
    #expect(apply(.append(key: [1], value: [])) == .result(.done))
    #expect(apply(.append(key: [1], value: [2])) == .result(.refused))
    #expect(machine.value(of: [1]) == longest)
    #expect(apply(.put(key: [1], value: longest + [1])) == .result(.refused))
    #expect(apply(.delete(key: [UInt8](repeating: 1, count: KeyValueLimits.maxKeyBytes + 1))) == .result(.refused))
    #expect(machine.value(of: [1]) == longest)
  }

  @Test("What would make the whole store too large is refused, and what makes it smaller is not")
  func fullStore() {
    var machine = StateMachine(maxStoreBytes: 3 * 12)
    machine.apply(.open, at: 1)
    func put(_ key: UInt8, _ count: Int) -> KeyValueOperation {
      .put(key: [key], value: [UInt8](repeating: 7, count: count))
    }
    // A key and a value take two lengths besides their own bytes.
    let operations = [put(1, 3), put(2, 3), put(3, 4), put(3, 3), put(1, 4), put(1, 2), put(2, 4), .delete(key: [3])]
    let results = operations.enumerated().map { machine.apply(.change($1, UInt64($0) + 1)) }
    let refused = results.map { $0 == .result(.refused) }
    #expect(refused == [false, false, true, false, true, false, false, false])
    #expect(machine.storeBytes == 11 + 13)
  }

  @Test("A preview answers what the application then answers, and changes nothing")
  mutating func preview() {
    var commands = RandomCommands(seed: 5)
    for index in 3..<2_000 as Range<UInt64> {
      let command = commands.next()
      let before = machine
      let preview = machine.preview(command, at: index, rules: PaperSessionRules.self)
      #expect(machine == before)
      #expect(machine.apply(command, at: index) == preview)
    }
  }

  @Test("The same commands give the same state, values as a plain model has them, and a digest that tells states apart")
  func digest() {
    var commands = RandomCommands(seed: 6)
    var (one, other) = (StateMachine.withSessions(2), StateMachine.withSessions(2))
    var model: [UInt8: [UInt8]] = [:]
    var digests: Set<UInt64> = [one.digest]
    for count in 1...2_000 as ClosedRange<UInt64> {
      guard case .change(let operation, let session, _) = commands.next().body else { continue }
      let command = Command.change(operation, count, session: session.rawValue)
      #expect(one.apply(command) == other.apply(command))
      let key = operation.key[0]
      switch operation {
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

  @Test("The digest does not depend on the order in which keys came")
  func orderIndependent() {
    let commands = (1...20).map { Command.change(.put(key: [UInt8($0)], value: [1]), 1, session: UInt64($0)) }
    var (one, other) = (StateMachine.withSessions(20), StateMachine.withSessions(20))
    for command in commands { one.apply(command) }
    for command in commands.reversed() { other.apply(command) }
    #expect(one.digest == other.digest)
    #expect(one == other)
  }
}
