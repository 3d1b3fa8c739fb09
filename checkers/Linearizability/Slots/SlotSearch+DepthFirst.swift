/// The ways that a search depth first has put aside, and those that it need not try again.
struct SlotWays: ~Copyable {
  /// Configurations, each with the event before which it stands and the steps recorded by then.
  var stack = FlatBuffer<UInt64>()
  /// The configurations, each before a return, of which all ways were tried.
  var met = ConfigurationCache()
  /// Whether the first way past the next return was taken already.
  var takesOthers = false
  /// Whether one way past the present return is enough, and where it began.
  var isFirstEnough = false
  var before = 0
  /// Room for a configuration.
  var words: [UInt64]

  init(stride: Int) {
    words = [UInt64](repeating: 0, count: stride)
  }

  /// The memory soon taken, in bytes.
  var soonBytes: Int { stack.soonBytes + met.soonBytes }
}

extension SlotSearch {
  /// Walks on with one configuration at a time, and back to where there was another way. After a limit of work it can be
  /// called again, and goes on.
  ///
  /// Past each return it takes the shortest way first, and finds the others only when that one led nowhere.
  ///
  /// - Parameter shouldStop: asked now and then.
  mutating func runDepthFirst(within budget: Budget, shouldStop: () -> Bool) -> Decision {
    trail.isRecording = true
    while pause != nil || position < problem.events.count {
      if pause == nil {
        guard work < turnEnd else { return .unknown(.expansions(budget.expansions)) }
        switch approachReturn() {
        case .called: continue
        case .isMet:
          guard takeBack() else { return .notLinearizable(.exhausted) }
          continue
        case .returns: break
        }
      }
      let o = returning(problem.events[position - 1] >> 1)
      if let limit = passReturn(o, untilFirst: ways.isFirstEnough, budget, shouldStop) { return .unknown(limit) }
      let first = ways.takesOthers ? 1 : 0
      for number in (first..<max(first, out.count)).reversed() where !out.isDropped(number) {
        putAside(out.words.base + number * stride, takesOthers: false)
      }
      guard takeBack() else { return .notLinearizable(.exhausted) }
      // It may have gone back a long way.
      if let limit = poll(16 + 4 * abs(position - ways.before), budget, shouldStop) { return .unknown(limit) }
    }
    return .linearizable(order(to: front[stride - 1]))
  }

  /// What the next event is.
  private enum Approach {
    /// A call, which was walked.
    case called
    /// A return before which the search has been in this configuration, with all that comes of it.
    case isMet
    /// A return that is to be passed.
    case returns
  }

  /// Walks a call, or gets ready to pass a return.
  private mutating func approachReturn() -> Approach {
    let event = problem.events[position]
    if event & 1 == 0 {
      position += 1
      open(event >> 1)
      meet(event >> 1)
      unpolled += 2 + openByReturn.count >> 3
      return .called
    }
    let o = returning(event >> 1)
    let isBranching = front[1 + o.word] & o.bit == 0
    ways.isFirstEnough = isBranching && !ways.takesOthers
    if isBranching {
      for word in 0..<stride - 1 { ways.words[word] = front[word] }
      ways.words[stride - 1] = UInt64(position)
      if ways.takesOthers {
        // Its first way led nowhere, and whoever comes here again need not try the others.
        _ = ways.met.insert(ways.words)
      } else if ways.met.contains(ways.words) {
        return .isMet
      } else {
        putAside(front.base, takesOthers: true)
      }
    }
    position += 1
    ways.before = position
    return .returns
  }

  /// Puts a configuration aside, with the event before which it stands and the steps recorded by then.
  private mutating func putAside(_ configuration: UnsafePointer<UInt64>, takesOthers: Bool) {
    let start = ways.stack.extend(by: stride + 2)
    (ways.stack.base + start).copy(configuration, count: stride)
    ways.stack[start + stride] = UInt64(position) << 1 | (takesOthers ? 1 : 0)
    ways.stack[start + stride + 1] = UInt64(trail.steps.count)
  }

  /// Goes on with the configuration put aside last.
  ///
  /// - Returns: whether there was one.
  private mutating func takeBack() -> Bool {
    guard ways.stack.count > 0 else { return false }
    let start = ways.stack.count - stride - 2
    front.base.copy(ways.stack.base + start, count: stride)
    ways.takesOthers = ways.stack[start + stride] & 1 == 1
    rewind(to: Int(ways.stack[start + stride] >> 1))
    // Every step since then belongs to ways that were left.
    trail.truncate(to: Int(ways.stack[start + stride + 1]))
    ways.stack.truncate(to: start)
    return true
  }
}
