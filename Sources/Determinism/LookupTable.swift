/// A hash table that can be asked but not walked: its order would differ from one process to the next.
///
/// Public, for only so is it specialised in other rooms; nothing outside the package can import this one.
@frozen
public struct LookupTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
  @usableFromInline var storage: [Key: Value] = [:]

  /// The empty table.
  @inlinable
  public init() {}

  /// How many keys have a value.
  @inlinable
  public var count: Int { storage.count }

  /// The value of a key. Setting `nil` removes it.
  @inlinable
  public subscript(key: Key) -> Value? {
    get { storage[key] }
    set { storage[key] = newValue }
  }

  /// The value of a key, or the fallback while it has none.
  @inlinable
  public subscript(key: Key, default fallback: @autoclosure () -> Value) -> Value {
    get { storage[key, default: fallback()] }
    _modify { yield &storage[key, default: fallback()] }
  }
}

extension LookupTable: Equatable where Value: Equatable {}
