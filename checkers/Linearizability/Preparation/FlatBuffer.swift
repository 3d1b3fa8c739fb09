/// Plain numbers in a row, without the checks and reference counts that an array pays at every access in a hot loop.
///
/// Safe as far as it is used within its count, which debug builds check. Owned by one place, freed with it.
struct FlatBuffer<Element: BitwiseCopyable>: ~Copyable {
  private(set) var base: UnsafeMutablePointer<Element>
  private(set) var count: Int
  private var capacity: Int

  /// `count` times the same element.
  init(repeating element: Element, count: Int) {
    capacity = max(count, 4)
    base = .allocate(capacity: capacity)
    base.initialize(repeating: element, count: count)
    self.count = count
  }

  /// Nothing, with room for some.
  init(capacity: Int = 4) {
    self.capacity = max(capacity, 4)
    base = .allocate(capacity: self.capacity)
    count = 0
  }

  deinit { base.deallocate() }

  /// The memory taken, in bytes.
  var bytes: Int { capacity * MemoryLayout<Element>.stride }

  /// The memory taken, or, if that is soon to grow, as much as it will then take for a moment.
  var soonBytes: Int { count > capacity / 8 * 7 ? 2 * bytes : bytes }

  /// Whether nothing is in it.
  var isEmpty: Bool { count == 0 }

  /// The element at `place`, which must be within the count.
  subscript(place: Int) -> Element {
    @inline(__always) get {
      assert(place >= 0 && place < count, "\(place) is not within \(count)")
      return base[place]
    }
    @inline(__always) _modify {
      assert(place >= 0 && place < count, "\(place) is not within \(count)")
      yield &base[place]
    }
  }

  /// Adds an element behind the others.
  ///
  /// - Complexity: O(1), amortised.
  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { grow(to: count + 1) }
    base[count] = element
    count += 1
  }

  /// Adds `extra` elements of whatever value, to be written next.
  ///
  /// - Returns: where they start.
  @inline(__always)
  mutating func extend(by extra: Int) -> Int {
    if count + extra > capacity { grow(to: count + extra) }
    count += extra
    return count - extra
  }

  /// Takes away all but the first `count` elements.
  mutating func truncate(to count: Int) {
    assert(count <= self.count, "\(count) elements are more than there are")
    self.count = count
  }

  @inline(never)
  private mutating func grow(to needed: Int) {
    let larger = max(needed, capacity * 2)
    let moved = UnsafeMutablePointer<Element>.allocate(capacity: larger)
    moved.update(from: base, count: count)
    base.deallocate()
    (base, capacity) = (moved, larger)
  }
}

extension UnsafeMutablePointer<UInt64> {
  /// Copies a few words. Four, which is what there nearly always are, cost no call.
  @inline(__always)
  func copy(_ other: UnsafePointer<UInt64>, count: Int) {
    guard count == 4 else { return update(from: other, count: count) }
    (self[0], self[1], self[2], self[3]) = (other[0], other[1], other[2], other[3])
  }
}

/// Puts numbers in the order of their positions.
enum PositionOrder {
  /// The numbers 0 ..< `positions.count` by increasing position; equal ones keep their order. Positions are −1 or more.
  ///
  /// - Complexity: O(n): a radix sort, eleven bits at a time.
  static func sorted(_ positions: borrowing FlatBuffer<Int32>) -> FlatBuffer<Int32> {
    let count = positions.count
    var from = FlatBuffer<Int32>(repeating: 0, count: count)
    if count <= fewest {
      insert(positions, into: &from)
      return from
    }
    var to = FlatBuffer<Int32>(repeating: 0, count: count)
    var largest: UInt32 = 0
    for number in 0..<count {
      from[number] = Int32(number)
      largest = max(largest, UInt32(positions[number] + 1))
    }
    var shift: UInt32 = 0
    while shift == 0 || shift < 32 && largest >> shift > 0 {
      var starts = FlatBuffer<Int32>(repeating: 0, count: 2049)
      for number in 0..<count { starts[Int(UInt32(positions[number] + 1) >> shift & 2047) + 1] += 1 }
      for digit in 1..<2049 { starts[digit] += starts[digit - 1] }
      for place in 0..<count {
        let digit = Int(UInt32(positions[Int(from[place])] + 1) >> shift & 2047)
        to[Int(starts[digit])] = from[place]
        starts[digit] += 1
      }
      swap(&from, &to)
      shift += 11
    }
    return from
  }

  /// So few are put in order by comparing: to count them by digits costs more.
  private static var fewest: Int { 64 }

  private static func insert(_ positions: borrowing FlatBuffer<Int32>, into sorted: inout FlatBuffer<Int32>) {
    for number in 0..<positions.count {
      var place = number
      while place > 0, positions[Int(sorted[place - 1])] > positions[number] {
        sorted[place] = sorted[place - 1]
        place -= 1
      }
      sorted[place] = Int32(number)
    }
  }
}
