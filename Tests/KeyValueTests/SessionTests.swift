import Determinism
import Testing

@testable import KeyValue

/// Ends sessions by each server's own clock.
private enum ExpireByLocalClock: SessionRules {
  static func hasExpired(
    lastUsed: WallInstant, logTime: WallInstant, clock: WallInstant, lifetime: Duration
  ) -> Bool { clock - lastUsed > lifetime }
}

/// Lets any stamp set log time.
private enum LogTimeGoesBack: SessionRules {
  static func logTime(after current: WallInstant, stamp: WallInstant) -> WallInstant { stamp }
}

@Suite("Sessions")
struct SessionTests {
  private let put = KeyValueOperation.put(key: [1], value: [1])

  /// Session 1, which lasts 100 ns and was opened at 0.
  private func machine(maxOpen: Int = 10) -> StateMachine {
    .withSessions(1, settings: SessionSettings(lifetime: .nanoseconds(100), maxOpen: maxOpen))
  }

  @Test("A session applies what is newer, answers what is equal again, drops what is older; none is none")
  func dispositions() {
    let (one, two) = (SequenceNumber.first, SequenceNumber.first.next)
    func disposition(_ sequence: SequenceNumber, _ last: SequenceNumber?, isOpen: Bool = true) -> SessionDisposition {
      PaperSessionRules.disposition(of: sequence, last: last, isOpen: isOpen)
    }
    #expect(disposition(one, nil) == .apply)
    #expect(disposition(two, nil) == .apply)
    #expect(disposition(two, one) == .apply)
    #expect(disposition(two, two) == .answerAgain)
    #expect(disposition(one, two) == .drop)
    #expect(disposition(two, nil, isOpen: false) == .refuse)
  }

  @Test("A session is named after the place of its opening, and two openings open two")
  func names() {
    var machine = StateMachine()
    #expect(machine.apply(.open, at: 7) == .opened(SessionID(7)))
    #expect(machine.apply(.open, at: 9) == .opened(SessionID(9)))
    #expect(machine.apply(.change(put, 1, session: 7)) == .result(.done))
    #expect(machine.apply(.change(put, 1, session: 9)) == .result(.done))
    #expect(machine.sessionCount == 2)
  }

  @Test("A command in a session that never was is told so and changes nothing but log time")
  func unknown() {
    var machine = machine()
    #expect(machine.apply(.change(put, 1, session: 2, stamp: 5)) == .sessionExpired)
    #expect(machine.value(of: [1]) == nil && machine.sessionCount == 1)
    #expect(machine.logTime == WallInstant(nanoseconds: 5))
  }

  @Test("A session ends when log time has gone on for longer than its lifetime since its last command of any kind")
  func expiry() {
    for (stamp, outcome) in [(100, .result(.done)), (101, .sessionExpired)] as [(Int64, CommandOutcome)] {
      var machine = machine()
      #expect(machine.apply(.change(put, 1, stamp: stamp)) == outcome)
    }
    var machine = machine()
    machine.apply(.change(put, 2, stamp: 60))
    #expect(machine.apply(.change(put, 2, stamp: 120)) == .result(.done), "a retry")
    #expect(machine.apply(.change(put, 1, stamp: 180)) == .dropped, "an old one")
    #expect(machine.apply(.change(put, 3, stamp: 280)) == .result(.done))
    #expect(machine.apply(.change(put, 3, stamp: 381)) == .sessionExpired, "its answer is forgotten too")
    #expect(machine.apply(.change(put, 4, stamp: 0)) == .sessionExpired, "what has ended does not begin again")
  }

  @Test("Another client's commands move log time, and so end a session; clocks that are behind do not keep it")
  func othersMoveTime() {
    var machine = machine()
    machine.apply(.open(stamp: 101), at: 2)
    #expect(machine.apply(.change(put, 1, session: 2, stamp: 3)) == .result(.done))
    #expect(machine.apply(.change(put, 1, stamp: 3)) == .sessionExpired)
  }

  @Test("No server's own clock has a say")
  func localClock() {
    var (one, other) = (machine(), machine())
    #expect(one.apply(.change(put, 1), clock: .max) == .result(.done))
    #expect(other.apply(.change(put, 1), clock: .min) == .result(.done))
    #expect(one.digest == other.digest)
    #expect(one.apply(.change(put, 2), clock: .max, rules: ExpireByLocalClock.self) == .sessionExpired)
    #expect(other.apply(.change(put, 2), clock: .min, rules: ExpireByLocalClock.self) == .result(.done))
    #expect(one.digest != other.digest)
  }

  @Test("Log time by wrong rules goes back, yet not before the epoch, and traps nothing")
  func logTimeGoesBack() {
    var machine = machine()
    for stamp in [.max, .min, 0, .max] as [Int64] {
      machine.apply(.change(put, 1, stamp: stamp), rules: LogTimeGoesBack.self)
      #expect(machine.logTime == WallInstant(nanoseconds: max(0, stamp)))
    }
  }

  @Test("To open one session too many ends those that have expired, or else the one that was used least recently")
  func room() {
    var machine = machine(maxOpen: 2)
    machine.apply(.open(stamp: 10), at: 2)
    machine.apply(.change(put, 1, session: 1, stamp: 20))
    machine.apply(.open(stamp: 30), at: 3)
    #expect(machine.sessions.keys == [SessionID(1), SessionID(3)])
    machine.apply(.open(stamp: 121), at: 4)
    #expect(machine.sessions.keys == [SessionID(3), SessionID(4)])
    // Session 3 is as old as 4's last use; the lower number goes.
    machine.apply(.change(put, 1, session: 3, stamp: 121))
    machine.apply(.open(stamp: 121), at: 5)
    #expect(machine.sessions.keys == [SessionID(4), SessionID(5)])
    #expect(machine.apply(.change(put, 2, session: 3)) == .sessionExpired)
  }

  @Test("A preview takes a session that it does not know for one that is about to be opened")
  func preview() {
    let machine = machine()
    #expect(machine.preview(.open, at: 8, rules: PaperSessionRules.self) == .opened(SessionID(8)))
    #expect(machine.preview(.change(put, 1, session: 8), at: 9, rules: PaperSessionRules.self) == .result(.done))
  }
}
