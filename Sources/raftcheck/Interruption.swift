import Glibc
import Synchronization

/// Ctrl-C. It ends the program at once, or, where somebody watches for it, after the work under way; pressed once more,
/// at once.
enum Interruption {
  private static let flag = Atomic<Bool>(false)

  /// Whether it was pressed since `watch`.
  static var isRequested: Bool { flag.load(ordering: .relaxed) }

  /// Lets it end the program, with the exit code that a shell gives.
  static func endAtOnce() {
    listen { _ in _exit(ExitCode.interrupted.rawValue) }
  }

  /// Starts to watch.
  static func watch() {
    // Touched here, so that the handler never is the first to make it.
    flag.store(false, ordering: .relaxed)
    listen { _ in
      if Interruption.flag.exchange(true, ordering: .relaxed) { _exit(ExitCode.interrupted.rawValue) }
    }
  }

  private static func listen(_ handler: @escaping @convention(c) (Int32) -> Void) {
    signal(SIGINT, handler)
    // A parent that started this program from a thread of a pool may have left the signal blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigprocmask(SIG_UNBLOCK, &signals, nil)
  }
}
