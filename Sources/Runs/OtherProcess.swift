import Glibc
import System

/// Another process of this program: its memory is its own, and so is the order in which its tables are walked.
package enum OtherProcess {
  /// Runs this program with these arguments to its end and gives what it printed.
  ///
  /// - Parameter input: what it reads from standard input.
  /// - Throws: what it complained of, unless it ended well.
  package static func output(of arguments: [String], input: [UInt8] = []) throws(FileProblem) -> [UInt8] {
    let talk = try channel()
    defer { close(talk.here) }
    let complaints: (here: Int32, there: Int32)
    do {
      complaints = try channel()
    } catch {
      close(talk.there)
      throw error
    }
    defer { close(complaints.here) }
    let process = start(arguments, talkingTo: talk.there, complainingTo: complaints.there)
    close(talk.there)
    close(complaints.there)
    guard let process else { throw FileProblem(.system, "another process cannot be started") }
    let (output, errors) = exchange(input, over: talk.here, complaints: complaints.here)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    guard status != 0 else { return output }
    let complaint = String(decoding: errors, as: UTF8.self).split(separator: "\n").first.map(String.init)
    let isContent = status >> 8 & 0xFF == badInput
    throw FileProblem(isContent ? .content : .system, complaint ?? "the other process ended with status \(status)")
  }

  /// The exit code of a program whose input was not what it should be (`EX_DATAERR`).
  private static let badInput: Int32 = 65

  /// Two ends that are joined: what goes in at one comes out at the other, both ways. Neither outlives a new program.
  private static func channel() throws(FileProblem) -> (here: Int32, there: Int32) {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      let reason = String(cString: strerror(errno)).lowercased()
      throw FileProblem(.system, "a channel to another process cannot be made: \(reason)")
    }
    return (ends[0], ends[1])
  }

  /// - Returns: the process; `nil` if it cannot be started.
  private static func start(_ arguments: [String], talkingTo talk: Int32, complainingTo complaints: Int32) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, talk, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, talk, STDOUT_FILENO)
    // Apart from what it prints: a warning of the system is no answer.
    posix_spawn_file_actions_adddup2(&actions, complaints, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Ctrl-C goes to all processes of a terminal. What becomes of the work is for this one to say: the other hears of it
    // only if it asks to.
    var interruption = sigset_t()
    sigemptyset(&interruption)
    sigaddset(&interruption, SIGINT)
    posix_spawnattr_setsigmask(&attributes, &interruption)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var words = (["raftcheck"] + arguments).map { $0.withSystemName { strdup($0) } } + [nil]
    defer { for word in words { free(word) } }
    var environment = self.environment + [nil]
    var process = pid_t()
    let isStarted =
      Program.file.withSystemName { posix_spawn(&process, $0, &actions, &attributes, &words, &environment) } == 0
    return isStarted ? process : nil
  }

  /// This process's environment, but hashes are seeded anew whatever it says.
  private static var environment: [UnsafeMutablePointer<CChar>?] {
    var variables: [UnsafeMutablePointer<CChar>?] = []
    var next = environ
    while let variable = next.pointee {
      if !String(cString: variable).hasPrefix("SWIFT_DETERMINISTIC_HASHING=") { variables.append(variable) }
      next += 1
    }
    return variables
  }

  /// Writes all of the input and reads all that comes back, whichever can be done: neither side ever waits for one that
  /// waits for it.
  private static func exchange(
    _ input: [UInt8], over talk: Int32, complaints: Int32
  ) -> (output: [UInt8], errors: [UInt8]) {
    var received: [[UInt8]] = [[], []]
    var rest = input[...]
    var waits = [talk, complaints].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    var part = [UInt8](repeating: 0, count: 1 << 16)
    if rest.isEmpty { shutdown(talk, Int32(SHUT_WR)) } else { waits[0].events |= Int16(POLLOUT) }
    while waits.contains(where: { $0.fd >= 0 }) {
      guard poll(&waits, nfds_t(waits.count), -1) > 0 else { continue }
      if waits[0].revents & Int16(POLLOUT) != 0 {
        let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
        let count = rest.withUnsafeBytes { send(talk, $0.baseAddress, $0.count, flags) }
        if count >= 0 { rest = rest.dropFirst(count) }
        // Also if the other reads no more: how it ended tells why.
        if rest.isEmpty || (count < 0 && errno != EAGAIN && errno != EINTR) {
          shutdown(talk, Int32(SHUT_WR))
          waits[0].events = Int16(POLLIN)
        }
      }
      for place in waits.indices where waits[place].revents & ~Int16(POLLOUT) != 0 {
        let count = part.withUnsafeMutableBytes { read(waits[place].fd, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        if count > 0 { received[place] += part[..<count] } else { waits[place].fd = -1 }
      }
    }
    return (received[0], received[1])
  }
}
