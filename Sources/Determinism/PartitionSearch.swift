extension RandomAccessCollection {
  /// The first place from which on all elements fulfil a condition that none before it fulfils.
  ///
  /// - Complexity: logarithmic in the number of elements.
  @inlinable
  public func partitioningIndex(where isBehind: (Element) -> Bool) -> Index {
    var low = startIndex
    var count = count
    while count > 0 {
      let half = count / 2
      let middle = index(low, offsetBy: half)
      if isBehind(self[middle]) {
        count = half
      } else {
        low = index(after: middle)
        count -= half + 1
      }
    }
    return low
  }
}
