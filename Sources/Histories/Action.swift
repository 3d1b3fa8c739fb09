/// What a client asked of one key.
public enum Action: Hashable, Sendable {
  /// Reads the value.
  case get
  /// Replaces the value.
  case put([UInt8])
  /// Adds to the end of the value; absent counts as empty.
  case append([UInt8])
  /// Makes the key absent.
  case delete
  /// Replaces the value if it is the expected one; `nil` stands for absent.
  case compareAndSet(expected: [UInt8]?, new: [UInt8]?)
}

/// What a client was told by an operation that is known to have happened.
public enum Answer: Hashable, Sendable {
  /// A get's value; `nil` stands for absent.
  case value([UInt8]?)
  /// A put, append or delete took effect.
  case done
  /// A compare-and-set found what it expected and replaced it.
  case swapped
  /// A compare-and-set found something else, and said what; `nil` stands for absent.
  case mismatch(seen: [UInt8]?)
  /// A compare-and-set found something else, and did not say what.
  case unseenMismatch
}

/// How an operation ended, from its client's view.
public enum Outcome: Hashable, Sendable {
  /// It took effect between its call and its return.
  case ok(Answer)
  /// It certainly did not and never will take effect.
  case fail
  /// Unknown: it may take effect at any time after its call, or never.
  case info
}
