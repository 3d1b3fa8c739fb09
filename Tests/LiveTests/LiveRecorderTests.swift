import Determinism
import Histories
import Synchronization
import System
import Testing

@testable import Live

@Suite("Recording what clients see")
struct LiveRecorderTests {
  private func recorder() -> LiveRecorder {
    LiveRecorder(HistoryHeader(model: .keyValue, nodes: 1, origin: "test"), from: SystemClock.monotonic)
  }

  @Test("Events of many threads are in the order of their times, each call before its return")
  func order() throws {
    let recorder = recorder()
    let threads = (0..<4).map { _ in
      WorkerThread {
        let process = recorder.newProcess()
        for number in 0..<500 {
          recorder.begin(.put([UInt8(number % 250)]), on: [1], by: process, isFinalRead: false)
          recorder.end(.ok(.done), of: process, isFinalRead: false)
        }
      }
    }
    for thread in threads { try #require(thread).join() }
    let events = recorder.finish().events
    #expect(events.count == 4_000)
    var open: Set<Int32> = []
    for (earlier, later) in zip(events, events.dropFirst()) { #expect(earlier.time <= later.time) }
    for event in events {
      if event.kind == .invoke {
        #expect(open.insert(event.process).inserted)
      } else {
        #expect(open.remove(event.process) != nil)
      }
    }
    #expect(open.isEmpty)
    #expect(recorder.counts == LiveCounts(begun: 2_000, ok: 2_000))
  }

  @Test("Every outcome counts as what it is; reads after the storm do not count")
  func counts() {
    let recorder = recorder()
    for outcome in [Outcome.ok(.value(nil)), .fail, .info] {
      for isFinalRead in [false, true] {
        let process = recorder.newProcess()
        recorder.begin(.get, on: [1], by: process, isFinalRead: isFinalRead)
        recorder.end(outcome, of: process, isFinalRead: isFinalRead)
      }
    }
    recorder.begin(.get, on: [1], by: recorder.newProcess(), isFinalRead: false)
    #expect(recorder.counts == LiveCounts(begun: 4, ok: 1, failed: 1, unknown: 1))
    #expect(recorder.finish().events.count(where: { $0.kind == .invoke }) == 7)
  }
}
