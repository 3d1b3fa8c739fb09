import Determinism
import Invariants
import Reference
import Testing

@testable import KeyValue

@Suite("The reference state machine")
struct ReferenceMachineTests {
  /// A store and the reference that apply the same commands, at random places the store from a snapshot.
  struct Pair {
    private var machine: StateMachine
    private var reference: ReferenceMachine
    /// The store as it was some time ago: what a server is that goes on from another one's snapshot.
    private var former: StateMachine
    private let rules: any SessionRules.Type
    private var draws: DiceSequence
    private var index: UInt64 = 0
    private var opened: [UInt64] = [7]
    private var time: Int64 = 0
    private var sequence: UInt64 = 1

    init(seed: UInt64, rules: any SessionRules.Type, appliesRetries: Bool = false) {
      draws = Dice(seed: seed).sequence(Purpose(rawValue: 3))
      self.rules = rules
      let settings = SessionSettings(lifetime: .nanoseconds(100), maxOpen: 1 + draws.next().below(4))
      // Room for few values, in every second seed.
      let bytes = seed % 2 == 0 ? 100 : KeyValueLimits.maxStoreBytes
      machine = StateMachine(sessions: settings, maxStoreBytes: bytes)
      former = machine
      reference = ReferenceMachine(
        sessionLifetime: settings.lifetime, maxSessions: settings.maxOpen, appliesRetries: appliesRetries,
        maxStoreBytes: bytes)
      // A snapshot has the room that all servers have.
      restores = bytes == KeyValueLimits.maxStoreBytes
    }

    private let restores: Bool
    private mutating func below(_ bound: Int) -> Int { draws.next().below(bound) }

    /// Applies a command to both. - Returns: whether they agree, in the digest and in what they hold.
    mutating func step() throws -> (digests: Bool, states: Bool) {
      index += UInt64(1 + below(3))
      let command = next()
      // The log's bytes are what servers share.
      let decoded = try Command(decoding: command.encoded())
      let clock = WallInstant(nanoseconds: time + Int64(below(400)) - 200)
      let isLeader = below(2) == 0
      _ = machine.apply(decoded, at: index, clock: clock, isLeader: isLeader, rules: rules)
      reference.apply(decoded, at: index)
      if restores, below(40) == 0 {
        let snapshot = machine.snapshot(rules: rules)
        if below(2) == 0 {
          machine = try StateMachine(snapshot: snapshot, sessions: machine.settings)
        } else {
          try former.replace(with: snapshot, rules: rules)
          machine = former
        }
      }
      if below(20) == 0 { former = machine }
      return (machine.digest == reference.digest, reference.difference(of: machine) == nil)
    }

    private mutating func next() -> Command {
      time += Int64(below(30)) - 8
      let stamp = WallInstant(nanoseconds: time)
      if below(8) == 0 {
        opened.append(index)
        return Command(stamp: stamp, body: .openSession)
      }
      // Mostly the next number, else a retry, an older one, or one further on.
      let number = below(3) > 0 ? sequence + 1 : max(3, sequence + UInt64(below(5))) - 2
      sequence = max(sequence, number)
      let recent = opened.suffix(5)
      let session = recent[recent.startIndex + below(recent.count)]
      return Command(
        stamp: stamp,
        body: .change(operation(), session: SessionID(session), sequence: SequenceNumber(number)))
    }

    private mutating func operation() -> KeyValueOperation {
      let key = [UInt8](repeating: 1, count: below(6))
      return switch below(5) {
      case 0: .put(key: key, value: value())
      case 1, 2: .append(key: key, value: value())
      case 3: .delete(key: key)
      default: .compareAndSet(key: key, expected: below(2) == 0 ? nil : value(), new: value())
      }
    }

    /// Mostly short, so that values repeat; now and then a half of the longest, or that.
    private mutating func value() -> [UInt8] {
      let length =
        switch restores ? below(30) : 1 {
        case 0: KeyValueLimits.maxValueBytes / (1 + below(2))
        default: below(3) * below(10)
        }
      return [UInt8](repeating: UInt8(below(2)), count: length)
    }
  }

  /// Whether store and reference part in one of some seeds; the digests and the states must do so alike.
  private func part(_ rules: any SessionRules.Type, appliesRetries: Bool = false, seeds: Range<UInt64>) throws -> Bool {
    for seed in seeds {
      var pair = Pair(seed: seed, rules: rules, appliesRetries: appliesRetries)
      for step in 0..<400 {
        let agreement = try pair.step()
        #expect(agreement.digests == agreement.states, "seed \(seed), step \(step)")
        if !agreement.digests { return true }
      }
    }
    return false
  }

  @Test("Over random commands, sessions and limits included, store and reference agree, and so do their digests")
  func agree() throws {
    #expect(try !part(PaperSessionRules.self, seeds: 0..<60))
  }

  @Test(
    "A state machine with one wrong rule parts from it, in its digest and in what is told of it",
    arguments: WrongMachine.all.indices)
  func wrongMachines(place: Int) throws {
    let (name, rules) = WrongMachine.all[place]
    #expect(try part(rules, seeds: 0..<60), "\(name)")
  }

  @Test("A reference that applies retries is what a server is that does")
  func repetition() throws {
    #expect(try !part(WrongMachine.AppliesAgain.self, appliesRetries: true, seeds: 0..<20))
    #expect(try part(PaperSessionRules.self, appliesRetries: true, seeds: 0..<20))
  }

  @Test("Its limits are those of the store")
  func limits() {
    #expect(ReferenceMachine.maxKeyBytes == KeyValueLimits.maxKeyBytes)
    #expect(ReferenceMachine.maxValueBytes == KeyValueLimits.maxValueBytes)
    #expect(ReferenceMachine.maxStoreBytes == KeyValueLimits.maxStoreBytes)
  }
}
