import Determinism
import Testing

@testable import KeyValue

@Suite("Encoded commands")
struct CommandCodingTests {
  @Test("A command decodes to what was encoded")
  func roundTrips() throws {
    var commands = RandomCommands(seed: 7)
    for _ in 0..<2_000 {
      let command = commands.next()
      #expect(try Command(decoding: command.encoded()) == command)
    }
  }

  @Test("The bytes of a command stay what they are")
  func golden() {
    let stamp = WallInstant(nanoseconds: -1)
    let operation = KeyValueOperation.compareAndSet(key: [7], expected: nil, new: [8, 9])
    let change = Command(stamp: stamp, body: .change(operation, session: SessionID(2), sequence: .first))
    let expected: [[UInt8]] = [
      [2], [UInt8](repeating: 255, count: 8), [2], [2, 0, 0, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0], [4],
      [1, 0, 0, 0, 7], [0], [2, 0, 0, 0, 8, 9],
    ]
    #expect(change.encoded() == expected.flatMap { $0 })
    #expect(Command(stamp: stamp, body: .openSession).encoded() == [2] + [UInt8](repeating: 255, count: 8) + [1])
  }

  @Test("Every prefix is refused, and so is every longer string")
  func prefixes() {
    var commands = RandomCommands(seed: 8)
    for _ in 0..<100 {
      let bytes = commands.next().encoded()
      for count in 0..<bytes.count {
        #expect(throws: ByteCodingError.self) { try Command(decoding: Array(bytes.prefix(count))) }
      }
      #expect(throws: ByteCodingError.trailingBytes(offset: bytes.count)) { try Command(decoding: bytes + [0]) }
    }
  }

  @Test("Changed bytes decode to a command that encodes to them, or are refused")
  func mutations() throws {
    var commands = RandomCommands(seed: 9)
    let dice = Dice(seed: 9)
    for round in 0..<20_000 as Range<UInt64> {
      var bytes = commands.next().encoded()
      let draw = dice.draw(Purpose(rawValue: 3), round)
      bytes[draw.below(bytes.count)] = UInt8(truncatingIfNeeded: draw.bits)
      if let decoded = try? Command(decoding: bytes) { try #require(decoded.encoded() == bytes) }
    }
  }

  @Test("Lengths over the limit are refused before anything is allocated")
  func overLimits() {
    let long = [UInt8](repeating: 1, count: KeyValueLimits.maxValueBytes + 1)
    func encoded(_ operation: KeyValueOperation) -> [UInt8] {
      Command(stamp: .epoch, body: .change(operation, session: SessionID(1), sequence: .first)).encoded()
    }
    #expect(throws: ByteCodingError.tooLong(offset: 27, length: 65_537, limit: 1_024)) {
      try Command(decoding: encoded(.delete(key: long)))
    }
    #expect(throws: ByteCodingError.tooLong(offset: 32, length: 65_537, limit: 65_536)) {
      try Command(decoding: encoded(.put(key: [1], value: long)))
    }
    #expect(KeyValueLimits.violation(of: .delete(key: long)) == .keyTooLong)
    #expect(KeyValueLimits.violation(of: .compareAndSet(key: [], expected: long, new: [])) == .valueTooLong)
    #expect(KeyValueLimits.violation(of: .put(key: [], value: [])) == nil)
  }
}
