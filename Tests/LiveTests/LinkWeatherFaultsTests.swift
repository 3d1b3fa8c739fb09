import Determinism
import Scenarios
import Testing

@testable import Live

@Suite("What faults make of links")
struct LinkWeatherFaultsTests {
  private static let members = NodeID.first(3)

  private func weather(_ faults: [(FaultAction, [Int])]) -> LinkWeather {
    LinkWeather(
      Self.members, under: faults.map { (action: $0.0, nodes: $0.1.map { Self.members[$0 - 1] }) })
  }

  /// The links of which something holds, as in `12` for that from n1 to n2.
  private func links(in weather: LinkWeather, where holds: (LinkState) -> Bool) -> Set<String> {
    var found: Set<String> = []
    for sender in weather.nodes {
      for recipient in weather.nodes where sender != recipient && holds(weather[from: sender, to: recipient]) {
        found.insert("\(sender.number)\(recipient.number)")
      }
    }
    return found
  }

  private let all: Set = ["12", "13", "21", "23", "31", "32"]

  @Test("Partitions cut what their shape and direction say")
  func partitions() {
    let side = FaultTarget.nodes([Self.members[0]])
    let table: [(PartitionShape, [Int], LinkDirection, Set<String>)] = [
      (.one, [1], .both, ["12", "13", "21", "31"]),
      (.one, [1], .outbound, ["12", "13"]),
      (.one, [1], .inbound, ["21", "31"]),
      (.halves, [2, 3], .both, ["21", "31", "12", "13"]),
      (.bridge, [2, 1], .both, ["13", "31"]),
    ]
    for (shape, nodes, direction, expected) in table {
      let weather = weather([(.partition(shape: shape, side: side, direction: direction), nodes)])
      #expect(links(in: weather, where: \.isCut) == expected, "\(shape) \(direction)")
      #expect(links(in: weather) { !$0.isFair } == expected, "\(shape) \(direction)")
    }
  }

  @Test("What hits one server hits its links, and what hits the network hits all")
  func others() {
    let side = FaultTarget.nodes([Self.members[0]])
    let half = Ratio(1, 2)
    let table: [(FaultAction, [Int], Set<String>)] = [
      (.clog(side: side, direction: .both), [1], ["12", "13", "21", "31"]),
      (.clog(side: side, direction: .outbound), [1], ["12", "13"]),
      (.clog(side: side, direction: .inbound), [1], ["21", "31"]),
      (.slowNode(target: side, mean: .milliseconds(1)), [1], ["12", "13", "21", "31"]),
      (.loss(chance: half), [], all), (.duplicate(chance: half), [], all),
      (.reorder(chance: half, hold: .milliseconds(1)), [], all),
      (.delay(mean: .milliseconds(1), shape: .constant), [], all),
      (.kill(target: side, tearing: false), [1], []), (.pause(target: side), [1], []),
    ]
    for (action, nodes, expected) in table {
      #expect(links(in: weather([(action, nodes)])) { !$0.isFair } == expected, "\(action)")
      #expect(action.isOfLinks == !expected.isEmpty, "\(action)")
    }
  }

  @Test("Of two chances the greater one counts, and delays add up")
  func together() {
    let weather = weather([
      (.loss(chance: Ratio(1, 3)), []), (.loss(chance: Ratio(1, 2)), []), (.loss(chance: Ratio(1, 4)), []),
      (.delay(mean: .milliseconds(2), shape: .constant), []), (.delay(mean: .milliseconds(5), shape: .exponential), []),
    ])
    #expect(links(in: weather) { $0.loss == Ratio(1, 2) } == all)
    #expect(links(in: weather) { $0.delay == .milliseconds(7) && $0.delayShape == .exponential } == all)
  }
}
