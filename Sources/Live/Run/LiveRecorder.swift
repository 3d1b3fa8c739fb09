import Determinism
import Histories
import Synchronization
import System

/// What clients saw, as they saw it, whichever thread they are on: by one clock, in one order.
final class LiveRecorder: Sendable {
  private struct State {
    var recorder: HistoryRecorder
    var nextProcess = 0
    var counts = LiveCounts()
  }

  private let start: LocalInstant
  private let state: Mutex<State>

  /// - Parameter start: the time that counts as zero.
  init(_ header: HistoryHeader, from start: LocalInstant) {
    self.start = start
    state = Mutex(State(recorder: HistoryRecorder(header: header)))
  }

  /// A process that has not called anything.
  func newProcess() -> Int {
    state.withLock { state in
      defer { state.nextProcess += 1 }
      return state.nextProcess
    }
  }

  /// A call, before its first byte is sent.
  func begin(_ action: Action, on key: [UInt8], by process: Int, isFinalRead: Bool) {
    state.withLock { state in
      state.recorder.invoke(process: process, at: now, key: key, action)
      if !isFinalRead { state.counts.begun += 1 }
    }
  }

  /// A return, behind its last byte.
  func end(_ outcome: Outcome, of process: Int, isFinalRead: Bool) {
    state.withLock { state in
      state.recorder.complete(process: process, at: now, outcome)
      guard !isFinalRead else { return }
      switch outcome {
      case .ok: state.counts.ok += 1
      case .fail: state.counts.failed += 1
      case .info: state.counts.unknown += 1
      }
    }
  }

  var counts: LiveCounts { state.withLock { $0.counts } }

  /// The history so far.
  func finish() -> History { state.withLock { $0.recorder.finish() } }

  private var now: Int64 { (SystemClock.monotonic - start).nanoseconds }
}

/// How the operations of a run have ended, those behind the storm aside.
package struct LiveCounts: Hashable, Sendable {
  package var begun = 0
  package var ok = 0
  package var failed = 0
  package var unknown = 0
}
