import Histories
import Linearizability

extension Bars {
  /// The operations from which it follows that there is no order, the culprit marked and the rule that broke below it, and
  /// below all of them which values were possible.
  package init(of essence: Essence, width: Int = 80) {
    self.init(Self.bars(of: essence, remark: essence.account.sentence), above: Ribbon(of: essence), width: width)
  }

  /// The same before they are drawn, with a remark below the culprit.
  static func bars(of essence: Essence, remark: String?) -> [Bar] {
    let wording = essence.wording
    return essence.members.enumerated().map { place, member in
      // Between two of the small history's events there is room for a return that it does not have.
      let end = member.isForgotten ? Self.end(ofForgotten: member, in: essence) : member.operation.end.map { 2 * $0 }
      return Bar(
        lane: wording.client(member.operation), text: wording.exchange(member), call: 2 * member.operation.call,
        end: member.isEssential || member.isForgotten ? end : nil, isForgotten: member.isForgotten,
        remark: place == essence.culprit ? remark : nil, isMarked: place == essence.culprit)
    }
  }

  /// Where a return comes that is of no account: behind whatever came before it in truth, so that nothing seems to come
  /// after it that did not.
  private static func end(ofForgotten member: Essence.Member, in essence: Essence) -> Int? {
    member.origin.end.map { end in
      let earlier = essence.members.flatMap { other -> [Int] in
        let hasEnded = other.isEssential && other.origin.end ?? .max < end
        return (other.origin.call < end ? [other.operation.call] : [])
          + (hasEnded ? [other.operation.end].compactMap { $0 } : [])
      }
      return 2 * (earlier.max() ?? member.operation.call) + 1
    }
  }
}
