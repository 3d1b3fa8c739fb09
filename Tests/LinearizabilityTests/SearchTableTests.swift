import Histories
import Testing

@testable import Linearizability

@Suite("The tables of the search")
struct SearchTableTests {
  private func elements(_ order: LinkedOrder) -> [Int] {
    var elements: [Int] = []
    var number = order.first
    while number != order.end {
      elements.append(number)
      number = order.next(number)
    }
    return elements
  }

  @Test("What is taken out of an order and put back is where it was")
  func linkedOrder() {
    var order = LinkedOrder([2, 0, 1, 3])
    order.remove(0)
    order.remove(2)
    order.remove(3)
    #expect(elements(order) == [1])
    order.restore(3)
    order.restore(2)
    order.restore(0)
    #expect(elements(order) == [2, 0, 1, 3])
    #expect(LinkedOrder([]).isEmpty)
  }

  @Test("A configuration is new once")
  func cache() {
    var cache = ConfigurationCache()
    for round in 0..<2 {
      for word in 0..<1_000 as Range<UInt64> {
        #expect(cache.insert([word, 1]) == (round == 0))
        #expect(cache.insert([word]) == (round == 0))
      }
    }
    #expect(cache.soonBytes >= 3_000 * 8)
  }

  @Test("A replay checks every answer and real time")
  func replay() {
    let history = Drawing.history("c0 |- write 1 -| |- write 2 -| |- read 2 -|")
    let part = Subhistory.parts(of: history)[0]
    let replay = Replay(part: part, specification: SequentialSpecification(initial: nil))
    let order = part.operations
    #expect(replay.confirms(order))
    #expect(!replay.confirms([order[1], order[0], order[2]]))
    #expect(!replay.confirms([order[0], order[2], order[1]]))
    #expect(!replay.confirms([order[0], order[1]]))
    #expect(!replay.confirms(order + [order[2]]))
  }
}
