/// Decides special objects in nearly linear time, from nothing but the positions of their calls and small numbers.
///
/// Every answer is exact; where the conditions of a fast way are not met, it says `notApplicable`, and a search decides.
package enum FastObjects {
  /// A queue: values leave it in the order in which they entered it. Different values only.
  ///
  /// - Complexity: O(n). Henzinger, Sezgin & Vafeiadis, "Aspect-oriented linearizability proofs" (2013), has the rules
  ///   that a queue may break.
  package static func fifoQueue(_ calls: [CollectionCall]) -> FastDecision {
    FastCollections<ProvenCollectionRules>.queue(calls)
  }

  /// A queue whose values leave it in any order. Different values only.
  ///
  /// - Complexity: O(n).
  package static func unorderedQueue(_ calls: [CollectionCall]) -> FastDecision {
    FastCollections<ProvenCollectionRules>.unorderedQueue(calls)
  }

  /// A stack: the value that entered it last leaves it first. Different values only.
  ///
  /// - Complexity: O(n log n).
  package static func stack(_ calls: [CollectionCall]) -> FastDecision {
    FastCollections<ProvenCollectionRules>.stack(calls)
  }

  /// A set to which elements are added, and that is asked for one element or for all.
  ///
  /// - Parameter elements: what the reads saw, one read behind the other.
  /// - Complexity: O(n + what the reads saw).
  package static func growOnlySet(_ calls: [SetCall], elements: [Int32] = []) -> FastDecision {
    GrowOnlySet<ProvenSetRules>.decide(calls, elements: elements)
  }

  /// A source of identifiers, each of which it gives out once.
  ///
  /// - Complexity: O(n).
  package static func uniqueIDs(_ calls: [IdentifierCall]) -> FastDecision {
    UniqueIDs<ProvenIdentifierRules>.decide(calls)
  }

  /// A store that counts its writes and answers the count, as etcd does.
  ///
  /// - Parameters:
  ///   - initial: the revision before all calls.
  ///   - store: the contents before all calls; afterwards of no use.
  ///   - limit: how many calls may be tried beyond the first walk. When it is reached, the answer is `notApplicable`.
  ///   - shouldStop: asked now and then; `true` ends it as the limit does.
  package static func revisions<Store: RevisionedStore>(
    _ calls: [RevisionCall], initial: Int64, store: inout Store, limit: Int = 1_000_000,
    shouldStop: () -> Bool = { false }
  ) -> FastDecision {
    RevisionWalk<ProvenRevisionRules>.decide(calls, initial: initial, &store, limit: limit, shouldStop: shouldStop)
  }
}

/// Queues and stacks whose values are added once each.
enum FastCollections<Rules: CollectionRules> {
  /// Decides what all of them have in common, and leaves the rest to `settle`.
  ///
  /// Takes of unknown outcome are left out at first: without them every order still fits in which they took effect,
  /// unless some value that is known to have been added was never seen to leave. If nothing fits then, each such value
  /// may leave at any time behind the first call of such a take, more than they can take together. Only what breaks a
  /// rule even so is certain.
  static func decide(
    _ calls: [CollectionCall], settle: (borrowing Lifetimes<Rules>, borrowing FreeGaps<Rules>) -> FastDecision
  ) -> FastDecision {
    var lifetimes = Lifetimes<Rules>(calls)
    guard lifetimes.isApplicable else { return .notApplicable }
    if let violation = lifetimes.violation { return .notLinearizable(violation) }
    let decision = decide(calls, &lifetimes, untakenFrom: .max, settle)
    guard case .notLinearizable = decision, lifetimes.hasUntaken, lifetimes.firstUnknownTake < .max,
      Rules.takesUnseen()
    else { return decision }
    let generous = decide(calls, &lifetimes, untakenFrom: lifetimes.firstUnknownTake, settle)
    if case .notLinearizable = generous { return generous }
    return .notApplicable
  }

  private static func decide(
    _ calls: [CollectionCall], _ lifetimes: inout Lifetimes<Rules>, untakenFrom floor: Int32,
    _ settle: (borrowing Lifetimes<Rules>, borrowing FreeGaps<Rules>) -> FastDecision
  ) -> FastDecision {
    lifetimes.rank(calls, untakenFrom: floor)
    if let violation = lifetimes.violation { return .notLinearizable(violation) }
    let gaps = FreeGaps(lifetimes)
    if let violation = gaps.violation { return .notLinearizable(violation) }
    return settle(lifetimes, gaps)
  }
}

/// The gaps in which calls take effect, to be put in order.
struct Moments: ~Copyable {
  private var keys: FlatBuffer<Int32>
  private var places: FlatBuffer<Int32>

  /// What comes first within one gap. Calls of one rank keep the order in which they were added.
  enum Rank: Int32 {
    /// What was there leaves.
    case leaving
    /// Nothing is there.
    case empty
    /// What enters and leaves at once.
    case passing
    /// What is to stay enters.
    case entering
  }

  init(capacity: Int) {
    keys = FlatBuffer(capacity: capacity)
    places = FlatBuffer(capacity: capacity)
  }

  /// The call at `place` takes effect in this gap; −1 stands for none.
  @inline(__always)
  mutating func append(_ place: Int32, gap: Int32, _ rank: Rank) {
    guard place >= 0 else { return }
    keys.append(gap << 2 | rank.rawValue)
    places.append(place)
  }

  /// The places in order.
  ///
  /// - Complexity: O(n).
  func ordered() -> [Int32] {
    let order = PositionOrder.sorted(keys)
    return [Int32](unsafeUninitializedCapacity: order.count) { buffer, count in
      for place in 0..<order.count { buffer.initializeElement(at: place, to: places[Int(order[place])]) }
      count = order.count
    }
  }
}
