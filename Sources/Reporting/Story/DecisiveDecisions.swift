import Determinism
import Raft
import Traces

/// The decisions on which a failure rests: of those in its past in which the rule in force and the published one differ
/// the last, and the first of the same rule. Of a failure of progress the first of those that repeat at its end.
struct DecisiveDecisions {
  /// A decision, by the place of its event and its place among that one's decisions.
  struct Place: Hashable {
    var event: Int
    var decision: Int
  }

  private(set) var found: [Place] = []

  init() {}

  /// - Parameters:
  ///   - end: the event in which the failure came to light.
  ///   - other: an event on which it rests as well.
  init(in chronicle: Chronicle, endingWith end: Int?, and other: Int?, _ signature: FailureSignature) {
    guard let end else { return }
    let isPast = chronicle.past(of: [end, other].compactMap(\.self))
    var differing: [(place: Place, rule: RuleDecision.Rule)] = []
    var elsewhere: [(place: Place, rule: RuleDecision.Rule)] = []
    for (event, traced) in chronicle.trace[...end].enumerated() {
      for (number, decision) in traced.decisions.enumerated() where decision.decision.differs {
        let one = (place: Place(event: event, decision: number), rule: decision.decision.rule)
        if isPast[event] { differing.append(one) } else { elsewhere.append(one) }
      }
    }
    // What nothing is known to rest on counts where nothing else does.
    let candidates = differing.isEmpty ? elsewhere : differing
    guard let last = candidates.last else { return }
    if case .liveness = signature {
      // What repeats at the end began with the calm.
      let calm = chronicle.trace.firstIndex { $0.kind == .stormEnds } ?? 0
      let repeated = (differing + elsewhere).filter { $0.rule == last.rule }.map(\.place).sorted { $0.event < $1.event }
      found = [repeated.first { $0.event >= calm } ?? repeated[0]]
      return
    }
    found = [last.place]
    if let first = candidates.first(where: { $0.rule == last.rule }), first.place != last.place {
      found.insert(first.place, at: 0)
    }
  }

  /// Their events, in order.
  var places: [Int] { found.map(\.event) }

  func contains(_ decision: Int, of event: Int) -> Bool { found.contains(Place(event: event, decision: decision)) }
}
