extension Array {
  /// Empties it and keeps its memory. For the few elements that a step leaves this takes a fraction of what
  /// `removeAll(keepingCapacity:)` does.
  @inlinable
  @inline(__always)
  public mutating func clear() {
    while !isEmpty { removeLast() }
  }

  /// Puts the last element first, and so on: `popLast` then hands them out in order, each moved, where a walk copies it.
  @inlinable
  @inline(__always)
  public mutating func turnAround() {
    guard count > 1 else { return }
    withUnsafeMutableBufferPointer { elements in
      guard var low = elements.baseAddress else { return }
      var high = low + (elements.count - 1)
      while low < high {
        // `swapAt` would copy both.
        let element = low.move()
        low.moveInitialize(from: high, count: 1)
        high.initialize(to: element)
        (low, high) = (low + 1, high - 1)
      }
    }
  }
}
