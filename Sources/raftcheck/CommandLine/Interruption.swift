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
  /// - Parameters:
  ///   - patience: how long the work under way may go on after Ctrl-C; `nil` for as long as it takes.
  ///   - heedsTermination: whether SIGTERM and SIGHUP count as Ctrl-C.
  static func watch(patience: Duration? = nil, heedsTermination: Bool = false) {
    // Touched here, so that the handler never is the first to make it.
    flag.store(false, ordering: .relaxed)
    patienceMicroseconds.store(microseconds(patience), ordering: .relaxed)
    signal(SIGALRM) { _ in
      if let words = UnsafePointer<CChar>(bitPattern: Interruption.lastWords.load(ordering: .acquiring)) {
        write(STDERR_FILENO, words, strlen(words))
      }
      _exit(ExitCode.interrupted.rawValue)
    }
    let handler: @convention(c) (Int32) -> Void = { _ in
      if Interruption.flag.exchange(true, ordering: .relaxed) { _exit(ExitCode.interrupted.rawValue) }
      Interruption.pressedAt.store(Interruption.nanoseconds, ordering: .relaxed)
      Interruption.startTimer()
    }
    listen(handler)
    guard heedsTermination else { return }
    listen(handler, to: SIGTERM)
    if !isIgnored(SIGHUP) { listen(handler, to: SIGHUP) }
  }

  /// Whether whoever started this program wants a signal to be ignored, as `nohup` does.
  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  /// For how long it has been pressed; zero if it is not.
  static var age: Duration {
    let pressed = pressedAt.load(ordering: .relaxed)
    return isRequested && pressed > 0 ? .nanoseconds(nanoseconds - pressed) : .zero
  }

  /// Says anew how long the work under way may go on after Ctrl-C, which may have been pressed; `nil` for as long as it
  /// takes.
  ///
  /// - Parameter lastWords: said on standard error if it takes longer.
  static func limit(to patience: Duration?, lastWords: String? = nil) {
    // What a handler reads must never go.
    if let lastWords { Self.lastWords.store(UInt(bitPattern: strdup(lastWords)), ordering: .releasing) }
    patienceMicroseconds.store(microseconds(patience), ordering: .relaxed)
    if isRequested { startTimer() }
  }

  private static func microseconds(_ patience: Duration?) -> Int {
    patience.map { Int($0.nanoseconds / 1_000) } ?? 0
  }

  /// Starts the patience; one of zero has no end.
  private static func startTimer() {
    var timer = itimerval()
    let patience = patienceMicroseconds.load(ordering: .relaxed)
    (timer.it_value.tv_sec, timer.it_value.tv_usec) = (patience / 1_000_000, patience % 1_000_000)
    setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
  }

  private static var nanoseconds: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  private static let pressedAt = Atomic<Int64>(0)
  private static let patienceMicroseconds = Atomic<Int>(0)
  /// Where they begin; zero if there are none.
  private static let lastWords = Atomic<UInt>(0)

  private static func listen(_ handler: @escaping @convention(c) (Int32) -> Void, to number: Int32 = SIGINT) {
    signal(number, handler)
    // A parent that started this program from a thread of a pool may have left the signal blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, number)
    sigprocmask(SIG_UNBLOCK, &signals, nil)
  }
}
