/// A history's operations, key by key: the keys in the order in which they are first mentioned, each key's operations in
/// the order of their calls.
///
/// All lie in one array, for there may be a million keys.
package struct KeyedOperations: Sendable {
  /// All of them.
  package let operations: [Operation]
  /// The keys.
  package let keys: [ValueID]
  /// Where each key's operations end among all.
  private let ends: [Int32]

  /// How often somebody is asked whether to stop: after so many events.
  private static let pollInterval = 1 << 16

  /// The operations of `history`.
  ///
  /// - Parameter shouldStop: asked now and then.
  /// - Returns: `nil` if it was stopped.
  /// - Complexity: O(events + values).
  package init?(of history: History, shouldStop: () -> Bool) {
    let events = history.events
    var places = [Int32](repeating: -1, count: history.values.count)
    var (keys, ends): ([ValueID], [Int32]) = ([], [])
    for offset in events.indices where events[offset].kind == .invoke {
      let key = events[offset].key
      if places[Int(key.rawValue)] < 0 {
        places[Int(key.rawValue)] = Int32(keys.count)
        keys.append(key)
        ends.append(0)
      }
      ends[Int(places[Int(key.rawValue)])] += 1
      if (offset + 1) % Self.pollInterval == 0, shouldStop() { return nil }
    }
    // First where each key's operations begin. Whatever is put down moves that on, and at last it is where they end.
    var count: Int32 = 0
    for place in ends.indices { (ends[place], count) = (count, count + ends[place]) }
    var isWhole = true
    operations = [Operation](unsafeUninitializedCapacity: Int(count)) { operations, initialized in
      guard let base = operations.baseAddress else { return }
      var open = OpenCalls()
      for (offset, event) in events.enumerated() {
        if event.kind == .invoke {
          let place = Int(places[Int(event.key.rawValue)])
          open[event.process] = Int(ends[place])
          (base + Int(ends[place])).initialize(to: Operation(call: offset, event))
          ends[place] += 1
        } else if let place = open[event.process] {
          base[place] = Operation(base[place], endedBy: event, at: offset)
          open[event.process] = nil
        }
        if (offset + 1) % Self.pollInterval == 0, shouldStop() {
          isWhole = false
          return
        }
      }
      initialized = Int(count)
    }
    (self.keys, self.ends) = (keys, ends)
    if !isWhole { return nil }
  }

  /// How much memory those of `history` take at most, in bytes.
  package static func bytes(for history: History) -> Int {
    count(in: history) * (MemoryLayout<Operation>.stride + 8) + history.values.count * 4
  }

  /// How many operations a history has: as many as calls. - Complexity: O(n).
  package static func count(in history: History) -> Int {
    history.events.count { $0.kind == .invoke }
  }

  /// Where the operations of one key stand among all, by the key's place.
  package func range(of place: Int) -> Range<Int> {
    Int(place == 0 ? 0 : ends[place - 1])..<Int(ends[place])
  }
}
