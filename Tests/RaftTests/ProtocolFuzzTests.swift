import Determinism
import Raft
import Testing

/// Votes for whoever asks.
private enum VotesForAnyLog: RaftRules {
  static func isUpToDate(candidate: LogPosition, voter: LogPosition, voterCommitIndex: LogIndex) -> Bool { true }
}

/// Acknowledges what a crash can still take.
private enum AnswersAtOnce: RaftRules {
  static func departure(of kind: RaftMessage.Kind) -> Departure { .atOnce }
}

/// Undoes newer appends by older ones.
private enum TruncatesAlways: RaftRules {
  static func truncationStart(previous: LogIndex, firstConflict: LogIndex?) -> LogIndex? { previous.next }
}

/// Decides by half of an even cluster.
private enum HalfIsEnough: RaftRules {
  static func quorum(of members: Int) -> Int { (members + 1) / 2 }
}

/// One random schedule: messages lost, doubled and out of order, crashes between any write and its sync.
private struct Schedule {
  private enum Act: CaseIterable {
    case deliver, sync, timeout, rivals, heartbeat, propose, duplicate, lose, cutOff, crash
  }

  private var draws: DiceSequence
  /// What this seed is fond of: mixing everything in equal parts would hide what only some of it brings about.
  private let temper: [(element: Act, weight: Int)]
  var cluster: TestCluster
  private var checks = FigureThree()

  init(seed: UInt64, rules: any RaftRules.Type = PaperRaftRules.self) {
    draws = Dice(seed: seed).sequence(Purpose(rawValue: 1))
    let nodes = draws.next().within(3...5)
    temper = [
      (.deliver, 70), (.sync, draws.next().within(10...50)), (.timeout, draws.next().within(1...2)),
      (.rivals, draws.next().below(3)), (.heartbeat, draws.next().within(2...8)),
      (.propose, draws.next().within(2...12)), (.duplicate, draws.next().below(4)), (.lose, draws.next().below(4)),
      (.cutOff, draws.next().below(3)), (.crash, draws.next().below(4)),
    ]
    cluster = TestCluster(
      nodes: nodes, maxEntriesPerAppend: draws.next().within(1...3), checksItself: false, rules: rules)
  }

  private mutating func node() -> NodeID { draws.pick(cluster.members) }

  private mutating func act(_ number: Int) {
    let count = cluster.inFlight.count
    switch draws.pick(weighted: temper) {
    case .deliver where count > 0:
      // Mostly the older ones, now and then any.
      cluster.deliver(at: draws.next().below(draws.next().below(4) == 0 ? count : min(count, 3)))
    case .deliver, .sync:
      let busy = cluster.hosts.filter { !$0.held.isEmpty }.map(\.node.id)
      cluster.sync(busy.isEmpty ? node() : draws.pick(busy))
    case .timeout: cluster.timeout(node())
    case .rivals: for id in draws.permute(cluster.members).prefix(2) { cluster.timeout(id) }
    case .heartbeat: cluster.heartbeat(cluster.leader?.id ?? node())
    case .propose: cluster.propose("\(number)", at: cluster.leader?.id ?? node())
    case .duplicate: if count > 0 { cluster.duplicate(at: draws.next().below(count)) }
    case .lose:
      guard count > 0 else { return }
      let victim = cluster.inFlight[draws.next().below(count)]
      cluster.drop { $0 == victim }
    case .cutOff:
      let side = node()
      cluster.drop { $0.from == side || $0.to == side }
    case .crash:
      let victim = node()
      cluster.crash(victim)
      cluster.restart(victim)
    }
  }

  /// - Throws: when a property of Figure 3 does not hold.
  mutating func run(steps: Int) throws(FigureThree.Violation) {
    for number in 0..<steps {
      act(number)
      try checks.check(cluster)
    }
  }

  /// Ends all faults: whoever can be elected is, and brings everyone to agree.
  mutating func calm() throws(FigureThree.Violation) {
    for _ in 0..<(2 * cluster.members.count) {
      for id in cluster.members where cluster.leader?.term != cluster.hosts.map(\.node.term).max() {
        cluster.timeout(id)
        cluster.settle()
        try checks.check(cluster)
      }
    }
    guard let leader = cluster.leader?.id else { throw .init(description: "nobody can be elected in calm weather") }
    for _ in 0..<2 {
      cluster.heartbeat(leader)
      cluster.settle()
    }
    try checks.check(cluster)
    let log = cluster[leader].log
    for host in cluster.hosts where host.node.log != log || host.applied != log.entries(from: LogIndex(1)) {
      throw .init(description: "\(host.node.id) does not catch up with \(leader)")
    }
  }
}

@Suite("Random schedules")
struct ProtocolFuzzTests {
  @Test(
    "Figure 3 holds in every step of random schedules, and in calm weather everyone agrees",
    arguments: 0..<20 as Range<UInt64>)
  func figure3(block: UInt64) {
    for seed in block * 100..<(block + 1) * 100 {
      var schedule = Schedule(seed: seed)
      do {
        try schedule.run(steps: 200)
        try schedule.calm()
      } catch {
        Issue.record("seed \(seed): \(error)")
      }
    }
  }

  @Test("The schedules go where it hurts: many terms, commits, and entries that had to give way")
  func coverage() throws {
    var committed = 0
    var terms: UInt64 = 0
    for seed in 0..<50 as Range<UInt64> {
      var schedule = Schedule(seed: seed)
      try schedule.run(steps: 250)
      committed += schedule.cluster.hosts.map(\.applied.count).max() ?? 0
      terms += schedule.cluster.hosts.map(\.node.term.rawValue).max() ?? 0
    }
    #expect(committed >= 100 && terms >= 200, "\(committed) entries committed in \(terms) terms")
  }

  @Test(
    "A wrong rule breaks Figure 3 within a few schedules",
    arguments: [VotesForAnyLog.self, AnswersAtOnce.self, TruncatesAlways.self, HalfIsEnough.self]
      as [any RaftRules.Type])
  func wrongRules(rules: any RaftRules.Type) {
    for seed in 0..<200 as Range<UInt64> {
      var schedule = Schedule(seed: seed, rules: rules)
      do { try schedule.run(steps: 250) } catch { return }
    }
    Issue.record("no schedule shows what is wrong with \(rules)")
  }
}
