/// A call of a store that counts its writes, as etcd does: every write raises the revision of the whole store by one and
/// answers it, and whatever does not write answers the revision that it found.
package struct RevisionCall: BitwiseCopyable, Hashable, Sendable {
  /// The position of its call among all events.
  package let call: Int32
  /// The position of its return; the largest number if its outcome is unknown.
  package let end: Int32
  /// The revision that it was answered with; `nil` if its outcome is unknown.
  package let revision: Int64?
  /// Whether it is known to have written or, if its outcome is unknown, may have.
  package let isWrite: Bool
  /// Whether it may have written its revision, for its answer does not say.
  package let mayWrite: Bool
  /// Calls of unknown outcome with the same number have the same effect in every state. A number from 0 on; memory goes
  /// by the largest one.
  package let effect: Int32

  /// A call, its positions all different from those of other calls.
  package init(
    call: Int32, end: Int32, revision: Int64?, isWrite: Bool, mayWrite: Bool = false, effect: Int32 = 0
  ) {
    self.call = call
    self.end = revision == nil ? .max : end
    (self.revision, self.isWrite, self.mayWrite, self.effect) = (revision, isWrite, mayWrite, effect)
  }
}

/// Who can have made a revision that nobody is known to have made.
package struct RevisionEvidence: Hashable, Sendable {
  /// The call whose answer says so, by place.
  package let observer: Int32
  /// The calls that can have written what it saw, and do not say whether they have, by place.
  package let writers: [Int32]

  /// What one call saw.
  package init(observer: Int32, writers: [Int32]) {
    (self.observer, self.writers) = (observer, writers)
  }
}

/// The contents of a store that counts its writes. Whoever decides about revisions walks through them with it.
package protocol RevisionedStore {
  /// Lets a call write at this revision, if its answer fits and it writes here at all.
  /// Otherwise nothing changes, and the answer is false.
  mutating func write(_ place: Int32, revision: Int64) -> Bool
  /// Whether a call that writes nothing fits here, with the answer that it was given at this revision.
  func answers(_ place: Int32, revision: Int64) -> Bool
  /// How far it was written; to be given to `undo`.
  var mark: Int { get }
  /// Takes back all that was written since it had this mark.
  mutating func undo(to mark: Int)
  /// What a call may see or change, as bits: calls that share none have nothing to do with each other.
  func touched(by place: Int32) -> UInt64
  /// Of what a call may see or change that which is to blame, where it has just not fitted.
  func misfit(of place: Int32) -> UInt64
  /// What answers say of a revision that nobody is known to have made; `nil` if nothing. The fewer writers are named, the
  /// faster it is decided; none may be left out that can have made it in some order that fits.
  func evidence(for revision: Int64) -> RevisionEvidence?
}

/// The decisions on which the exactness of revisions rests. The defaults are what the proof says.
protocol RevisionRules {
  /// Whether a call that ended at `end` can come behind one that was called at `call`.
  static func canFollow(end: Int32, call: Int32) -> Bool
  /// Whether a write of unknown outcome can make a revision behind which some call ended at `deadline`.
  static func canFill(call: Int32, deadline: Int32) -> Bool
  /// Whether two writes of this many made the same revision.
  static func isTwice(writers: Int) -> Bool
  /// Whether a write of unknown outcome can be used after it was used this often.
  static func isFree(uses: Int) -> Bool
  /// Whether another writer is tried for a revision after one did not fit.
  static func triesAnother() -> Bool
  /// Whether writers of the same effect are all tried.
  static func isTried(isSameEffect: Bool) -> Bool
  /// Whether another writer can mend what did not fit, if they share something.
  static func isToBlame(sharesSomething: Bool) -> Bool
}

extension RevisionRules {
  static func canFollow(end: Int32, call: Int32) -> Bool { call < end }
  static func canFill(call: Int32, deadline: Int32) -> Bool { call < deadline }
  static func isTwice(writers: Int) -> Bool { writers > 1 }
  static func isFree(uses: Int) -> Bool { uses == 0 }
  static func triesAnother() -> Bool { true }
  static func isTried(isSameEffect: Bool) -> Bool { !isSameEffect }
  static func isToBlame(sharesSomething: Bool) -> Bool { sharesSomething }
}

/// What the proof says.
enum ProvenRevisionRules: RevisionRules {}
