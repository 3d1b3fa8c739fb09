/// A hash table that can be asked but not walked: its order would differ from one process to the next.
package struct LookupTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  private var storage: [Key: Value] = [:]

  package init() {}

  /// How many keys have a value.
  package var count: Int { storage.count }

  package subscript(key: Key) -> Value? {
    get { storage[key] }
    set { storage[key] = newValue }
  }

  package subscript(key: Key, default fallback: @autoclosure () -> Value) -> Value {
    get { storage[key, default: fallback()] }
    _modify { yield &storage[key, default: fallback()] }
  }
}

extension LookupTable: Equatable where Value: Equatable {}
