/// A table kept in the order of its keys, so that walking it is the same everywhere.
///
/// - Complexity: lookup O(log n); insertion and removal O(n), a move of memory.
package struct SortedTable<Key: Comparable & Sendable, Value: Sendable>: Sendable {
  /// In increasing order.
  package private(set) var keys: [Key] = []
  /// In the order of their keys.
  package private(set) var values: [Value] = []

  package init() {}

  /// How many keys have a value.
  package var count: Int { keys.count }
  /// Whether no key has a value.
  package var isEmpty: Bool { keys.isEmpty }

  /// The offset of the first key that is not below `key`.
  package func lowerBound(of key: Key) -> Int {
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low
  }

  package subscript(key: Key) -> Value? {
    get {
      let offset = lowerBound(of: key)
      return offset < keys.count && keys[offset] == key ? values[offset] : nil
    }
    set {
      let offset = lowerBound(of: key)
      let isPresent = offset < keys.count && keys[offset] == key
      switch (isPresent, newValue) {
      case (true, let value?): values[offset] = value
      case (false, let value?):
        keys.insert(key, at: offset)
        values.insert(value, at: offset)
      case (true, nil):
        keys.remove(at: offset)
        values.remove(at: offset)
      case (false, nil): break
      }
    }
  }

  /// Removes every key and value.
  package mutating func removeAll() {
    keys.removeAll()
    values.removeAll()
  }
}

extension SortedTable: Equatable where Value: Equatable {}
