import Synchronization
import System

/// What takes long and is not waited for: each errand has a thread of its own. All are waited for in the end.
final class Errands: Sendable {
  /// More at a time would be more threads than a machine has a use for; what is more is left out.
  private static let most = 64

  private let threads = Mutex<[WorkerThread]>([])
  private let running = Atomic<Int>(0)

  func run(_ errand: @escaping @Sendable () -> Void) {
    guard running.add(1, ordering: .relaxed).newValue <= Self.most else {
      running.subtract(1, ordering: .relaxed)
      return
    }
    let thread = WorkerThread { [self] in
      errand()
      running.subtract(1, ordering: .relaxed)
    }
    if let thread {
      threads.withLock { $0.append(thread) }
    } else {
      running.subtract(1, ordering: .relaxed)
    }
  }

  /// Waits until all have ended.
  func finish() {
    for thread in threads.withLock({ $0 }) { thread.join() }
    threads.withLock { $0 = [] }
  }
}
