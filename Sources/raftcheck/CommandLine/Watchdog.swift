import Determinism
import Glibc
import Judging
import Runs
import Synchronization

/// Ends the program when the time or the memory that a run may take is used up, whatever it is doing then: with one
/// sentence, no verdict and nothing saved.
///
/// It is stopped before anything is saved or printed: what has been found out is told.
final class Watchdog: Sendable {
  /// What a run may take: wall time, and resident memory of the whole process in bytes; `nil` for as much as there is.
  struct Limits {
    var time: Duration?
    var bytes: Int?
  }

  /// How often it looks: in that time memory does not grow by a tenth of what anybody would call a limit.
  private static let interval = Duration.milliseconds(2)

  /// So much of the time and the memory is for what still follows when somebody asks whether to come to an end.
  private static let reserve = 0.2

  private let limits: Limits
  private let start = ContinuousClock.now
  private let isWatching = Mutex(true)

  /// Watches from now on, unless nothing is limited.
  ///
  /// - Parameter subject: what is cut then, as a sentence begins with it.
  /// - Throws: if nobody could watch: a limit that does not hold is none.
  init(_ limits: Limits, over subject: String, on console: Console) throws(FileProblem) {
    self.limits = limits
    guard limits.time != nil || limits.bytes != nil else { return }
    let thread = WorkerThread { [self] in
      while isWatching.withLock(\.self) {
        usleep(UInt32(Self.interval.nanoseconds / 1_000))
        guard let reached = limit(reached: 1) else { continue }
        isWatching.withLock { isWatching in
          guard isWatching else { return }
          console.showProgress("")
          console.complain("\(subject): undecided: the \(reached) limit was reached")
          _exit(ExitCode.undecided.rawValue)
        }
      }
    }
    guard thread != nil else { throw FileProblem(.system, "\(subject): no thread can be started to watch its limits") }
  }

  /// The limit of which this part is used up, if it is.
  private func limit(reached part: Double) -> String? {
    if let time = limits.time,
      Double((ContinuousClock.now - start) / .nanoseconds(1)) >= part * Double(time.nanoseconds)
    {
      return "time"
    }
    if let bytes = limits.bytes, Double(ResidentMemory.bytes) > part * Double(bytes) { return "memory" }
    return nil
  }

  /// Whether what may end at any time had better do so.
  @Sendable
  func isLimitNear() -> Bool { limit(reached: 1 - Self.reserve) != nil }

  /// Ends the watching: once this has returned, nothing is cut any more.
  func stop() { isWatching.withLock { $0 = false } }
}

extension Syntax {
  /// The options that limit what a run, its judge and its story may take.
  static let runLimits = [
    Option("--timeout", "TIME", "wall time; as long as it takes unless given"),
    Option("--memory", "SIZE", "memory of the whole process, as in 512M; as much as there is unless given"),
    maxExpansions,
  ]
}

extension Arguments {
  /// What `Syntax.runLimits` says.
  func runLimits() throws(UsageError) -> Watchdog.Limits {
    Watchdog.Limits(time: try duration("--timeout"), bytes: try size("--memory"))
  }
}
