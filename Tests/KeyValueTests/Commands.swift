import Determinism

@testable import KeyValue

extension Command {
  /// A change, of session 1 if no other is named.
  static func change(
    _ operation: KeyValueOperation, _ sequence: UInt64, session: UInt64 = 1, stamp: Int64 = 0
  ) -> Command {
    Command(
      stamp: WallInstant(nanoseconds: stamp),
      body: .change(operation, session: SessionID(session), sequence: SequenceNumber(sequence)))
  }

  static func open(stamp: Int64) -> Command {
    Command(stamp: WallInstant(nanoseconds: stamp), body: .openSession)
  }

  static let open = open(stamp: 0)
}

extension StateMachine {
  /// With so many open sessions, which are called 1, 2, …
  static func withSessions(_ count: UInt64, settings: SessionSettings = .standard) -> StateMachine {
    var machine = StateMachine(sessions: settings)
    for index in 0..<count { machine.apply(.open, at: index + 1) }
    return machine
  }

  /// Applies a command. Where it stands matters to none but those that open a session.
  @discardableResult
  mutating func apply(
    _ command: Command, at index: UInt64 = 1_000, clock: Int64 = 0,
    rules: any SessionRules.Type = PaperSessionRules.self
  ) -> CommandOutcome {
    apply(command, at: index, clock: WallInstant(nanoseconds: clock), rules: rules)
  }
}

/// Commands over few keys, sessions and numbers, so that retries, old ones and matches occur.
struct RandomCommands {
  private var draws: DiceSequence

  init(seed: UInt64) {
    draws = Dice(seed: seed).sequence(Purpose(rawValue: 2))
  }

  mutating func below(_ bound: Int) -> Int { draws.next().below(bound) }

  private mutating func value() -> [UInt8] {
    let count = below(3)
    return (0..<count).map { _ in UInt8(below(2)) }
  }

  /// A change in session 1 or 2.
  mutating func next() -> Command {
    let key = [UInt8(below(4))]
    let operation: KeyValueOperation =
      switch below(4) {
      case 0: .put(key: key, value: value())
      case 1: .append(key: key, value: value())
      case 2: .delete(key: key)
      default: .compareAndSet(key: key, expected: below(2) == 0 ? nil : value(), new: value())
      }
    return .change(operation, UInt64(1 + below(30)), session: UInt64(1 + below(2)), stamp: Int64(below(1_000)))
  }
}
