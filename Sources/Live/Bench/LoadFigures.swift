import Determinism

/// What clients saw in one stretch of time.
package struct LoadFigures: Hashable, Sendable {
  /// Answers that came within it.
  package let operations: Int
  /// What was answered otherwise than it should be, or not at all.
  package let failures: Int
  package let perSecond: Double
  /// How long operations took: half of them at most the median, 99 of 100 at most `percentile99`.
  package let median: Duration
  package let percentile99: Duration
  package let most: Duration
  /// The processor time that all clients used together.
  package let clientTime: Duration

  /// - Parameter latencies: in nanoseconds, in any order.
  package init(latencies: [Int64], failures: Int, time: Duration, clientTime: Duration) {
    let sorted = latencies.sorted()
    func share(_ hundredths: Int) -> Duration {
      // The least that is no less than so many of a hundred.
      sorted.isEmpty ? .zero : .nanoseconds(sorted[(sorted.count * hundredths + 99) / 100 - 1])
    }
    operations = sorted.count
    self.failures = failures
    perSecond = Double(sorted.count) * 1e9 / Double(max(1, time.nanoseconds))
    (median, percentile99, most) = (share(50), share(99), share(100))
    self.clientTime = clientTime
  }
}

/// One operation on one cluster, in all rounds.
package struct LiveBenchRow: Hashable, Sendable {
  package let system: BenchedSystem
  package let nodes: Int
  package let clients: Int
  package let operation: LoadOperation
  package let rounds: [LoadFigures]
  /// Operations per second by those of etcd in the same round: the median of the rounds. `nil` of etcd, or without it.
  package let ratio: Double?

  /// - Parameter etcd: what etcd came to in the same rounds.
  package init(
    _ system: BenchedSystem, nodes: Int, clients: Int, _ operation: LoadOperation, rounds: [LoadFigures],
    besideEtcd etcd: [LoadFigures]? = nil
  ) {
    (self.system, self.nodes, self.clients, self.operation, self.rounds) = (system, nodes, clients, operation, rounds)
    ratio = etcd.map { etcd in
      Self.middle(zip(rounds, etcd).map { $0.perSecond / max(1e-9, $1.perSecond) }) ?? 0
    }
  }

  /// Medians of the rounds.
  package var perSecond: Double { Self.middle(rounds.map(\.perSecond)) ?? 0 }
  package var median: Duration { Self.middle(rounds.map(\.median)) ?? .zero }
  package var percentile99: Duration { Self.middle(rounds.map(\.percentile99)) ?? .zero }

  /// The longest that any operation took.
  package var most: Duration { rounds.map(\.most).max() ?? .zero }

  package var failures: Int { rounds.reduce(0) { $0 + $1.failures } }

  /// The processor time that clients used for each operation.
  package var clientTime: Duration {
    let total = rounds.reduce(Duration.zero) { $0 + $1.clientTime }
    return .nanoseconds(total.nanoseconds / Int64(max(1, rounds.reduce(0) { $0 + $1.operations })))
  }

  /// The lower one of the two in the middle of an even number; `nil` of none.
  private static func middle<Value: Comparable>(_ values: [Value]) -> Value? {
    values.isEmpty ? nil : values.sorted()[(values.count - 1) / 2]
  }
}
