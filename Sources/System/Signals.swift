#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Synchronization

/// The signals that ask a program to end in order: SIGTERM, SIGINT and SIGHUP.
package enum Signals {
  private static let requests = Atomic<Int>(0)

  /// Whether one has come.
  package static var areRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  /// Lets only the thread of `watch` take them; to be called before any other thread starts.
  package static func block() {
    signal(SIGPIPE, SIG_IGN)
    var signals = watched
    pthread_sigmask(SIG_BLOCK, &signals, nil)
  }

  /// Lets none of them end this process.
  package static func ignoreEndings() {
    for number in [SIGTERM, SIGINT, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
  }

  /// Lets no writing to a pipe that nobody reads end this process: the writing itself fails.
  package static func ignoreBrokenPipes() { signal(SIGPIPE, SIG_IGN) }

  /// Lets the system tell how children end, whatever the parent of this process wanted.
  package static func heedChildren() { signal(SIGCHLD, SIG_DFL) }

  /// Wakes a thread when one comes; the second one ends the program at once.
  package static func watch(_ waker: Waker) {
    _ = WorkerThread {
      var signals = watched
      while true {
        var number: Int32 = 0
        guard sigwait(&signals, &number) == 0 else { continue }
        if requests.add(1, ordering: .relaxed).newValue > 1 { _exit(128 + number) }
        waker.wake()
      }
    }
  }

  private static var watched: sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
    return signals
  }
}
