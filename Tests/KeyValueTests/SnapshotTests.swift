import Determinism
import Testing

@testable import KeyValue

/// Leaves the sessions out.
private enum SessionsNotInSnapshot: SessionRules {
  static func sessionsForSnapshot(_ sessions: SessionTable) -> SessionTable { SessionTable() }
}

/// Keeps what a snapshot lacks.
private enum Merges: SessionRules {
  static func value(inSnapshot: [UInt8]?, held: [UInt8]) -> [UInt8]? { inSnapshot ?? held }
}

@Suite("Snapshots of the state machine")
struct SnapshotTests {
  /// A state after random commands, some of them openings.
  private func state(seed: UInt64, commands count: UInt64 = 60) -> StateMachine {
    var commands = RandomCommands(seed: seed)
    var machine = StateMachine.withSessions(2, settings: SessionSettings(lifetime: .nanoseconds(500), maxOpen: 5))
    for index in 3..<3 + count {
      machine.apply(commands.below(8) == 0 ? .open(stamp: Int64(index)) : commands.next(), at: index)
    }
    return machine
  }

  private func snapshot(_ machine: StateMachine) -> [UInt8] { machine.snapshot(rules: PaperSessionRules.self) }

  @Test(
    "A state comes back as it was, digest included, and goes on as it would have", arguments: 0..<50 as Range<UInt64>)
  func roundTrips(seed: UInt64) throws {
    var machine = state(seed: seed)
    var restored = try StateMachine(snapshot: snapshot(machine), sessions: machine.settings)
    #expect(restored == machine && restored.digest == machine.digest)
    #expect(snapshot(restored) == snapshot(machine))
    var commands = RandomCommands(seed: seed + 1_000)
    for index in 100..<160 as Range<UInt64> {
      let command = commands.next()
      #expect(restored.apply(command, at: index) == machine.apply(command, at: index))
    }
    #expect(restored == machine && restored.digest == machine.digest)
  }

  @Test(
    "A frozen state gives the bytes that it had, in pieces of any size, whatever is applied meanwhile",
    arguments: 0..<50 as Range<UInt64>)
  func frozen(seed: UInt64) {
    var machine = state(seed: seed)
    let expected = snapshot(machine)
    var frozen = machine.frozen(rules: PaperSessionRules.self)
    #expect(frozen.byteCount == expected.count)
    var (commands, bytes) = (RandomCommands(seed: seed + 2_000), [UInt8]())
    while bytes.count < expected.count {
      let (least, before) = (1 + commands.below(30), bytes.count)
      frozen.encode(byteCount: least, into: &bytes)
      #expect(bytes.count >= min(before + least, expected.count))
      machine.apply(commands.next(), at: 1_000 + UInt64(before))
    }
    #expect(bytes == expected)
  }

  @Test("States that different commands led to give the same bytes if they are equal, and others if not")
  func canonical() {
    func machine(_ keys: [UInt8]) -> StateMachine {
      var machine = StateMachine.withSessions(3)
      for key in keys { machine.apply(.change(.put(key: [key], value: [key]), 1, session: UInt64(key))) }
      return machine
    }
    #expect(snapshot(machine([1, 2, 3])) == snapshot(machine([3, 1, 2])))
    #expect(snapshot(machine([1, 2, 3])) != snapshot(machine([1, 2])))
  }

  @Test("The bytes of a snapshot stay what they are")
  func golden() {
    var machine = StateMachine()
    machine.apply(.open(stamp: 5), at: 2)
    machine.apply(.open(stamp: 6), at: 3)
    machine.apply(.change(.put(key: [7], value: [8, 9]), 4, session: 3, stamp: 7))
    let expected: [[UInt8]] = [
      [1], [7, 0, 0, 0, 0, 0, 0, 0], [2, 0, 0, 0],
      [2, 0, 0, 0, 0, 0, 0, 0], [5, 0, 0, 0, 0, 0, 0, 0], [0],
      [3, 0, 0, 0, 0, 0, 0, 0], [7, 0, 0, 0, 0, 0, 0, 0], [1], [4, 0, 0, 0, 0, 0, 0, 0], [1],
      [1, 0, 0, 0], [1, 0, 0, 0, 7], [2, 0, 0, 0, 8, 9],
    ]
    #expect(snapshot(machine) == expected.flatMap { $0 })
  }

  @Test("A retry is answered by whoever was restored as by whoever applied it; without the sessions it is refused")
  func sessions() throws {
    var machine = StateMachine.withSessions(1)
    let swap = Command.change(.compareAndSet(key: [1], expected: nil, new: [2]), 1)
    machine.apply(swap)
    var restored = try StateMachine(snapshot: snapshot(machine))
    #expect(restored.apply(swap) == .result(.swapped))
    var forgetful = try StateMachine(snapshot: machine.snapshot(rules: SessionsNotInSnapshot.self))
    #expect(forgetful.sessionCount == 0 && forgetful.value(of: [1]) == [2])
    #expect(forgetful.apply(swap) == .sessionExpired)
  }

  @Test("A snapshot leaves nothing of the state before it, unless a rule says so; what does not decode changes nothing")
  func replacement() throws {
    var old = StateMachine.withSessions(1)
    for key in 1...3 as ClosedRange<UInt8> { old.apply(.change(.put(key: [key], value: [key]), UInt64(key))) }
    let before = old
    var new = old
    new.apply(.change(.delete(key: [1]), 4))
    new.apply(.change(.put(key: [2], value: [9]), 5))

    var replaced = old
    try replaced.replace(with: snapshot(new), rules: PaperSessionRules.self)
    #expect(replaced == new && replaced.digest == new.digest)
    var merged = old
    try merged.replace(with: snapshot(new), rules: Merges.self)
    #expect([1, 2, 3].map { merged.value(of: [$0]) } == [[1], [9], [3]])
    #expect(throws: ByteCodingError.self) { try old.replace(with: [7], rules: PaperSessionRules.self) }
    #expect(old == before)
  }

  @Test("Every prefix is refused, and so is every longer string")
  func prefixes() {
    let bytes = snapshot(state(seed: 3))
    for count in bytes.indices {
      #expect(throws: ByteCodingError.self) { try StateMachine(snapshot: Array(bytes.prefix(count))) }
    }
    #expect(throws: ByteCodingError.trailingBytes(offset: bytes.count)) { try StateMachine(snapshot: bytes + [0]) }
  }

  @Test("Changed bytes decode to a state that encodes to them, or are refused")
  func mutations() throws {
    var draws = RandomCommands(seed: 4)
    var accepted = 0
    for seed in 0..<40 as Range<UInt64> {
      let bytes = snapshot(state(seed: seed, commands: 20))
      for _ in 0..<250 {
        var mutant = bytes
        mutant[draws.below(bytes.count)] ^= 1 << UInt8(draws.below(8))
        guard let decoded = try? StateMachine(snapshot: mutant) else { continue }
        accepted += 1
        try #require(snapshot(decoded) == mutant)
      }
    }
    #expect(accepted > 500)
  }

  /// A snapshot at log time 0 of so many sessions and keys, which follow.
  private func bytes(
    version: UInt8 = 1, logTime: Int64 = 0, sessions: UInt32 = 0, _ content: (inout ByteWriter) -> Void = { _ in }
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(version)
    writer.write(logTime)
    writer.write(sessions)
    content(&writer)
    return writer.bytes
  }

  @Test("Another version, lists too long, out of order or with doubles, and times before the epoch are refused")
  func refused() {
    func expect(_ error: ByteCodingError, _ bytes: [UInt8]) {
      #expect(throws: error) { try StateMachine(snapshot: bytes) }
    }
    expect(.unknownTag(offset: 0, tag: 2), bytes(version: 2))
    expect(.outOfOrder(offset: 1), bytes(logTime: -1))
    expect(.tooLong(offset: 9, length: 1_025, limit: 1_024), bytes(sessions: 1_025))
    expect(.tooLong(offset: 13, length: Int(UInt32.max), limit: KeyValueLimits.maxKeys), bytes { $0.write(UInt32.max) })
    func session(_ id: UInt64, lastUsed: Int64 = 0) -> [UInt8] {
      var writer = ByteWriter()
      writer.write(id)
      writer.write(lastUsed)
      writer.write(0 as UInt8)
      return writer.bytes
    }
    for second in [1, 2] as [UInt64] {
      expect(.outOfOrder(offset: 30), bytes(sessions: 2) + session(2) + session(second))
    }
    expect(.outOfOrder(offset: 21), bytes(sessions: 1) + session(2, lastUsed: -1))
    for second in [1, 2] as [UInt8] {
      let keys = bytes { writer in
        writer.write(2 as UInt32)
        for key in [2, second] {
          writer.write(lengthPrefixed: [key])
          writer.write(lengthPrefixed: [])
        }
      }
      expect(.outOfOrder(offset: 26), keys)
    }
  }

  @Test("The limits fit into each other")
  func limits() {
    #expect(KeyValueLimits.maxSnapshotBytes < 256 << 20)
    #expect(KeyValueLimits.maxKeyBytes + KeyValueLimits.maxValueBytes + 8 <= KeyValueLimits.maxStoreBytes)
    var machine = StateMachine.withSessions(1)
    let value = [UInt8](repeating: 1, count: KeyValueLimits.maxValueBytes)
    machine.apply(.change(.put(key: [], value: value), 1))
    machine.apply(.change(.compareAndSet(key: [], expected: nil, new: []), 2))
    let bytes = KeyValueLimits.snapshotHeaderBytes + KeyValueLimits.maxSessionBytes + machine.storeBytes
    #expect(snapshot(machine).count == bytes)
  }
}
