import Histories
import Linearizability

extension Bars {
  /// The operations from which it follows that there is no order, the culprit marked and the rule that broke below it.
  package init(of essence: Essence, width: Int = 80) {
    let wording = essence.wording
    self.init(
      essence.members.enumerated().map { place, member in
        Bar(
          lane: wording.client(member.operation), text: wording.exchange(member), call: member.operation.call,
          end: member.isEssential ? member.operation.end : nil,
          remark: place == essence.culprit ? essence.account.sentence : nil, isMarked: place == essence.culprit)
      }, width: width)
  }
}
