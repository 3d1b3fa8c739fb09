import Histories

/// What is certain of the operation whose end leaves no order: all of it holds in every order, not only in the one that is
/// told.
struct CulpritFacts {
  /// The operation.
  let culprit: Operation
  /// The value that it found; `nil` if it tells none.
  let found: ValueID?
  /// What became of that value; `nil` if that is not known.
  private(set) var fate: Fate?
  /// The values that are possible right before its end; `nil` if they are not known.
  private(set) var values: [[UInt8]?]?
  /// Those that leave the value and had not returned before the culprit was called, or not before it was gone.
  private(set) var latecomers: [Latecomer] = []
  /// Whether nothing but `latecomers` can leave the value.
  private(set) var hasOnlyLatecomers = false
  /// The operation with whose return everything was gone that left the value before, where there are `latecomers` as well;
  /// `nil` if none is known.
  private(set) var overwriter: Operation?
  /// The last to return of those that left the value before, if any did.
  private(set) var overwritten: Operation?
  /// The others that change the value and were open at the culprit's end or of unknown result.
  private(set) var others: [Operation] = []
  /// Whether it is known of each operation what value it leaves: not where anything is appended.
  let knowsMakers: Bool
  /// Whether the value that was found is known to have been there at some time before.
  var isFoundCertain = false
  /// What is found without the culprit.
  var rest = StateWalk.Rest.unknown
  /// Of a duplicate application, the compare-and-set that was told that it changed nothing, and did.
  var denied: Operation?
  /// Of a lost write, whether the changes alone have no order, whatever was read; `nil` if that is not known.
  var isLostWithoutRead: Bool?

  /// What became of a value.
  enum Fate {
    /// No operation called by then leaves it, but for some that are known to have changed nothing. `later` is the first one
    /// called later.
    case neverMade(fruitless: [Operation], later: Operation?)
    /// Whoever left it had returned before this one was called, which left or saw another value.
    case replaced(by: Operation, Replacement?)
    /// Behind the return of this operation no order has it.
    case gone(after: Operation)
    /// No order of the operations called by then leaves it.
    case impossible
  }

  /// Who wrote a value that is gone, and who wrote the one that was seen instead.
  struct Replacement {
    let maker: Operation
    let writer: Operation
  }

  /// An operation that leaves the value that the culprit found, and might do so late.
  struct Latecomer {
    let operation: Operation
    /// The operation that had no order without it, so that it had taken effect when that returned.
    let need: Operation?
    /// Whether `need` found its value, and it is the only one that might write that late.
    let isUsedUp: Bool
    /// The value that it replaces, if in every order that has not used it up there is another one.
    let missing: ValueID?
  }

  /// - Parameter walk: `nil` if the orders could not be followed.
  init(_ culprit: Operation, in part: Subhistory, _ model: Model, _ walk: StateWalk?) {
    self.culprit = culprit
    let contradictsItself = model.specification.meaning(of: culprit)?.contradictsItself ?? false
    found = contradictsItself ? nil : culprit.foundValue
    let end = culprit.end ?? .max
    let called = part.operations.filter { $0.call < end && $0.call != culprit.call && $0.kind != .fail }
    knowsMakers = !called.contains { $0.isAppend }
    var walk = walk
    values = walk?.values
    rest = walk?.rest ?? .unknown
    let isLate = { (operation: Operation) in operation.isUnknown || operation.end ?? .max > end }
    let changing = called.filter { model.specification.meaning(of: $0)?.isChange ?? false }
    guard let found else {
      others = changing.filter(isLate)
      return
    }
    let makers = knowsMakers ? changing.filter { model.specification.meaning(of: $0)?.result == found } : []
    let late = makers.filter { $0.isUnknown || $0.end ?? .max > culprit.call }
    let early = makers.filter { !$0.isUnknown && $0.end ?? .max < culprit.call }
    let isInitial = part.history.values[found] == model.initial
    isFoundCertain =
      isInitial || called.contains { $0.kind == .ok && $0.end ?? .max < culprit.call && $0.certainlyLeaves == found }
    others = changing.filter { other in isLate(other) && !late.contains { $0.call == other.call } }
    hasOnlyLatecomers = knowsMakers && !late.isEmpty && early.isEmpty && !isInitial
    latecomers = late.map { Self.latecomer($0, late, found, culprit, model, &walk) }
    if knowsMakers, makers.isEmpty, !isInitial {
      fate = Self.neverMade(found, in: part, before: culprit)
      return
    }
    let replaced =
      knowsMakers && (isInitial || !early.isEmpty)
      ? Self.replacement(of: found, early, called, culprit, model.specification) : nil
    if late.isEmpty, let replaced {
      fate = replaced
      return
    }
    if case .replaced(let operation, _) = replaced {
      overwriter = operation
      overwritten = early.max { $0.end ?? 0 < $1.end ?? 0 }
    }
    switch walk?.lastChance(ofFinding: found) ?? .unknown {
    case .never: fate = isInitial || !early.isEmpty ? replaced : .impossible
    case .until(let operation):
      fate = .gone(after: operation)
      // What returned behind that seems to have brought the value back.
      latecomers += early.filter { $0.end ?? 0 > operation.end ?? 0 }.compactMap { maker in
        walk?.need(forReturned: maker).map { Latecomer(operation: maker, need: $0, isUsedUp: false, missing: nil) }
      }
    case .unknown: fate = replaced
    }
  }

  /// Whether the value is known to have been there before, and to be gone.
  var wasThere: Bool {
    switch fate {
    case .replaced: true
    case .gone: isFoundCertain
    case .neverMade, .impossible, nil: false
    }
  }

  /// Whether no order leaves the value, though operations called by then might have.
  var isImpossible: Bool { if case .impossible = fate { true } else { false } }

  private static func neverMade(_ value: ValueID, in part: Subhistory, before culprit: Operation) -> Fate {
    let end = culprit.end ?? .max
    let bytes = part.history.values[value]
    let makers = part.operations.filter { operation in
      switch part.history.action(of: operation) {
      case .put(let written): written == bytes
      case .delete: bytes == nil
      case .compareAndSet(let expected, let new): new == bytes && expected != new
      case .append(let appended): operation.kind == .fail && appended == bytes
      case .get: false
      }
    }
    let fruitless = makers.filter { $0.call < end && $0.isFruitless && $0.call != culprit.call }
    return .neverMade(fruitless: fruitless, later: makers.first { $0.call > end && !$0.isFruitless })
  }

  /// The first to return of those that were called when all makers of the value had returned, and left or saw another one.
  private static func replacement(
    of value: ValueID, _ makers: [Operation], _ called: [Operation], _ culprit: Operation,
    _ specification: SequentialSpecification
  ) -> Fate? {
    let made = makers.compactMap(\.end).max() ?? -1
    func shows(_ operation: Operation) -> Bool {
      guard !operation.isUnknown, operation.call > made, let end = operation.end, end < culprit.call,
        let meaning = specification.meaning(of: operation), !meaning.contradictsItself
      else { return false }
      return switch meaning.effect {
      case .set, .swap: meaning.result != value
      case .require: meaning.operand != value
      case .forbid, .append: false
      }
    }
    guard let witness = called.filter(shows).min(by: { $0.end ?? 0 < $1.end ?? 0 }) else { return nil }
    guard let seen = witness.foundValue, witness.function == .get || witness.answer == .mismatch,
      let maker = makers.max(by: { $0.end ?? 0 < $1.end ?? 0 })
    else { return .replaced(by: witness, nil) }
    // Who had returned before the maker was called is no longer seen.
    let writers = called.filter { writer in
      guard writer.call < witness.end ?? 0, let meaning = specification.meaning(of: writer) else { return false }
      return meaning.isChange && meaning.result == seen && (writer.isUnknown || writer.end ?? .max > maker.call)
    }
    guard writers.count == 1, let writer = writers.first, writer.isUnknown else { return .replaced(by: witness, nil) }
    return .replaced(by: witness, Replacement(maker: maker, writer: writer))
  }

  private static func latecomer(
    _ operation: Operation, _ late: [Operation], _ found: ValueID, _ culprit: Operation, _ model: Model,
    _ walk: inout StateWalk?
  ) -> Latecomer {
    let nothing = Latecomer(operation: operation, need: nil, isUsedUp: false, missing: nil)
    guard walk != nil, let meaning = model.specification.meaning(of: operation),
      operation.isUnknown || operation.end ?? .max > culprit.end ?? .max
    else { return nothing }
    let same = late.filter { $0.isUnknown && model.specification.meaning(of: $0)?.content == meaning.content }
    let group = operation.isUnknown ? same : [operation]
    if let need = walk?.need(for: group) {
      let isUsedUp = need.foundValue == found && need.end ?? .max < culprit.call && late.count == 1
      return Latecomer(operation: operation, need: need, isUsedUp: isUsedUp, missing: nil)
    }
    guard meaning.effect == .swap, walk?.neverHas(meaning.operand, without: group) == true else { return nothing }
    return Latecomer(operation: operation, need: nil, isUsedUp: false, missing: meaning.operand)
  }
}

extension Meaning {
  /// Whether it may leave another value than it found.
  fileprivate var isChange: Bool { effect == .set || effect == .swap || effect == .append }
}

extension Operation {
  /// The value that it certainly found; `nil` if it tells none.
  package var foundValue: ValueID? {
    guard kind == .ok else { return nil }
    return switch (function, answer) {
    case (.get, _), (.compareAndSet, .mismatch): seen
    case (.compareAndSet, .swapped): argument
    default: nil
    }
  }

  /// The value that it certainly left; `nil` if it tells none.
  var certainlyLeaves: ValueID? {
    guard kind == .ok else { return nil }
    return switch (function, answer) {
    case (.put, _): argument
    case (.delete, _): .absent
    case (.compareAndSet, .swapped): replacement
    default: nil
    }
  }

  /// Whether it is known to have left everything as it was, if it is known at all.
  var onlyLooks: Bool { function == .get || answer == .mismatch || answer == .unseenMismatch }

  /// Whether it is known to have changed nothing.
  var isFruitless: Bool { kind == .fail || answer == .mismatch || answer == .unseenMismatch }
}
