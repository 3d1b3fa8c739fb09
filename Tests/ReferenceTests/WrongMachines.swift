import Determinism
import KeyValue
import KnownBugs

/// The known bugs that a state machine by itself may have, and further ones.
enum WrongMachine {
  /// Each with its name.
  static let all: [(name: String, rules: any SessionRules.Type)] =
    KnownBug.catalogue.filter { $0.rule.hasPrefix("SessionRules.") }.map { ($0.name, $0.rules.session) } + [
      ("swaps whatever it finds", Swaps.self), ("puts where it should append", Puts.self),
      ("deletes nothing", KeepsDeleted.self), ("hides what a compare-and-set saw", SeesNothing.self),
      ("has no limits", Limitless.self), ("lets log time go back", TimeGoesBack.self),
      ("ends sessions a moment early", EndsEarly.self), ("never ends a session", NeverEnds.self),
      ("applies what is older than the session's last command", AppliesOlder.self),
      ("drops a command whose number does not follow", DropsLater.self),
      ("applies retries of open sessions", AppliesAgain.self),
    ]

  private enum Swaps: SessionRules {
    static func effect(
      of operation: KeyValueOperation, on value: [UInt8]?, isLeader: Bool
    ) -> KeyValueOperation.Effect {
      guard case .compareAndSet(_, _, let new) = operation else { return operation.effect(on: value) }
      return KeyValueOperation.Effect(.swapped, .set(new))
    }
  }

  private enum Puts: SessionRules {
    static func effect(
      of operation: KeyValueOperation, on value: [UInt8]?, isLeader: Bool
    ) -> KeyValueOperation.Effect {
      guard case .append(let key, let suffix) = operation else { return operation.effect(on: value) }
      return KeyValueOperation.put(key: key, value: suffix).effect(on: value)
    }
  }

  private enum KeepsDeleted: SessionRules {
    static func effect(
      of operation: KeyValueOperation, on value: [UInt8]?, isLeader: Bool
    ) -> KeyValueOperation.Effect {
      guard case .delete = operation else { return operation.effect(on: value) }
      return KeyValueOperation.Effect(.done, .keep)
    }
  }

  private enum SeesNothing: SessionRules {
    static func effect(
      of operation: KeyValueOperation, on value: [UInt8]?, isLeader: Bool
    ) -> KeyValueOperation.Effect {
      var effect = operation.effect(on: value)
      if case .mismatch = effect.result { effect.result = .mismatch(seen: nil) }
      return effect
    }
  }

  private enum Limitless: SessionRules {
    static func effect(
      of operation: KeyValueOperation, on value: [UInt8]?, isLeader: Bool
    ) -> KeyValueOperation.Effect {
      guard case .append(_, let suffix) = operation else { return operation.effect(on: value) }
      return KeyValueOperation.Effect(.done, .set((value ?? []) + suffix))
    }
  }

  private enum TimeGoesBack: SessionRules {
    static func logTime(after current: WallInstant, stamp: WallInstant) -> WallInstant { stamp }
  }

  private enum EndsEarly: SessionRules {
    static func hasExpired(
      lastUsed: WallInstant, logTime: WallInstant, clock: WallInstant, lifetime: Duration
    ) -> Bool { logTime - lastUsed >= lifetime }
  }

  private enum NeverEnds: SessionRules {
    static func hasExpired(
      lastUsed: WallInstant, logTime: WallInstant, clock: WallInstant, lifetime: Duration
    ) -> Bool { false }
  }

  private enum AppliesOlder: SessionRules {
    static func disposition(
      of sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool
    ) -> SessionDisposition {
      guard isOpen else { return .refuse }
      return sequence == last ? .answerAgain : .apply
    }
  }

  private enum DropsLater: SessionRules {
    static func disposition(
      of sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool
    ) -> SessionDisposition {
      let right = PaperSessionRules.disposition(of: sequence, last: last, isOpen: isOpen)
      return right == .apply && last.map { sequence > $0.next } == true ? .drop : right
    }
  }

  enum AppliesAgain: SessionRules {
    static func disposition(
      of sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool
    ) -> SessionDisposition { isOpen ? .apply : .refuse }
  }
}
