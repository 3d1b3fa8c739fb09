/// The gaps between events in which nothing needs to be there, and in which those can stand that saw nothing.
///
/// A value must be there from the end of its addition to the call that takes it. Where no value must be there, every
/// queue and every stack can be empty: in an order that fits, take whatever is there at that time; each such value can
/// be added and taken again within that gap, which no other value notices. In a queue all of them move behind the gap,
/// keeping their order: whatever must come behind one of them can move behind it, too.
///
/// - Complexity: O(n) time, 8 bytes an event.
struct FreeGaps<Rules: CollectionRules>: ~Copyable {
  /// By sighting: the gap in which it stands.
  var gaps: FlatBuffer<Int32>
  /// The first rule found broken.
  var violation: FastViolation?

  init(_ lifetimes: borrowing Lifetimes<Rules>) {
    gaps = FlatBuffer(capacity: lifetimes.empties.count)
    guard !lifetimes.empties.isEmpty else { return }
    // First how many values more must be there than in the gap before, then the first free gap from here on.
    var first = FlatBuffer<Int32>(repeating: 0, count: lifetimes.events.count + 1)
    for value in 0..<lifetimes.values.count {
      let lifetime = lifetimes.values[value]
      guard lifetime.add >= 0, Rules.mustBeThere(addEnd: lifetime.addEnd, takeCall: lifetime.takeCall) else { continue }
      first[Int(lifetime.addEnd)] += 1
      first[Int(lifetime.takeCall)] -= 1
    }
    var present: Int32 = 0
    for gap in 0..<first.count {
      present += first[gap]
      first[gap] = present
    }
    for gap in (0..<first.count).reversed() {
      let isFree = first[gap] == 0 || gap == first.count - 1
      first[gap] = isFree ? Int32(truncatingIfNeeded: gap) : first[gap + 1]
    }
    for number in 0..<lifetimes.empties.count {
      let sighting = lifetimes.empties[number]
      let gap = first[Int(sighting.call)]
      if violation == nil, !Rules.fits(gap: gap, end: sighting.end) {
        violation = Self.violation(at: sighting, lifetimes)
      }
      gaps.append(gap)
    }
  }

  /// The call and those values which, one behind the other, are there from its call to its return.
  private static func violation(
    at sighting: Lifetimes<Rules>.EmptySighting, _ lifetimes: borrowing Lifetimes<Rules>
  ) -> FastViolation {
    var calls = [sighting.place]
    var gap = sighting.call
    while gap < sighting.end, calls.count < 6 {
      var longest = -1
      for value in 0..<lifetimes.values.count {
        let lifetime = lifetimes.values[value]
        guard lifetime.add >= 0, lifetime.addEnd <= gap else { continue }
        if longest < 0 || lifetimes.values[longest].takeCall < lifetime.takeCall { longest = value }
      }
      guard longest >= 0 else { break }
      calls += [lifetimes.values[longest].add, lifetimes.values[longest].take].filter { $0 >= 0 }
      gap = lifetimes.values[longest].takeCall
    }
    return FastViolation(.neverEmpty, calls)
  }
}
