import Determinism
import Histories
import Linearizability

extension RandomAgreement {
  /// The checker as users have it, handed orders: the right one where there is one, the same shuffled, and places that
  /// mean nothing. No order may change the answer, and the right one must hold, or it counts as a wrong answer.
  package static var givenOrders: Contestant {
    Contestant("auto, an order given") { part, model in
      let decision = part.decide(model.specification, by: .wingGong).decision
      guard let answer = decision.answer else { return nil }
      var places = [Int64?](repeating: nil, count: part.operations.count)
      if case .linearizable(let order) = decision {
        for (place, offset) in order.enumerated() { places[Int(offset)] = Int64(3 * place) }
        // Where nothing need have happened no place says so.
        let holds = order.isEmpty || handing(places, to: part).confirmedGivenOrder(model.specification) != nil
        guard holds else { return !answer }
      }
      var draws = Dice(seed: UInt64(part.history.events.count)).sequence(purpose, UInt64(part.operations.count))
      let nonsense = places.map { _ in draws.pick([nil, 0, 1, 2, 2, Int64.max, Int64(draws.next().below(1 << 40))]) }
      for given in [places, draws.permute(places), nonsense] {
        let checker = LinearizabilityChecker(model: model)
        switch checker.check(handing(given, to: part)).verdict {
        case .linearizable where !answer: return true
        case .notLinearizable where answer: return false
        case .unknown: return nil
        case .linearizable, .notLinearizable: break
        }
      }
      return answer
    }
  }

  private static let purpose = Purpose(rawValue: 0x4F52_4452)

  /// The same key of a history with these places, by the offset of the operation.
  private static func handing(_ places: [Int64?], to part: Subhistory) -> Subhistory {
    let history = part.history.placing { operation in
      part.operations.firstIndex(of: operation).flatMap { places[$0] }
    }
    return Subhistory(history: history, key: part.key, operations: part.operations)
  }
}
