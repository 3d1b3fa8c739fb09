import Determinism
import Scenarios

/// Which faults wait for which protocol moment, and what each fault in force has done.
struct Nemesis: Sendable {
  /// A fault that waits for the n-th moment of a kind.
  private struct FaultAtMoment: Sendable {
    var ordinal: Int
    var fault: Int
    var after: Duration
  }

  /// By kind of moment, the next ordinal last.
  private var waiting: [[FaultAtMoment]]
  private var counts: [Int]
  /// By position of the fault: the nodes that it took hold of, while it is in force.
  var targets: [[NodeID]?]
  /// By position of the fault: how many turns it has had, if it comes again and again.
  var turns: [Int]

  init(faults: [Fault]) {
    let kinds = Moment.allCases.count
    waiting = Array(repeating: [], count: kinds)
    counts = Array(repeating: 0, count: kinds)
    targets = Array(repeating: nil, count: faults.count)
    turns = Array(repeating: 0, count: faults.count)
    for (position, fault) in faults.enumerated() {
      guard case .moment(let kind, let ordinal, let after) = fault.trigger else { continue }
      waiting[kind.offset].append(FaultAtMoment(ordinal: ordinal, fault: position, after: after))
    }
    for kind in 0..<kinds {
      waiting[kind].sort { ($0.ordinal, $0.fault) > ($1.ordinal, $1.fault) }
    }
  }

  /// Counts a moment. - Returns: the faults that waited for it, and how long they still hold back.
  mutating func count(_ moment: Moment) -> [(fault: Int, after: Duration)] {
    let kind = moment.offset
    counts[kind] += 1
    guard waiting[kind].last?.ordinal == counts[kind] else { return [] }
    var sprung: [(fault: Int, after: Duration)] = []
    while let next = waiting[kind].last, next.ordinal == counts[kind] {
      waiting[kind].removeLast()
      sprung.append((next.fault, next.after))
    }
    return sprung
  }
}
