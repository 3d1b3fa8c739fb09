import Determinism
import Raft
import Testing

/// Ignores a refusal that points into what is known to match, for an old one.
private enum IgnoresRefusals: RaftRules {
  static func backtrack(to hint: LogIndex, match: LogIndex, lowestNext: LogIndex) -> LogIndex? {
    hint > match && hint < lowestNext ? hint : nil
  }
}

/// One leader, a second server that holds whatever the leader has, and a third one. What happens on the link to the third,
/// to its disk and to the leader's log leads through every mode in which the leader can be towards it.
private struct Link {
  private enum Act: CaseIterable {
    case send, answer, lose, cutOff, duplicate, sync, heartbeat, propose, read, compact, compactFollower, restart
    case unreachable, pass
  }

  private var draws: DiceSequence
  private let preference: [(element: Act, weight: Int)]
  var cluster: TestCluster
  /// The modes in which the leader has been, in order.
  private(set) var modes: [Progress.Mode] = []

  init(seed: UInt64, rules: any RaftRules.Type = PaperRaftRules.self) {
    draws = Dice(seed: seed).sequence(Purpose(rawValue: 2))
    preference = [
      (.send, 30), (.answer, 25), (.lose, draws.next().below(15)),
      (.cutOff, draws.next().below(8)), (.duplicate, draws.next().below(6)),
      (.sync, 20), (.heartbeat, draws.next().within(2...12)), (.propose, draws.next().within(1...12)),
      (.read, draws.next().below(8)), (.compact, draws.next().below(10)), (.compactFollower, draws.next().below(4)),
      (.restart, draws.next().below(4)), (.unreachable, draws.next().below(3)), (.pass, draws.next().below(8)),
    ]
    let (ours, theirs) = Self.logs(&draws)
    var dice = draws
    let (chunk, trailing) = (dice.next().within(10...200), dice.next().below(3))
    let (perAppend, window) = (dice.next().within(1...4), dice.next().within(1...3))
    draws = dice
    cluster = TestCluster(
      nodes: 3, logs: [ours, ours, theirs], terms: [6, 6, 6], maxEntriesPerAppend: perAppend,
      rules: rules
    ) {
      $0.maxSnapshotChunkBytes = chunk
      $0.trailingEntries = trailing
      $0.maxInflightEntries = perAppend * window
    }
    cluster.elect(.n1, by: [.n1, .n2])
  }

  /// Two logs that a cluster can have: they agree up to somewhere and are of different terms behind that.
  private static func logs(_ draws: inout DiceSequence) -> (ours: [UInt64], theirs: [UInt64]) {
    func grow(_ log: [UInt64], by count: Int, of terms: [UInt64]) -> [UInt64] {
      var log = log
      for term in terms where log.last ?? 0 <= term {
        log += [UInt64](repeating: term, count: draws.next().below(count))
      }
      return log
    }
    let common = grow([], by: 5, of: [1, 2])
    // The last common term may go on in one of them only: it had one leader.
    let isOurs = draws.next().below(2) == 0
    let more = [UInt64](repeating: common.last ?? 1, count: draws.next().below(6))
    let ours = grow(common + (isOurs ? more : []), by: 4, of: draws.next().below(2) == 0 ? [4, 6] : [])
    return (ours, grow(common + (isOurs ? [] : more), by: 4, of: draws.next().below(2) == 0 ? [3, 5] : []))
  }

  private func places(from sender: NodeID, to recipient: NodeID) -> [Int] {
    cluster.inFlight.indices.filter { cluster.inFlight[$0].from == sender && cluster.inFlight[$0].to == recipient }
  }

  /// Lets the leader and the second server do all that they have to do.
  private mutating func settleQuorum() {
    while true {
      cluster.sync(.n1)
      cluster.sync(.n2)
      guard let place = places(from: .n1, to: .n2).first ?? places(from: .n2, to: .n1).first else { return }
      cluster.deliver(at: place)
    }
  }

  private mutating func act(_ number: Int) {
    let onLink = cluster.inFlight.indices.filter { cluster.inFlight[$0].from == .n3 || cluster.inFlight[$0].to == .n3 }
    switch draws.pick(weighted: preference) {
    case .send: deliver(from: .n1, to: .n3)
    case .answer: deliver(from: .n3, to: .n1)
    case .lose:
      guard !onLink.isEmpty else { return }
      let lost = cluster.inFlight[draws.pick(onLink)]
      cluster.drop { $0 == lost }
    case .cutOff: cluster.drop { $0.to == .n3 }
    case .duplicate: if !onLink.isEmpty { cluster.duplicate(at: draws.pick(onLink)) }
    case .sync: cluster.sync(.n3)
    case .heartbeat:
      cluster.pass(.milliseconds(50), at: .n1)
      cluster.heartbeat(.n1)
    case .propose: cluster.propose("\(number)", at: .n1)
    case .read: cluster.read(at: .n1)
    case .compact:
      let applied = cluster.hosts[0].applied.count
      if applied > 0 { cluster.compact(.n1, at: UInt64(draws.next().within(1...applied))) }
    case .compactFollower: if !cluster.hosts[2].applied.isEmpty { cluster.compact(.n3) }
    case .restart:
      cluster.crash(.n3)
      cluster.restart(.n3)
    case .unreachable: cluster.step(.n1, .unreachable(.n3))
    case .pass: cluster.pass(draws.next().within(Duration.milliseconds(1)...(.milliseconds(400))), at: .n1)
    }
  }

  /// Mostly the oldest message, now and then any.
  private mutating func deliver(from sender: NodeID, to recipient: NodeID) {
    let places = places(from: sender, to: recipient)
    guard let oldest = places.first else { return }
    cluster.deliver(at: draws.next().below(5) == 0 ? draws.pick(places) : oldest)
  }

  mutating func run(steps: Int) {
    for number in 0..<steps {
      act(number)
      settleQuorum()
      checkProgress()
    }
  }

  /// What holds between the fields at any time.
  private mutating func checkProgress() {
    guard let progress = cluster[.n1].leadership?.progress.slots[2] else {
      Issue.record("n1 leads no longer")
      return
    }
    if modes.last != progress.mode { modes.append(progress.mode) }
    #expect(progress.match < progress.next && progress.lowestNext <= progress.next)
    #expect((progress.mode == .snapshot) == (progress.transfer != nil))
    #expect(
      progress.flights.isEmpty || progress.mode == .replicate && progress.flights.last?.through.next == progress.next)
    #expect(progress.flights.map(\.bytes).reduce(0, +) == progress.inflightBytes)
    guard let transfer = progress.transfer else { return }
    #expect(transfer.received <= transfer.sent && transfer.sent <= UInt64(transfer.snapshot.bytes.count))
    let underWay = Int(transfer.sent - transfer.received)
    let most = RaftConfiguration.maxInflightPieces * cluster[.n1].configuration.maxSnapshotChunkBytes
    #expect(underWay <= most, "\(underWay) bytes on their way")
  }

  /// From now on every message arrives, in order, and a heartbeat goes with each round trip.
  ///
  /// - Returns: how many round trips it takes until the follower has all; `nil` if they are more than a limit.
  mutating func roundTripsToCatchUp(limit: Int) -> Int? {
    for trip in 0...limit {
      if cluster[.n3].log.lastPosition == cluster[.n1].log.lastPosition,
        cluster.hosts[2].applied == cluster.hosts[0].applied
      {
        return trip
      }
      cluster.pass(.milliseconds(50), at: .n1)
      cluster.heartbeat(.n1)
      settleQuorum()
      for _ in places(from: .n1, to: .n3) { cluster.deliver(from: .n1, to: .n3) }
      cluster.sync(.n3)
      for _ in places(from: .n3, to: .n1) { cluster.deliver(from: .n3, to: .n1) }
      settleQuorum()
    }
    return nil
  }

  /// The most round trips that it may take, whatever the leader knows and whatever is on its way: a few for answers to tell
  /// what was lost and where the logs part, for a follower that has forgotten its pieces, and for the commit index; the rest
  /// for windows of pieces and of entries.
  var limit: Int {
    let configuration = cluster[.n1].configuration
    let size = TestState.encode(cluster.hosts[0].applied).count
    let pieces = size / configuration.maxSnapshotChunkBytes
    let entries = cluster.hosts[0].applied.count
    return 6 + pieces / RaftConfiguration.maxInflightPieces + entries / configuration.maxInflightEntries
  }
}

@Suite("A follower catches up")
struct CatchingUpTests {
  @Test(
    "Whatever a leader knows and whatever was lost: once messages flow, a follower has all within so many round trips",
    arguments: 0..<10 as Range<UInt64>)
  func catchesUp(block: UInt64) {
    for seed in block * 50..<(block + 1) * 50 {
      var link = Link(seed: seed)
      link.run(steps: 150)
      let limit = link.limit
      if link.roundTripsToCatchUp(limit: limit) == nil {
        let progress = link.cluster[.n1].leadership?.progress.slots[2]
        Issue.record("seed \(seed): not within \(limit) round trips; \(progress.map { "\($0)" } ?? "")")
      }
    }
  }

  @Test("The walks lead through every mode, and from each to each")
  func coverage() {
    var steps: [[Progress.Mode]] = []
    for seed in 0..<100 as Range<UInt64> {
      var link = Link(seed: seed)
      link.run(steps: 150)
      for (one, other) in zip(link.modes, link.modes.dropFirst()) where !steps.contains([one, other]) {
        steps.append([one, other])
      }
    }
    // From a snapshot on its way a leader goes on to replicating, and to nothing else.
    #expect(steps.count == 5 && !steps.contains([.snapshot, .probe]))
  }

  @Test("A leader that ignores refusals into what is known to match leaves some follower behind for ever")
  func wrongRule() {
    // It is rare: some walk in two thousand.
    for seed in 1_700..<8_000 as Range<UInt64> {
      var link = Link(seed: seed, rules: IgnoresRefusals.self)
      link.run(steps: 150)
      if link.roundTripsToCatchUp(limit: 200) == nil { return }
    }
    Issue.record("no walk shows what is wrong")
  }
}
