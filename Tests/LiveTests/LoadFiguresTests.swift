import Determinism
import Testing

@testable import Live

@Suite("What a load on real servers came to")
struct LoadFiguresTests {
  private func figures(_ latencies: [Int64], seconds: Int64 = 1) -> LoadFigures {
    LoadFigures(latencies: latencies, failures: 0, time: .seconds(seconds), clientTime: .milliseconds(1))
  }

  @Test("Half of the operations take no longer than the median, and 99 of 100 no longer than the 99th")
  func percentiles() {
    let hundred = figures((1...100).reversed())
    #expect(hundred.median == .nanoseconds(50) && hundred.percentile99 == .nanoseconds(99))
    #expect(hundred.most == .nanoseconds(100) && hundred.perSecond == 100)
    let one = figures([7], seconds: 2)
    #expect(one.median == .nanoseconds(7) && one.percentile99 == .nanoseconds(7) && one.perSecond == 0.5)
    #expect(figures([]).median == .zero && figures([]).perSecond == 0)
  }

  @Test("A row has the medians of its rounds, the longest time of all, and the median of the ratios")
  func row() {
    let rounds = [figures([1, 1]), figures([9, 9, 9, 9]), figures([5, 5, 5])]
    let others = [figures([1]), figures([1, 1, 1, 1]), figures([1, 1, 1, 1, 1, 1])]
    let row = LiveBenchRow(.raftkv, nodes: 3, clients: 4, .put, rounds: rounds, besideEtcd: others)
    #expect(row.perSecond == 3 && row.median == .nanoseconds(5) && row.most == .nanoseconds(9))
    #expect(row.ratio == 1)
    #expect(row.clientTime == .nanoseconds(3_000_000 / 9))
    #expect(LiveBenchRow(.etcd, nodes: 3, clients: 4, .put, rounds: others).ratio == nil)
  }
}
