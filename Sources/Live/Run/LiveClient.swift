import Determinism
import Histories
import Scenarios
import Synchronization
import System

/// One client of a run: it asks what its plan says, when it says so, and has it all recorded.
struct LiveClient {
  private let client: any SystemClient
  private let servers: [LiveServer]
  private let recorder: LiveRecorder
  private let patience: Duration
  private var process: Int
  /// By key, what it last saw there or wrote.
  private var seen: [String: [UInt8]] = [:]

  init(_ client: any SystemClient, of servers: [LiveServer], patience: Duration, recorder: LiveRecorder) {
    (self.client, self.servers, self.patience, self.recorder) = (client, servers, patience, recorder)
    process = recorder.newProcess()
  }

  /// Does all of a plan; leaves out what begins after the end.
  mutating func carryOut(
    _ plan: ClientPlan, from start: LocalInstant, until end: LocalInstant, orUntil shouldStop: () -> Bool
  ) {
    for operation in plan.operations {
      let begin = start + operation.at
      guard begin < end, !shouldStop(), client.fatalProblem == nil else { break }
      Pause.sleep(max(.zero, begin - SystemClock.monotonic))
      guard SystemClock.monotonic < end else { break }
      let server = servers.first { $0.node == operation.firstNode } ?? servers[0]
      ask(action(of: operation), on: operation.key, at: server)
    }
  }

  /// Reads all keys at one server, each until there is an answer.
  ///
  /// - Returns: of each key, whether there was one.
  mutating func readAll(
    _ keys: [String], at server: LiveServer, by deadline: LocalInstant, orUntil shouldStop: () -> Bool
  ) -> [Bool] {
    keys.map { key in
      while SystemClock.monotonic < deadline, !shouldStop(), client.fatalProblem == nil {
        if case .ok = ask(.get, on: key, at: server, isFinalRead: true) { return true }
        Pause.sleep(.milliseconds(20))
      }
      return false
    }
  }

  func close() { client.close() }

  @discardableResult
  private mutating func ask(
    _ action: Action, on key: String, at server: LiveServer, isFinalRead: Bool = false
  ) -> Outcome {
    recorder.begin(action, on: Array(key.utf8), by: process, isFinalRead: isFinalRead)
    let attempt = client.attempt(action, on: Array(key.utf8), at: server, within: patience)
    recorder.end(attempt.outcome, of: process, isFinalRead: isFinalRead)
    note(attempt.outcome, of: action, on: key)
    // Nobody knows when it takes effect: whoever asked is not heard of again.
    if attempt.outcome == .info { process = recorder.newProcess() }
    return attempt.outcome
  }

  private func action(of operation: PlannedOperation) -> Action {
    switch operation.request {
    case .get: .get
    case .put(let value): .put(Array(value.utf8))
    case .append(let value): .append(Array(value.utf8))
    case .delete: .delete
    case .cas(let new, let guess):
      .compareAndSet(expected: guess.map { Array($0.utf8) } ?? seen[operation.key], new: Array(new.utf8))
    case .create(let value): .compareAndSet(expected: nil, new: Array(value.utf8))
    }
  }

  private mutating func note(_ outcome: Outcome, of action: Action, on key: String) {
    guard case .ok(let answer) = outcome else { return }
    switch (answer, action) {
    case (.value(let value), _), (.mismatch(let value), _): seen[key] = value
    case (.done, .put(let value)), (.swapped, .compareAndSet(_, let value?)): seen[key] = value
    case (.done, .append(let value)): seen[key] = seen[key].map { $0 + value }
    case (.done, _), (.swapped, _): seen[key] = nil
    case (.unseenMismatch, _): break
    }
  }
}
