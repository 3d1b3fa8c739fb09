import Determinism
import Histories
import Linearizability

/// The operations of a failing run as the page shows them.
struct PageHistory {
  /// One operation, in words.
  struct Call {
    var operation: Operation
    /// Its place among all calls, from 0.
    var place: Int
    var process: Int
    var start: Duration
    /// `nil` if the client never learnt anything.
    var end: Duration?
    /// `put x = 2`
    var request: String
    /// What the client was told: `→ 1`, `ok`, `no answer`.
    var answer: String
    var isUnknown: Bool
    var isFailed: Bool
  }

  /// All operations, in the order of their calls.
  let calls: [Call]
  /// The place of the one whose end leaves no order, if the clients saw something wrong.
  let culprit: Int?
  /// The operations that the page shows, by place.
  let shown: [Int]
  /// What the value could be from when on, by the operations that have no order; empty if nobody knows, or if those were
  /// moved past each other.
  let possible: [(from: Duration, text: String)]
  /// What the value is called.
  let cell: String

  /// So many operations are all shown, and of more those alone that the story is about, up to a limit.
  private static let few = 8
  private static let limit = 24

  /// - Parameter told: the operations that the story is about.
  init(_ run: FailingRun, told: [Operation]) {
    let history = run.outcome.history
    let wording = Wording(history)
    let all = history.operations().enumerated().map { Call($1, place: $0, of: history, wording) }
    func place(_ operation: Operation) -> Int? {
      let place = all.partitioningIndex { $0.operation.call >= operation.call }
      return place < all.count && all[place].operation.call == operation.call ? place : nil
    }
    calls = all
    culprit =
      run.signature == .linearizability
      ? run.essence.map { $0.members[$0.culprit].place } ?? run.counterexample.flatMap { place($0.culprit) } : nil
    (possible, cell) = Self.possible(run)
    guard all.count > Self.few else {
      shown = Array(all.indices)
      return
    }
    var chosen = [culprit].compactMap(\.self)
    for place in told.compactMap(place) where chosen.count < Self.limit && !chosen.contains(place) {
      chosen.append(place)
    }
    shown = chosen.sorted()
  }
}

extension PageHistory {
  private static func possible(_ run: FailingRun) -> ([(from: Duration, text: String)], cell: String) {
    guard run.signature == .linearizability, let essence = run.essence, let texts = essence.account.fields else {
      return ([], "")
    }
    var possible: [(from: Duration, text: String)] = []
    var latest = Int64.min
    for (event, text) in zip(essence.history.events, texts) {
      guard event.time >= latest else { return ([], "") }
      // Of several events at one time the last one counts.
      if event.time == latest { possible.removeLast() }
      latest = event.time
      possible.append((.nanoseconds(event.time), text))
    }
    return (possible, essence.wording.cell)
  }
}

extension PageHistory.Call {
  fileprivate init(_ operation: Operation, place: Int, of history: History, _ wording: Wording) {
    self.operation = operation
    self.place = place
    process = operation.process
    start = .nanoseconds(history.events[operation.call].time)
    // A call that ended unknown ended for its client only.
    end = operation.isUnknown ? nil : operation.end.map { .nanoseconds(history.events[$0].time) }
    isUnknown = operation.isUnknown
    isFailed = operation.kind == .fail
    request = wording.request(operation)
    answer = isUnknown ? "no answer" : wording.answer(to: operation).map { "→ \($0)" } ?? "ok"
  }
}
