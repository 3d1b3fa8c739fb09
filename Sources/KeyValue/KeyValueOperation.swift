/// A change that a client asks for. Reads are no commands: they never enter the log (Ongaro 2014 §6.4).
package enum KeyValueOperation: Hashable, Sendable {
  /// Replaces the value.
  case put(key: [UInt8], value: [UInt8])
  /// Adds to the end of the value; absent counts as empty.
  case append(key: [UInt8], value: [UInt8])
  /// Makes the key absent.
  case delete(key: [UInt8])
  /// Replaces the value if it is the expected one; `nil` stands for absent.
  case compareAndSet(key: [UInt8], expected: [UInt8]?, new: [UInt8])

  /// The one key that this operation touches.
  package var key: [UInt8] {
    switch self {
    case .put(let key, _), .append(let key, _), .delete(let key), .compareAndSet(let key, _, _): key
    }
  }
}

/// What an operation answers.
package enum KeyValueResult: Hashable, Sendable {
  /// A put, an append or a delete took effect.
  case done
  /// A compare-and-set found what it expected and replaced it.
  case swapped
  /// A compare-and-set found something else, this, and changed nothing; `nil` stands for absent.
  case mismatch(seen: [UInt8]?)
  /// The value would have grown, or is, beyond `KeyValueLimits.maxValueBytes`, or the store beyond `maxStoreBytes`, or
  /// the key is beyond its limit; nothing changed. Every replica decides so alike, since it hangs on the log alone.
  case refused
}

extension KeyValueOperation {
  /// What the operation does to the value of its key.
  package enum Change: Hashable, Sendable {
    case keep
    case set([UInt8])
    case remove
  }

  /// What it answers and what it changes.
  package struct Effect: Hashable, Sendable {
    package var result: KeyValueResult
    package var change: Change

    package init(_ result: KeyValueResult, _ change: Change) {
      self.result = result
      self.change = change
    }
  }

  /// What the operation answers and changes where its key has this value: a pure function, so that a preview and the
  /// application cannot disagree.
  ///
  /// - Complexity: O(n) in the bytes of the two values.
  package func effect(on value: [UInt8]?) -> Effect {
    guard KeyValueLimits.violation(of: self) == nil else { return Effect(.refused, .keep) }
    switch self {
    case .put(_, let new):
      return Effect(.done, .set(new))
    case .append(_, let suffix):
      let held = value ?? []
      // Two operands of limited length cannot overflow the sum.
      guard held.count + suffix.count <= KeyValueLimits.maxValueBytes else { return Effect(.refused, .keep) }
      return Effect(.done, .set(held + suffix))
    case .delete:
      return Effect(.done, .remove)
    case .compareAndSet(_, let expected, let new):
      return value == expected ? Effect(.swapped, .set(new)) : Effect(.mismatch(seen: value), .keep)
    }
  }
}
