extension FastCollections {
  /// A queue whose values leave it in any order.
  ///
  /// No value hinders another one. A value that need not be there at any time enters and leaves at once, within a gap
  /// that both its calls reach; every other one enters as late and leaves as early as it can. So all that saw nothing
  /// find the gaps free that `FreeGaps` found for them.
  static func unorderedQueue(_ calls: [CollectionCall]) -> FastDecision {
    decide(calls) { lifetimes, gaps in
      var moments = Moments(capacity: calls.count)
      for number in 0..<gaps.gaps.count {
        moments.append(lifetimes.empties[number].place, gap: gaps.gaps[number], .empty)
      }
      for value in 0..<lifetimes.values.count {
        let lifetime = lifetimes.values[value]
        guard lifetime.add >= 0 else { continue }
        if Rules.mustBeThere(addEnd: lifetime.addEnd, takeCall: lifetime.takeCall) {
          moments.append(lifetime.add, gap: lifetime.addEnd - 1, .entering)
          moments.append(lifetime.take, gap: lifetime.takeCall, .leaving)
        } else {
          moments.append(lifetime.add, gap: lifetime.takeCall, .passing)
          moments.append(lifetime.take, gap: lifetime.takeCall, .passing)
        }
      }
      return .linearizable(moments.ordered())
    }
  }
}
