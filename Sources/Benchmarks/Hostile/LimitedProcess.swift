import Determinism
import Glibc
import Judging

/// A process that is started under the system's limits, gets signals, and is watched until it ends.
package struct LimitedProcess: Sendable {
  /// How it ended and what it did until then.
  package struct End: Sendable {
    /// What the system says of its end.
    package enum Way: Hashable, Sendable {
      case exited(Int32)
      case died(signal: Int32)
    }

    /// What the system says of its end.
    package var way: Way
    /// From its start.
    package var time: Duration
    /// Of the process and of those that it waited for.
    package var processorTime: Duration
    /// The most memory that it held at once, in bytes; 0 if its parent had held more before, for then nobody knows.
    package var peakBytes: Int
    /// What it printed, as far as that was kept.
    package var output: [UInt8]
    package var errors: [UInt8]
    /// How much it printed.
    package var printedBytes: Int
    /// Whether it was ended because it had not ended by itself.
    package var wasEnded: Bool
  }

  /// The program.
  package let program: String
  /// Its address space, in KiB.
  package let addressKiB: Int
  /// The stack of its first thread, in KiB.
  package let stackKiB: Int

  /// A program and its limits.
  package init(program: String, addressKiB: Int, stackKiB: Int) {
    (self.program, self.addressKiB, self.stackKiB) = (program, addressKiB, stackKiB)
  }

  /// What a shell does before the program; the same as what somebody types who wants to see it again.
  package var limits: String { "ulimit -c 0; ulimit -v \(addressKiB); ulimit -s \(stackKiB)" }

  /// How much of what is printed is kept.
  private static let outputLimit = 4 << 20

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - folder: where it is started.
  ///   - input: the file that is standard input, inside `folder`.
  ///   - interrupts: what it gets while it runs, in the order of the moments.
  ///   - patience: after so long it is ended.
  /// - Returns: `nil` if it cannot be started.
  package func run(
    _ words: [[UInt8]], in folder: String, input: String?, interrupts: [HostileTrial.Interrupt], patience: Duration
  ) -> End? {
    guard let output = Self.channel() else { return nil }
    defer { close(output.reading) }
    guard let errors = Self.channel() else {
      close(output.writing)
      return nil
    }
    defer { close(errors.reading) }
    let start = Watch.now
    let process = spawn(
      words, in: folder, input: input ?? "/dev/null", output: output.writing, errors: errors.writing)
    close(output.writing)
    close(errors.writing)
    guard let process else { return nil }
    var watch = Watch(process: process, start: start, interrupts: interrupts, patience: patience)
    watch.read(output.reading, errors.reading, keeping: Self.outputLimit)
    return watch.end()
  }

  /// The bytes and a zero, to be freed.
  private static func copy(_ word: [UInt8]) -> UnsafeMutablePointer<CChar>? {
    (word + [0]).withUnsafeBytes { bytes in bytes.bindMemory(to: CChar.self).baseAddress.flatMap { strdup($0) } }
  }

  /// Two ends that are joined. Neither is inherited by a process that another thread starts in between.
  private static func channel() -> (reading: Int32, writing: Int32)? {
    var ends: [Int32] = [-1, -1]
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    return socketpair(AF_UNIX, kind, 0, &ends) == 0 ? (ends[0], ends[1]) : nil
  }

  private func spawn(
    _ words: [[UInt8]], in folder: String, input: String, output: Int32, errors: Int32
  ) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // A group of its own, so that a signal reaches all that it starts, as Ctrl-C on a terminal does.
    posix_spawnattr_setpgroup(&attributes, 0)
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    // What this process ignores, the other one should not.
    for signal in [SIGINT, SIGPIPE, SIGXFSZ] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    // A trap ends the process at once: nobody reads an account of it.
    let script = """
      \(limits); cd "$1" && exec <"$2" || exit 74; shift 2; export SWIFT_BACKTRACE=enable=no; exec "$0" "$@"
      """
    let line = ["sh", "-c", script, program, folder, input].map { Array($0.utf8) } + words
    var copies = line.map { Self.copy($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    var process = pid_t()
    return posix_spawn(&process, "/bin/sh", &actions, &attributes, &copies, environ) == 0 ? process : nil
  }
}

/// Reads what a process prints, and sends it its signals, until it has ended.
private struct Watch {
  let process: pid_t
  let start: Duration
  private var left: [HostileTrial.Interrupt]
  private let patience: Duration
  private var kept: [[UInt8]] = [[], []]
  private var printed = 0
  private var wasEnded = false

  init(process: pid_t, start: Duration, interrupts: [HostileTrial.Interrupt], patience: Duration) {
    (self.process, self.start, self.patience) = (process, start, patience)
    left = interrupts
  }

  private var elapsed: Duration { Self.now - start }

  /// The reading of a clock that only goes forward.
  static var now: Duration {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_nsec))
  }

  /// Sends what is due.
  ///
  /// - Returns: when something else is; `nil` for never.
  private mutating func signal() -> Duration? {
    while let next = left.first, next.at <= elapsed {
      kill(-process, next.signal)
      left.removeFirst()
    }
    if elapsed >= patience, !wasEnded {
      wasEnded = true
      kill(-process, SIGKILL)
    }
    return wasEnded ? nil : min(left.first?.at ?? patience, patience)
  }

  /// Milliseconds until something is due, as `poll` has them.
  private mutating func wait() -> Int32 {
    signal().map { Int32(clamping: 1 + max(0, ($0 - elapsed).nanoseconds) / 1_000_000) } ?? -1
  }

  mutating func read(_ output: Int32, _ errors: Int32, keeping limit: Int) {
    var waits = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while waits.contains(where: { $0.fd >= 0 }) {
      guard poll(&waits, nfds_t(waits.count), wait()) > 0 else { continue }
      for place in waits.indices where waits[place].fd >= 0 && waits[place].revents != 0 {
        let count = part.withUnsafeMutableBytes { Glibc.read(waits[place].fd, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else {
          waits[place].fd = -1
          continue
        }
        printed += count
        kept[place] += part[..<min(count, limit - min(limit, kept[place].count))]
      }
    }
  }

  private static func duration(_ time: timeval) -> Duration {
    .seconds(Int64(time.tv_sec)) + .nanoseconds(Int64(time.tv_usec) * 1_000)
  }

  mutating func end() -> LimitedProcess.End {
    var status: Int32 = 0
    var usage = rusage()
    while true {
      let ended = wait4(process, &status, WNOHANG, &usage)
      if ended == process || ended < 0 && errno != EINTR { break }
      // It has closed what it prints to and goes on.
      _ = signal()
      usleep(1_000)
    }
    let time = elapsed
    // What it started and left behind.
    kill(-process, SIGKILL)
    let signal = status & 0x7F
    // Until it became the program it was a copy of this process: below the peak of that, nothing is known.
    let peakBytes = usage.ru_maxrss << 10
    return LimitedProcess.End(
      way: signal == 0 ? .exited(status >> 8 & 0xFF) : .died(signal: signal), time: time,
      processorTime: Self.duration(usage.ru_utime) + Self.duration(usage.ru_stime),
      peakBytes: peakBytes > ResidentMemory.peakBytes ? peakBytes : 0,
      output: kept[0], errors: kept[1], printedBytes: printed, wasEnded: wasEnded)
  }
}
