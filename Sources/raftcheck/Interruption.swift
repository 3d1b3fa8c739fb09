import Glibc
import Synchronization

/// Whether somebody pressed Ctrl-C. The first time, the work under way is finished; the second time ends the program.
enum Interruption {
  private static let flag = Atomic<Bool>(false)

  /// Whether it was pressed since `watch`.
  static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Starts to watch.
  static func watch() {
    // Touched here, so that the handler never is the first to make it.
    flag.store(false, ordering: .relaxed)
    signal(SIGINT) { _ in
      Interruption.flag.store(true, ordering: .relaxed)
      signal(SIGINT, SIG_DFL)
    }
    // A parent that started this program from a thread of a pool may have left the signal blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigprocmask(SIG_UNBLOCK, &signals, nil)
  }
}
