import Determinism
import Histories
import Linearizability
import Raft
import Traces

/// What a story is about: of all that happened, that which led to the failure.
struct Focus {
  /// The event in which it came to light; `nil` if it is in none.
  var end: Int?
  /// By event: whether it is on the way there.
  var isCause: [Bool]
  /// The operations that it is about, by their places among the calls, in order.
  var operations: [Int]
  /// The entries that it is about.
  var indices = SortedTable<LogIndex, Bool>()
  /// The decisions on which it rests.
  var decisive = DecisiveDecisions()
  /// Whether single votes matter.
  var tellsVotes: Bool
  /// Whether the run is one as it was found, in which much happens that has nothing to do with the failure.
  var isLong: Bool

  /// Those who wrote what an operation saw and were told that nothing came of it, by their places among the calls.
  private static func deniedWriters(of reader: Operation, _ all: [Operation], _ history: History) -> [Int] {
    let seen: [UInt8]
    switch history.outcome(of: reader) {
    case .ok(.value(let found?)), .ok(.mismatch(let found?)): seen = found
    default: return []
    }
    let writers = all.indices.filter { place in
      guard all[place].kind == .fail, all[place].key == reader.key, all[place].call < reader.end ?? .max else {
        return false
      }
      return switch history.action(of: all[place]) {
      case .put(let value), .append(let value): value == seen
      case .compareAndSet(_, let new): new == seen
      case .get, .delete: false
      }
    }
    return Array(writers.suffix(fewOperations))
  }

  /// As many operations as can all be told.
  private static let fewOperations = 8
  /// A minimal run has fewer.
  private static let manyEvents = 1_000

  init(of run: FailingRun, _ chronicle: Chronicle, operations all: [Operation]) {
    let trace = chronicle.trace
    isLong = trace.count >= Self.manyEvents
    switch run.signature {
    case .linearizability:
      if let essence = run.essence {
        let members = essence.members.map(\.place)
        let denied = Self.deniedWriters(of: all[essence.members[essence.culprit].place], all, run.outcome.history)
        operations = (members + denied.filter { !members.contains($0) }).sorted()
      } else {
        let calls = Essentials(run, all).operations.map(\.call)
        operations = all.indices.filter { calls.contains(all[$0].call) }
      }
      let ends = operations.compactMap { chronicle.returns[$0] }
      let culprit =
        run.essence.map { $0.members[$0.culprit].place }
        ?? run.counterexample.flatMap { counterexample in all.firstIndex { $0.call == counterexample.culprit.call } }
      end = culprit.flatMap { chronicle.returns[$0] } ?? ends.max()
      isCause = chronicle.causes(of: ends + operations.compactMap { chronicle.calls[$0] })
      for operation in operations {
        for entry in chronicle.entriesOfOperation[operation] ?? [] { indices[entry.index] = true }
      }
      // Where others have overwritten what was there, a server may be deceived.
      for index in chronicle.contested.keys.suffix(Self.fewOperations) where !isLong {
        indices[index] = true
      }
      tellsVotes = false
    case .invariant, .liveness, .stopped:
      let failure = run.outcome.failure
      let place = failure.flatMap { run.outcome.place(ofEvent: $0.event) } ?? max(0, trace.count - 1)
      end = trace.isEmpty ? nil : place
      let named = failure?.finding.nodes ?? []
      let nodes = named.count > 1 ? named : NodeID.first(run.scenario.cluster.nodes)
      isCause = chronicle.causes(of: [place] + nodes.compactMap { chronicle.lastChange(of: $0, through: place) })
      for index in failure?.finding.indices ?? [] { indices[index] = true }
      for index in chronicle.contested.keys.suffix(Self.fewOperations) { indices[index] = true }
      let wanted = indices
      let called = all.indices.filter { chronicle.calls[$0].map { $0 <= place } ?? false }
      func isWanted(_ operation: Int) -> Bool {
        chronicle.entriesOfOperation[operation]?.contains { wanted[$0.index] ?? false } ?? false
      }
      operations = called.count <= Self.fewOperations ? called : called.filter(isWanted).suffix(Self.fewOperations)
      for operation in operations where called.count <= Self.fewOperations {
        for entry in chronicle.entriesOfOperation[operation] ?? [] { indices[entry.index] = true }
      }
      tellsVotes = Self.votes.contains(run.signature)
    }
    // On who takes part rests what a majority is.
    for index in chronicle.configurations(through: end).suffix(Self.fewOperations) { indices[index] = true }
    // Who could be elected has become that by itself: nobody else need have heard of it.
    let isOfElectable = run.signature == .invariant(.electableHoldsCommitted)
    let electable = isOfElectable ? run.outcome.failure?.finding.nodes.first : nil
    let other = electable.flatMap { node in end.flatMap { chronicle.lastChange(of: node, through: $0) } }
    decisive = DecisiveDecisions(in: chronicle, endingWith: end, and: other, run.signature)
    for place in decisive.places + chronicle.transfers(through: end) { isCause[place] = true }
    for place in chronicle.losses.keys where place <= end ?? -1 {
      let isNeeded = chronicle.losses[place]?.contains { run.neededLosses.contains($0.key) } ?? false
      if isNeeded { isCause[place] = true }
    }
    for one in decisive.found {
      for index in trace[one.event].decisions[one.decision].decision.question.indices { indices[index] = true }
    }
  }

  private static let votes: [FailureSignature] = [
    .invariant(.electionSafety), .invariant(.oneVotePerTerm), .invariant(.durableBeforePromised),
    .invariant(.leaderCompleteness), .invariant(.termMonotonicity), .stopped(.twoLeaders),
  ]
}

extension Chronicle {
  /// The last event up to this one that changed a server.
  func lastChange(of node: NodeID, through place: Int) -> Int? {
    guard trace.indices.contains(place) else { return nil }
    return (0...place).last { trace[$0].effects.contains { $0.node == node && $0.what.changesServer } }
  }
}

extension Chronicle {
  /// The events up to one in which a leader begins to transfer its leadership, tells another server to campaign or gives the
  /// transfer up, in order.
  fileprivate func transfers(through end: Int?) -> [Int] {
    trace[...(end ?? trace.count - 1)].indices.filter { place in
      let isOrder = trace[place].effects.contains { effect in
        if case .sent(let message) = effect.what { message.content.kind == .timeoutNow } else { false }
      }
      return isOrder
        || trace[place].decisions.contains { traced in
          switch traced.decision.question {
          case .members(.mayTransfer(_, _, let answers)), .members(.givesUpTransfer(_, _, _, let answers)):
            answers.inForce
          default: false
          }
        }
    }
  }

  /// The indices at which some log held a configuration up to an event, in order.
  fileprivate func configurations(through end: Int?) -> [LogIndex] {
    var indices = SortedTable<LogIndex, Bool>()
    for event in trace[...(end ?? trace.count - 1)] {
      for case .appended(let entries) in event.effects.map(\.what) {
        for entry in entries { if case .configuration = entry.content { indices[entry.index] = true } }
      }
    }
    return Array(indices.keys)
  }
}

/// The operations that a wrong answer is about.
struct Essentials {
  /// In the order of their calls.
  let operations: [Operation]

  private static let few = 6

  init(_ run: FailingRun, _ all: [Operation]) {
    guard let counterexample = run.counterexample else {
      operations = []
      return
    }
    let key = counterexample.culprit.key
    let ofKey = all.filter { $0.key == key && $0.call <= counterexample.culprit.end ?? .max }
    if ofKey.count <= Self.few {
      operations = ofKey
      return
    }
    var calls = [counterexample.culprit.call] + counterexample.certificate.map(\.call)
    if counterexample.certificate.isEmpty {
      calls += counterexample.blocked.prefix(3).map(\.operation.call)
      calls += counterexample.prefix.suffix(Self.few / 2).map(\.call)
    }
    operations = ofKey.filter { calls.contains($0.call) }
  }
}
