import Histories

/// The few operations of a history from which it already follows that it has no order.
///
/// Every order that explained the whole history would explain these as they stand here: some ends are forgotten, and some
/// intervals begin earlier or end later than they did (`Weakening` says what is sound). Nothing more can be taken away:
/// `trials` holds each weakening that is left, and what becomes of the operations then.
package struct Essence: Sendable {
  /// One operation.
  package struct Member: Sendable {
    /// As it stands in the small history.
    package let operation: Operation
    /// As it stands in the history that it comes from.
    package let origin: Operation
    /// How many calls come before it there.
    package let place: Int
    /// The line on which it was called, and the one on which it ended; `nil` if there is none.
    package let callLine: Int?
    package let endLine: Int?

    /// Whether it is known to have taken effect: essential (E), not one that may have happened and cannot help (P).
    package var isEssential: Bool { !operation.isUnknown }
    /// Whether it is of no account that it returned.
    package var isForgotten: Bool { operation.isUnknown && !origin.isUnknown }

    package init(operation: Operation, origin: Operation, place: Int, callLine: Int?, endLine: Int?) {
      (self.operation, self.origin, self.place) = (operation, origin, place)
      (self.callLine, self.endLine) = (callLine, endLine)
    }
  }

  /// A weakening, and what becomes of the operations with it.
  package struct Trial: Hashable, Sendable {
    /// What is taken away.
    package enum Change: Hashable, Sendable {
      /// The operation itself.
      case removed
      /// That it returned.
      case forgotten
      /// That it was called only after another one, by its place among the members, had returned.
      case calledBefore(Int)
    }

    /// The operation, by its place among the members.
    package let member: Int
    package let change: Change
    /// Whether there is an order then; `nil` if that is not known.
    package let isLinearizable: Bool?

    package init(member: Int, change: Change, isLinearizable: Bool?) {
      (self.member, self.change, self.isLinearizable) = (member, change, isLinearizable)
    }
  }

  /// What they mean.
  package let model: Model
  /// The members alone, as a history of one key. Its times are those of the whole one, for people.
  package let history: History
  /// In the order of their calls in the small history.
  package let members: [Member]
  /// The member whose return leaves no order, by its place.
  package let culprit: Int
  /// Each weakening that is left.
  package let trials: [Trial]
  /// How many operations the key had, failed and unknown ones included.
  package let keyOperations: Int
  /// How many histories were decided on the way.
  package let decisions: Int
  /// Why it may not be the least; `nil` if it is.
  package let shortfall: String?
  /// Why there is no order, for people.
  package let account: EssenceAccount

  /// What a weakening takes away, in words: `that c1's put x = 2 returned`.
  package func sentence(of trial: Trial) -> String {
    let wording = wording
    let subject = wording.subject(members[trial.member].operation)
    return switch trial.change {
    case .removed: subject
    case .forgotten: "that \(subject) returned"
    case .calledBefore(let other):
      "that \(subject) was called after \(wording.subject(members[other].operation)) had returned"
    }
  }

  /// How its operations are called, the clients by the numbers that they have in the whole history.
  package let wording: Wording

  private static func wording(of members: [Member], _ history: History) -> Wording {
    Wording(
      history,
      renamed: members.compactMap { member in
        let (process, client) = (member.operation.process, member.origin.process)
        return process == client ? nil : (process, client)
      })
  }

  /// How many operations are essential, and how many may have happened and cannot help.
  package var essentialCount: Int { members.count { $0.isEssential } }
  package var unknownCount: Int { members.count - essentialCount }

  /// - Parameters:
  ///   - history: made of `members` alone, and not linearizable.
  ///   - origin: all operations of the key that they come from.
  ///   - shouldStop: asked now and then; `true` lets it say less.
  package init(
    model: Model, history: History, members: [Member], trials: [Trial], keyOperations: Int, decisions: Int,
    shortfall: String?, origin: Subhistory, shouldStop: () -> Bool = { false }
  ) {
    (self.model, self.history, self.members, self.trials) = (model, history, members, trials)
    (self.keyOperations, self.decisions, self.shortfall) = (keyOperations, decisions, shortfall)
    wording = Self.wording(of: members, history)
    account = EssenceAccount(of: members, history, model, origin: origin, wording, shouldStop: shouldStop)
    culprit = account.culprit
  }
}

extension Wording {
  /// What a member asked and was answered. That it returned may be forgotten here, but not that it did.
  package func exchange(_ member: Essence.Member) -> String {
    member.isForgotten ? request(member.operation) : exchange(member.operation)
  }
}
