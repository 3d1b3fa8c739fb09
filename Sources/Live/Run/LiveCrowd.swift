import Determinism
import Scenarios
import Synchronization
import System

/// The clients of a run, each on a thread of its own.
final class LiveCrowd: Sendable {
  private struct State {
    var threads: [WorkerThread] = []
    var problem: LiveProblem?
    var remarks: [String] = []
  }

  private let run: LiveRun
  private let servers: [LiveServer]
  private let recorder: LiveRecorder
  private let isGivenUp = Atomic<Bool>(false)
  private let state = Mutex(State())

  init(_ run: LiveRun, _ servers: [LiveServer], _ recorder: LiveRecorder) {
    (self.run, self.servers, self.recorder) = (run, servers, recorder)
  }

  /// Why no client can go on, if none can.
  var problem: LiveProblem? { state.withLock { $0.problem } }

  /// What clients did that they should not have, in a sentence.
  var remark: String? { state.withLock { $0.remarks.first } }

  /// Lets clients do what their plans say.
  func begin(
    _ plans: [ClientPlan], from start: LocalInstant, until end: LocalInstant,
    orUntil shouldStop: @escaping @Sendable () -> Bool
  ) {
    for plan in plans {
      add { [self] client in
        client.carryOut(plan, from: start, until: end) { [self] in
          isGivenUp.load(ordering: .relaxed) || shouldStop()
        }
      }
    }
  }

  /// Reads all keys at each server.
  ///
  /// - Returns: how many keys nobody told.
  func readAll(
    _ servers: [LiveServer], _ keys: [String], within patience: Duration,
    orUntil shouldStop: @escaping @Sendable () -> Bool
  ) -> Int {
    let deadline = SystemClock.monotonic + patience
    let isTold = Mutex([Bool](repeating: false, count: keys.count))
    for server in servers {
      add { client in
        let told = client.readAll(keys, at: server, by: deadline, orUntil: shouldStop)
        isTold.withLock { all in for place in told.indices where told[place] { all[place] = true } }
      }
    }
    wait()
    return isTold.withLock { $0.count { !$0 } }
  }

  /// Lets all clients end after what they have begun.
  func giveUp() { isGivenUp.store(true, ordering: .relaxed) }

  /// Waits until all have ended.
  func wait() {
    for thread in state.withLock({ $0.threads }) { thread.join() }
    state.withLock { $0.threads = [] }
  }

  private func add(_ work: @escaping @Sendable (inout LiveClient) -> Void) {
    let thread = WorkerThread { [self] in
      let speaker = run.system.makeClient(log: "\(run.folder)/clients.log")
      var client = LiveClient(
        speaker, of: servers, patience: run.scenario.workload.operationTimeout, recorder: recorder)
      work(&client)
      client.close()
      state.withLock { state in
        state.problem = state.problem ?? speaker.fatalProblem
        if let first = (speaker as? LineClient)?.firstProblem { state.remarks.append("\(first)") }
      }
    }
    state.withLock { state in
      guard let thread else { return state.problem = LiveProblem(.system, "no thread can be started for a client") }
      state.threads.append(thread)
    }
  }
}
