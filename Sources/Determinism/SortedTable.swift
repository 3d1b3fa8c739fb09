/// A table kept in the order of its keys, so that walking it is the same everywhere.
///
/// Public, for only so is it specialised in other rooms; nothing outside the package can import this one.
///
/// - Complexity: lookup O(log n); insertion and removal O(n), a move of memory.
@frozen
public struct SortedTable<Key: Comparable & Sendable, Value: Sendable>: Sendable {
  @usableFromInline var sortedKeys: [Key] = []
  @usableFromInline var storage: [Value] = []

  /// In increasing order.
  @inlinable
  public var keys: [Key] { sortedKeys }
  /// In the order of their keys.
  @inlinable
  public var values: [Value] { storage }

  /// The empty table.
  @inlinable
  public init() {}

  /// How many keys have a value.
  @inlinable
  public var count: Int { sortedKeys.count }
  /// Whether no key has a value.
  @inlinable
  public var isEmpty: Bool { sortedKeys.isEmpty }

  /// The offset of the first key that is not below `key`.
  @inlinable
  public func lowerBound(of key: Key) -> Int { sortedKeys.partitioningIndex { !($0 < key) } }

  /// The value of a key. Setting `nil` removes it.
  @inlinable
  public subscript(key: Key) -> Value? {
    get {
      let offset = lowerBound(of: key)
      return offset < sortedKeys.count && sortedKeys[offset] == key ? storage[offset] : nil
    }
    set {
      let offset = lowerBound(of: key)
      let isPresent = offset < sortedKeys.count && sortedKeys[offset] == key
      switch (isPresent, newValue) {
      case (true, let value?): storage[offset] = value
      case (false, let value?):
        sortedKeys.insert(key, at: offset)
        storage.insert(value, at: offset)
      case (true, nil):
        sortedKeys.remove(at: offset)
        storage.remove(at: offset)
      case (false, nil): break
      }
    }
  }

  /// Takes out all from an offset on.
  ///
  /// - Returns: a table of these.
  @inlinable
  public mutating func split(at offset: Int) -> SortedTable {
    var rest = SortedTable()
    (rest.sortedKeys, rest.storage) = (Array(sortedKeys[offset...]), Array(storage[offset...]))
    sortedKeys.removeSubrange(offset...)
    storage.removeSubrange(offset...)
    return rest
  }

  /// Removes every key and value.
  @inlinable
  public mutating func removeAll() {
    sortedKeys.removeAll()
    storage.removeAll()
  }
}

extension SortedTable: Equatable where Value: Equatable {}
