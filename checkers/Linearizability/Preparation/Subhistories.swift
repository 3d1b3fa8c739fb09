import Histories

/// The parts of a history, one for each key, in the order in which the keys are first mentioned.
///
/// A part is made when somebody asks for it, for there may be a million.
package struct Subhistories: RandomAccessCollection, Sendable {
  private let whole: WholeHistory
  private let keyed: KeyedOperations

  /// The parts of `history`.
  ///
  /// - Parameter shouldStop: asked now and then.
  /// - Returns: `nil` if it was stopped.
  /// - Complexity: O(events + values).
  package init?(of history: History, shouldStop: () -> Bool) {
    guard let keyed = KeyedOperations(of: history, shouldStop: shouldStop) else { return nil }
    (whole, self.keyed) = (WholeHistory(history), keyed)
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { keyed.keys.count }

  /// The part at this place.
  ///
  /// - Complexity: O(operations) if there are others.
  package subscript(place: Int) -> Subhistory {
    let operations = count == 1 ? keyed.operations : Array(keyed.operations[range(of: place)])
    return Subhistory(of: whole, key: keyed.keys[place], operations: operations)
  }

  /// The operations of all, part by part.
  package var operations: [Operation] { keyed.operations }

  /// Where the operations of one part stand among those of all.
  package func range(of place: Int) -> Range<Int> { keyed.range(of: place) }

  /// Whether an order came with the history.
  package var hasGivenOrder: Bool { whole.history.hasGivenOrder }

  /// The key of one part; `nil` in a history of one register.
  package func key(of place: Int) -> [UInt8]? { whole.history.values[keyed.keys[place]] }

  /// The place of the part of this key; `nil` if nothing was asked of it.
  package func place(of key: [UInt8]?) -> Int? {
    whole.history.values.find(key).flatMap { keyed.keys.firstIndex(of: $0) }
  }

  /// The memory that making one part takes, in bytes.
  package func bytes(of place: Int) -> Int {
    count == 1 ? 0 : range(of: place).count * MemoryLayout<Operation>.stride
  }
}

/// A history that many parts share: a part costs one reference to it, not one to each of its tables.
final class WholeHistory: Sendable {
  let history: History

  init(_ history: History) {
    self.history = history
  }
}
