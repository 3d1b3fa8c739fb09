import Determinism
import Histories
import Runs
import Synchronization
import System

/// What clients ask for over and over.
package enum LoadOperation: String, CaseIterable, Sendable {
  case put
  case get
}

/// Clients that ask one thing after the other, each on a thread of its own. Each keeps to one server; they are spread over
/// all of them.
struct BenchLoad: Sendable {
  /// What clients have seen.
  private struct Seen: Sendable {
    var latencies: [Int64] = []
    var failures = 0
  }

  private let operation: LoadOperation
  private let system: LiveSystem
  private let servers: [LiveServer]
  private let clients: Int

  static let valueBytes = 100
  private static let keys = 1_000
  /// How long one waits for an answer.
  private static let patience = Duration.seconds(5)
  /// What is done in this time is not counted: connections are made, sessions opened, caches filled.
  private static let longestWarmUp = Duration.seconds(1)

  init(_ operation: LoadOperation, _ system: LiveSystem, _ servers: [LiveServer], clients: Int) {
    (self.operation, self.system, self.servers, self.clients) = (operation, system, servers, clients)
  }

  /// Lets them ask for so long, and a little before.
  func run(for time: Duration) throws(LiveProblem) -> LoadFigures {
    let seen = Mutex(Seen())
    let start = SystemClock.monotonic + min(time, Self.longestWarmUp)
    let end = start + time
    var threads: [WorkerThread] = []
    for client in 0..<clients {
      let thread = WorkerThread {
        let own = ask(as: client, from: start, until: end)
        seen.withLock { all in
          all.latencies += own.latencies
          all.failures += own.failures
        }
      }
      if let thread { threads.append(thread) }
    }
    Pause.sleep(max(.zero, start - SystemClock.monotonic))
    let before = Stopwatch.processorTime
    Pause.sleep(max(.zero, end - SystemClock.monotonic))
    let after = Stopwatch.processorTime
    for thread in threads { thread.join() }
    guard threads.count == clients else {
      throw LiveProblem(.system, "no thread can be started for client \(threads.count + 1)")
    }
    let all = seen.withLock { $0 }
    return LoadFigures(latencies: all.latencies, failures: all.failures, time: time, clientTime: after - before)
  }

  private func ask(as client: Int, from start: LocalInstant, until end: LocalInstant) -> Seen {
    let speaker = system.makeClient(log: "/dev/null")
    defer { speaker.close() }
    let server = servers[client % servers.count]
    let value = [UInt8](repeating: UInt8(ascii: "v"), count: Self.valueBytes)
    var seen = Seen()
    // Clients begin far from each other.
    var number = client * Self.keys / clients
    while true {
      let key = Array("key-\(number % Self.keys)".utf8)
      number += 1
      let begin = SystemClock.monotonic
      guard begin < end else { return seen }
      let attempt = speaker.attempt(
        operation == .put ? .put(value) : .get, on: key, at: server, within: Self.patience)
      let finish = SystemClock.monotonic
      guard start <= finish, finish < end else { continue }
      if case .ok = attempt.outcome {
        seen.latencies.append((finish - begin).nanoseconds)
      } else {
        seen.failures += 1
      }
    }
  }
}
