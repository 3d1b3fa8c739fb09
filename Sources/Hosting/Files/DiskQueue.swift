import Determinism
import Replica
import Synchronization
import System

/// One queue of a server's disk (`FileLane`): its commands are carried out in order, by a thread of its own.
package final class DiskQueue: Sendable {
  private enum Request: Sendable {
    case command(FileCommand)
    case flush
  }

  private struct Shared: Sendable {
    /// What has been asked and not begun.
    var requests: [Request] = []
    /// How the flush ended that was asked for last, until somebody takes note.
    var outcome: FlushOutcome?
    /// How long it waits before it writes: a slow disk.
    var delay = Duration.zero
    var isClosing = false
  }

  private let shared = Mutex(Shared())
  private let waker: Waker
  private let folder: Folder
  private let reserves: Bool
  private let thread = Mutex<WorkerThread?>(nil)

  /// - Parameters:
  ///   - folder: where the files are.
  ///   - reserves: whether zeros are put ahead of what is added to files, for quicker syncs.
  ///   - finished: is called by the thread when a flush has ended.
  package init(
    in folder: Folder, reserves: Bool, finished: @escaping @Sendable () -> Void
  ) throws(SystemError) {
    (self.folder, self.reserves) = (folder, reserves)
    waker = try Waker()
    let started = WorkerThread { [self] in work(finished) }
    guard started != nil else { throw SystemError("cannot start a thread for the disk") }
    thread.withLock { $0 = started }
  }

  package func ask(_ command: FileCommand) { shared.withLock { $0.requests.append(.command(command)) } }

  package func askForFlush() { shared.withLock { $0.requests.append(.flush) } }

  /// Lets the thread begin with what has been asked.
  package func begin() { waker.wake() }

  /// How the flush ended that was asked for last; `nil` while it is under way, and once that has been said.
  package func takeOutcome() -> FlushOutcome? {
    shared.withLock { shared in
      defer { shared.outcome = nil }
      return shared.outcome
    }
  }

  /// Lets each write wait for so long.
  package func delay(by span: Duration) { shared.withLock { $0.delay = span } }

  /// Waits until all that has been asked is done, and ends the thread.
  package func close() {
    shared.withLock { ($0.isClosing, $0.delay) = (true, .zero) }
    waker.wake()
    thread.withLock { $0.take() }?.join()
  }

  // MARK: The thread

  private func work(_ finished: @Sendable () -> Void) {
    var files = OpenFiles(folder, reserves: reserves)
    var waits = Waits()
    waits.add(waker.end, reads: true, writes: false)
    // Nothing behind a failure is begun before the flush that tells of it.
    var failure: DiskFailure?
    while true {
      let (requests, delay, isClosing) = shared.withLock { shared in
        defer { shared.requests = [] }
        return (shared.requests, shared.delay, shared.isClosing)
      }
      if requests.isEmpty {
        if isClosing { break }
        waits.wait(nil)
        waker.clear()
        continue
      }
      if delay > .zero { Pause.sleep(delay) }
      for request in requests {
        switch request {
        case .command(let command): if failure == nil { failure = files.carryOut(command) }
        case .flush:
          let outcome = failure.map(FlushOutcome.failed) ?? .done(freeBytes: folder.freeBytes)
          failure = nil
          shared.withLock { $0.outcome = outcome }
          finished()
        }
      }
    }
    files.close()
    waker.close()
  }
}
