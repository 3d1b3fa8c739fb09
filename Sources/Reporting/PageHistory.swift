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

  init(_ history: History, _ counterexample: Counterexample?) {
    let operations = history.operations()
    calls = operations.enumerated().map { Call($1, place: $0, of: history) }
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
    // What breaks the rule first, then what could not come next, then what came before it.
    var wanted = [culprit].compactMap(\.self)
    if let counterexample {
      wanted += counterexample.certificate.compactMap(place)
      wanted += counterexample.blocked.compactMap { place($0.operation) }
      wanted += counterexample.prefix.reversed().compactMap(place)
    } else {
      wanted += calls.indices.reversed()
    }
    var chosen: [Int] = []
    for place in wanted where chosen.count < Self.limit && !chosen.contains(place) { chosen.append(place) }
    shown = chosen.sorted()
  }
}

extension PageHistory.Call {
  fileprivate init(_ operation: Operation, place: Int, of history: History) {
    self.operation = operation
    self.place = place
    process = operation.process
    start = .nanoseconds(history.events[operation.call].time)
    // A call that ended unknown ended for its client only.
    end = operation.isUnknown ? nil : operation.end.map { .nanoseconds(history.events[$0].time) }
    isUnknown = operation.isUnknown
    isFailed = operation.kind == .fail
    let key = history.values[operation.key].map { " " + Self.show($0) } ?? ""
    let name = operation.function.name(in: history.header.model)
    switch history.action(of: operation) {
    case .get, .delete: request = "\(name)\(key)"
    case .put(let value): request = "\(name)\(key) = \(Self.show(value))"
    case .append(let value): request = "\(name)\(key) += \(Self.show(value))"
    case .compareAndSet(let expected, let new):
      request = "\(name)\(key) = \(Self.show(expected)) → \(Self.show(new))"
    }
    answer =
      switch history.outcome(of: operation) {
      case .fail: "failed"
      case .info: "no answer"
      case .ok(.done): "ok"
      case .ok(.swapped): "replaced"
      case .ok(.value(let value)): "→ \(Self.show(value))"
      case .ok(.mismatch(let seen)): "mismatch, saw \(Self.show(seen))"
      case .ok(.unseenMismatch): "mismatch"
      }
  }

  /// A value, shortened; bytes that are no plain text in hexadecimal.
  private static func show(_ value: [UInt8]?) -> String {
    guard let value else { return "nothing" }
    let text = String(decoding: value, as: UTF8.self)
    if !value.isEmpty, Array(text.utf8) == value, value.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) {
      return text.count <= 40 ? text : "\(text.prefix(14))…\(text.suffix(24))"
    }
    if value.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return "\"\(text.prefix(40))\(text.count > 40 ? "…" : "")\"" }
    let digits = value.prefix(20).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return "0x\(digits)\(value.count > 20 ? "…" : "")"
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
