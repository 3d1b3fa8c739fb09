import Determinism
import Histories

/// The ways in which a string can have been put together: of a beginning, and of appended pieces behind it.
///
/// Whether there are enough pieces is a hard question in general. What is easily seen is looked at first, the search for
/// the rest is bounded, and what was not found out is no answer.
struct Assembly {
  /// One piece that fits, and where it ends.
  private struct Step: BitwiseCopyable {
    let piece: Int32
    let end: Int32
  }

  /// How long the string is.
  private let length: Int
  /// Where pieces can begin, for the beginning ends there.
  private let starts: [Int]
  /// How often each piece was appended, and how long it is.
  private var supply: [Int] = []
  private var lengths: [Int] = []
  /// The pieces that fit at each place that can be reached, place by place, and where those of each place begin.
  private var steps: [Step] = []
  private var firstStep: [Int] = []
  /// Whether pieces lead from a place on to the end.
  private var leadsOn: [Bool]

  /// - Parameters:
  ///   - initial: what can stand in front, as can nothing.
  ///   - beginnings: what else can stand in front.
  ///   - appended: what can stand behind, each as often as it was appended.
  ///   - work: what all of it may cost, about in words of memory looked at; less what it did cost.
  /// - Returns: `nil` if that was not enough.
  init?(
    of string: [UInt8], initial: [UInt8], beginnings: [ValueID], appended: [ValueID], in values: ValueTable,
    within work: inout Int
  ) {
    length = string.count
    work -= length + beginnings.count + appended.count
    guard work >= 0 else { return nil }
    var isReached = [Bool](repeating: false, count: length + 1)
    leadsOn = isReached
    isReached[0] = true
    if string.starts(with: initial) { isReached[initial.count] = true }
    for beginning in beginnings where values.isBeginning(beginning, of: string) {
      isReached[values.byteCount(of: beginning)] = true
    }
    starts = isReached.indices.filter { isReached[$0] }
    var pieces = LookupTable<UInt32, Int>()
    for value in appended where values.byteCount(of: value) > 0 {
      let piece = pieces[value.rawValue] ?? supply.count
      if piece == supply.count {
        pieces[value.rawValue] = piece
        supply.append(0)
        lengths.append(values.byteCount(of: value))
      }
      supply[piece] += 1
    }
    var different: [Int] = []
    for length in lengths.sorted() where different.last != length { different.append(length) }
    for place in 0..<length {
      firstStep.append(steps.count)
      guard isReached[place] else { continue }
      for length in different where place + length <= string.count {
        work -= 1 + length / 8
        guard work >= 0 else { return nil }
        let found = values.find(string, in: place..<place + length).flatMap { pieces[$0.rawValue] }
        guard let piece = found else { continue }
        steps.append(Step(piece: Int32(piece), end: Int32(place + length)))
        isReached[place + length] = true
      }
    }
    firstStep += [steps.count, steps.count]
    leadsOn[length] = isReached[length]
    for place in (0..<length).reversed() { leadsOn[place] = self.steps(at: place).contains { leadsOn[Int($0.end)] } }
  }

  private func steps(at place: Int) -> ArraySlice<Step> { steps[firstStep[place]..<firstStep[place + 1]] }

  /// Whether the string can come about if any piece may be used again and again.
  var isPossibleWithRepetition: Bool { starts.contains { leadsOn[$0] } }

  /// Whether the string can come about if each piece is used only as often as it was appended; `nil` if `work` was not
  /// enough to find out.
  func isPossible(within work: inout Int) -> Bool? {
    guard isPossibleWithRepetition else { return false }
    var fits = [Int](repeating: 0, count: supply.count)
    for step in steps where leadsOn[Int(step.end)] { fits[Int(step.piece)] += 1 }
    // Of the others there are enough whatever way is taken.
    let scarce = supply.indices.filter { fits[$0] > supply[$0] }
    if scarce.isEmpty { return true }
    // Together they may be too short, or one of them may be needed too often, whichever way is taken.
    var weights = [Int](repeating: 0, count: supply.count)
    for piece in scarce { weights[piece] = lengths[piece] }
    guard let least = leastSum(of: weights, within: &work) else { return nil }
    if least > scarce.reduce(0, { $0 + supply[$1] * lengths[$1] }) { return false }
    weights = [Int](repeating: 0, count: supply.count)
    for piece in scarce {
      weights[piece] = 1
      guard let least = leastSum(of: weights, within: &work) else { return nil }
      if least > supply[piece] { return false }
      weights[piece] = 0
    }
    return search(scarce, within: &work)
  }

  /// The least that the pieces of any way weigh together.
  private func leastSum(of weights: [Int], within work: inout Int) -> Int? {
    work -= steps.count + length
    guard work >= 0 else { return nil }
    var least = [Int](repeating: .max, count: length + 1)
    least[length] = 0
    for place in (0..<length).reversed() where leadsOn[place] {
      for step in steps(at: place) where leadsOn[Int(step.end)] {
        least[place] = min(least[place], least[Int(step.end)] + weights[Int(step.piece)])
      }
    }
    return starts.map { least[$0] }.min()
  }

  /// Looks for a way that uses no scarce piece too often. What can still become of a way depends on nothing but where it
  /// has come and how often it has used which scarce piece, so nothing is tried twice.
  private func search(_ scarce: [Int], within work: inout Int) -> Bool? {
    var counted = [Int](repeating: -1, count: supply.count)
    for (number, piece) in scarce.enumerated() { counted[piece] = number }
    var used = [UInt64](repeating: 0, count: scarce.count + 1)
    var met = ConfigurationCache()
    for start in starts where leadsOn[start] {
      if start == length { return true }
      // The step taken last, and the one to be tried next, from its end downwards: the longest first.
      var ways: [(taken: Int, next: Int)] = [(-1, firstStep[start + 1])]
      var place = start
      while let way = ways.last {
        guard way.next > firstStep[place] else {
          ways.removeLast()
          guard way.taken >= 0 else { break }
          let piece = Int(steps[way.taken].piece)
          if counted[piece] >= 0 { used[counted[piece]] -= 1 }
          place = Int(steps[way.taken].end) - lengths[piece]
          continue
        }
        ways[ways.count - 1].next -= 1
        let step = steps[way.next - 1]
        let piece = Int(step.piece)
        let number = counted[piece]
        guard leadsOn[Int(step.end)], number < 0 || used[number] < supply[piece] else { continue }
        if Int(step.end) == length { return true }
        work -= used.count
        guard work >= 0 else { return nil }
        if number >= 0 { used[number] += 1 }
        used[scarce.count] = UInt64(step.end)
        if met.insert(used) {
          place = Int(step.end)
          ways.append((way.next - 1, firstStep[place + 1]))
        } else if number >= 0 {
          used[number] -= 1
        }
      }
    }
    return false
  }
}
