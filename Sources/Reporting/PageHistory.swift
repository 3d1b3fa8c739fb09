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

  /// The most operations that a page shows.
  private static let limit = 24

  /// - Parameter told: the operations that the story tells of.
  init(_ history: History, _ counterexample: Counterexample?, told: [Int]) {
    let operations = history.operations()
    let wording = Wording(history)
    calls = operations.enumerated().map { Call($1, place: $0, of: history, wording) }
    let places = calls
    func place(_ operation: Operation) -> Int? {
      let place = places.partitioningIndex { $0.operation.call >= operation.call }
      return place < places.count && places[place].operation.call == operation.call ? place : nil
    }
    culprit = counterexample.flatMap { place($0.culprit) }
    guard calls.count > Self.limit else {
      shown = Array(calls.indices)
      return
    }
    // What breaks the rule first, then what the story tells of, then what could not come next, then what came before it.
    var wanted = [culprit].compactMap(\.self) + told
    if let counterexample {
      wanted += counterexample.certificate.compactMap(place)
      wanted += counterexample.blocked.compactMap { place($0.operation) }
      wanted += counterexample.prefix.suffix(Self.limit / 2).reversed().compactMap(place)
    }
    var chosen: [Int] = []
    for place in wanted where chosen.count < Self.limit && !chosen.contains(place) { chosen.append(place) }
    shown = chosen.sorted()
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
    let exchange = wording.exchange(operation)
    answer =
      isUnknown
      ? "no answer"
      : exchange == request
        ? "ok" : String(exchange.dropFirst(request.count + 1).replacing("->", with: "→"))
  }
}

extension Array {
  /// The first place from which on the elements, which are parted so, fulfil the condition.
  func partitioningIndex(where isBehind: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
