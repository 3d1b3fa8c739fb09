/// The ways that led to configurations, as a tree: each step knows the one before it.
struct SlotTrail: ~Copyable {
  /// One step.
  struct Step: BitwiseCopyable {
    /// Twice the number of the operation placed, and one more if it hides behind the blind write before it.
    var content: Int32
    /// The step before.
    var parent: Int32
  }

  private(set) var steps = FlatBuffer<Step>()
  /// Whether steps are recorded.
  var isRecording = false
  /// How many there may be before those that lead nowhere are looked for.
  private var collectAt = 1 << 17

  /// The end of a way without steps.
  static var root: UInt64 { UInt64.max }

  /// The memory soon taken, in bytes, and what looking for steps that lead nowhere takes besides.
  var soonBytes: Int { steps.soonBytes / 2 * 3 }

  /// Adds a step behind `parent`.
  ///
  /// - Returns: the end of the longer way.
  @inline(__always)
  mutating func append(_ number: Int32, isHidden: Bool = false, to parent: UInt64) -> UInt64 {
    guard isRecording else { return parent }
    steps.append(Step(content: number * 2 + (isHidden ? 1 : 0), parent: Int32(truncatingIfNeeded: parent)))
    return UInt64(steps.count - 1)
  }

  /// Forgets the steps from `count` on.
  mutating func truncate(to count: Int) { steps.truncate(to: min(count, steps.count)) }

  /// Whether it is worth while to look for steps that lead nowhere.
  var isFull: Bool { steps.count >= collectAt }

  /// Keeps only the steps that lead to the ends in every `stride`th word of `set`, and renames those.
  mutating func collect(_ set: inout FlatBuffer<UInt64>, stride: Int) {
    var names = FlatBuffer<Int32>(repeating: -1, count: steps.count)
    for end in Swift.stride(from: stride - 1, to: set.count, by: stride) where set[end] != Self.root {
      names[Int(set[end])] = 0
    }
    // A step stands behind its parent, so one way back marks all and one way forth moves all.
    for step in (0..<steps.count).reversed() where names[step] == 0 && steps[step].parent >= 0 {
      names[Int(steps[step].parent)] = 0
    }
    var count: Int32 = 0
    for step in 0..<steps.count where names[step] == 0 {
      let parent = steps[step].parent
      steps[Int(count)] = Step(content: steps[step].content, parent: parent < 0 ? parent : names[Int(parent)])
      names[step] = count
      count += 1
    }
    steps.truncate(to: Int(count))
    for end in Swift.stride(from: stride - 1, to: set.count, by: stride) where set[end] != Self.root {
      set[end] = UInt64(names[Int(set[end])])
    }
    collectAt = max(1 << 17, 2 * steps.count)
  }

  /// The operations on the way to `end`, in order, each with whether it hides.
  func path(to end: UInt64) -> [Int32] {
    var path: [Int32] = []
    var step = Int32(truncatingIfNeeded: end)
    while step >= 0 {
      path.append(steps[Int(step)].content)
      step = steps[Int(step)].parent
    }
    path.reverse()
    return path
  }
}
