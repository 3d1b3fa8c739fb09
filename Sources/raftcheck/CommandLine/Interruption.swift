import Determinism
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
  ///
  /// - Parameter patience: how long the work under way may go on after Ctrl-C; `nil` for as long as it takes.
  static func watch(patience: Duration? = nil) {
    // Touched here, so that the handler never is the first to make it.
    flag.store(false, ordering: .relaxed)
    patienceMicroseconds.store(patience.map { Int($0.nanoseconds / 1_000) } ?? 0, ordering: .relaxed)
    signal(SIGALRM) { _ in _exit(ExitCode.interrupted.rawValue) }
    listen { _ in
      if Interruption.flag.exchange(true, ordering: .relaxed) { _exit(ExitCode.interrupted.rawValue) }
      var timer = itimerval()
      let patience = Interruption.patienceMicroseconds.load(ordering: .relaxed)
      (timer.it_value.tv_sec, timer.it_value.tv_usec) = (patience / 1_000_000, patience % 1_000_000)
      setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
    }
  }

  private static let patienceMicroseconds = Atomic<Int>(0)

  private static func listen(_ handler: @escaping @convention(c) (Int32) -> Void) {
    signal(SIGINT, handler)
    // A parent that started this program from a thread of a pool may have left the signal blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigprocmask(SIG_UNBLOCK, &signals, nil)
  }
}
