/// How many values must be there in each gap, where values are taken out one at a time.
///
/// Each value counts one from its rank of entering to its rank of leaving. Blocks of 64 ranks are scanned; over them
/// stands a tree of sums and least sums.
struct PresenceTable: ~Copyable {
  /// By rank: 1 where a value must have entered, −1 where it may leave, 0 where nothing is left.
  private var steps: FlatBuffer<Int8>
  /// By node, the root at 1: what its ranks add up to, and the least that their beginnings, none of them empty, do.
  private var nodes: FlatBuffer<Node>
  /// By rank: a rank from here on below which, from here on, nothing is left.
  private var next: FlatBuffer<Int32>
  private let leaves: Int

  struct Node: BitwiseCopyable {
    var sum: Int32 = 0
    var least: Int32 = .max
  }

  private static var blockBits: Int { 6 }

  /// - Parameter steps: by rank, as above.
  init(_ steps: consuming FlatBuffer<Int8>) {
    var leaves = 1
    while leaves << Self.blockBits < steps.count { leaves *= 2 }
    self.leaves = leaves
    next = FlatBuffer(capacity: steps.count + 1)
    for rank in 0..<steps.count { next.append(Int32(truncatingIfNeeded: steps[rank] == 0 ? rank + 1 : rank)) }
    next.append(Int32(truncatingIfNeeded: steps.count))
    nodes = FlatBuffer(repeating: Node(), count: 2 * leaves)
    self.steps = steps
    for leaf in 0..<leaves { nodes[leaves + leaf] = block(leaf) }
    for node in (1..<leaves).reversed() { nodes[node] = joined(node) }
  }

  /// Takes out what stands at `rank`.
  ///
  /// - Complexity: O(log n).
  mutating func remove(_ rank: Int32) {
    steps[Int(rank)] = 0
    next[Int(rank)] = rank + 1
    let leaf = Int(rank) >> Self.blockBits
    var node = leaves + leaf
    nodes[node] = block(leaf)
    while node > 1 {
      node /= 2
      nodes[node] = joined(node)
    }
  }

  /// Whether what stands at `rank` was not taken out.
  func isLeft(_ rank: Int32) -> Bool { steps[Int(rank)] != 0 }

  /// The first rank from `rank` on at which something is left; the count of ranks if there is none.
  ///
  /// - Complexity: O(log n), amortised.
  mutating func firstLeft(from rank: Int32) -> Int32 {
    var place = rank
    while next[Int(place)] != place {
      next[Int(place)] = next[Int(next[Int(place)])]
      place = next[Int(place)]
    }
    return place
  }

  /// The first gap from that behind `rank` on in which no value must be there, if none must be before `rank`.
  ///
  /// - Complexity: O(log n).
  func firstFree(from rank: Int32) -> Int32 {
    var present: Int32 = 0
    let leaf = Int(rank) >> Self.blockBits
    if let found = scan(from: Int(rank), leaf, &present) { return found }
    var node = leaves + leaf
    while true {
      while node & 1 == 1 { node /= 2 }
      // Behind the last block, which does not occur as long as each value leaves.
      if node == 0 { return Int32(truncatingIfNeeded: steps.count - 1) }
      node += 1
      if reachesZero(node, present) { break }
      present += nodes[node].sum
    }
    while node < leaves {
      node *= 2
      if reachesZero(node, present) { continue }
      present += nodes[node].sum
      node += 1
    }
    return scan(from: (node - leaves) << Self.blockBits, node - leaves, &present)
      ?? Int32(truncatingIfNeeded: steps.count - 1)
  }

  @inline(__always)
  private func reachesZero(_ node: Int, _ present: Int32) -> Bool {
    nodes[node].least <= -present
  }

  private func scan(from rank: Int, _ leaf: Int, _ present: inout Int32) -> Int32? {
    for place in rank..<min((leaf + 1) << Self.blockBits, steps.count) {
      present += Int32(steps[place])
      if present == 0 { return Int32(truncatingIfNeeded: place) }
    }
    return nil
  }

  private func block(_ leaf: Int) -> Node {
    var node = Node()
    let start = min(leaf << Self.blockBits, steps.count)
    for place in start..<min(start + 1 << Self.blockBits, steps.count) {
      node.sum += Int32(steps[place])
      node.least = min(node.least, node.sum)
    }
    return node
  }

  @inline(__always)
  private func joined(_ node: Int) -> Node {
    let (left, right) = (nodes[2 * node], nodes[2 * node + 1])
    return Node(
      sum: left.sum + right.sum, least: min(left.least, right.least == .max ? .max : left.sum + right.least))
  }
}

/// The largest of the numbers at the ranks up to some rank, where numbers come and go.
struct LargestTable: ~Copyable {
  private var numbers: FlatBuffer<Int32>
  /// By node, the root at 1: the largest number; −1 if there is none.
  private var nodes: FlatBuffer<Int32>
  private let leaves: Int

  private static var blockBits: Int { 4 }

  init(count: Int) {
    var leaves = 1
    while leaves << Self.blockBits < count { leaves *= 2 }
    self.leaves = leaves
    numbers = FlatBuffer(repeating: -1, count: leaves << Self.blockBits)
    nodes = FlatBuffer(repeating: -1, count: 2 * leaves)
  }

  /// Writes a number at `rank`; −1 takes it away.
  ///
  /// - Complexity: O(log n), less where a larger one stands nearby.
  mutating func set(_ rank: Int32, to number: Int32) {
    numbers[Int(rank)] = number
    let leaf = Int(rank) >> Self.blockBits
    var largest: Int32 = -1
    for place in leaf << Self.blockBits..<(leaf + 1) << Self.blockBits { largest = max(largest, numbers[place]) }
    var node = leaves + leaf
    while nodes[node] != largest {
      nodes[node] = largest
      if node == 1 { return }
      node /= 2
      largest = max(nodes[2 * node], nodes[2 * node + 1])
    }
  }

  /// The last rank up to `rank` whose number satisfies `isEnough`, which a larger number does if a smaller one does;
  /// −1 if there is none.
  ///
  /// - Complexity: O(log n).
  @inline(__always)
  func last(upTo rank: Int32, _ isEnough: (Int32) -> Bool) -> Int32 {
    let leaf = Int(rank) >> Self.blockBits
    if let found = scan(from: Int(rank), leaf, isEnough) { return found }
    var node = leaves + leaf
    while true {
      // Up as long as it is the left one: the numbers before it hang from further up.
      while node > 1, node & 1 == 0 { node /= 2 }
      if node <= 1 { return -1 }
      node -= 1
      if nodes[node] >= 0, isEnough(nodes[node]) { break }
    }
    while node < leaves {
      node = 2 * node + 1
      if !(nodes[node] >= 0 && isEnough(nodes[node])) { node -= 1 }
    }
    return scan(from: (node - leaves + 1) << Self.blockBits - 1, node - leaves, isEnough) ?? -1
  }

  @inline(__always)
  private func scan(from rank: Int, _ leaf: Int, _ isEnough: (Int32) -> Bool) -> Int32? {
    var place = rank
    while place >= leaf << Self.blockBits {
      if numbers[place] >= 0, isEnough(numbers[place]) { return Int32(truncatingIfNeeded: place) }
      place -= 1
    }
    return nil
  }
}
