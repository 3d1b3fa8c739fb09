import Determinism

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Another program that this one has started.
package struct ChildProcess: Hashable, Sendable {
  /// How a process ended.
  package enum Ending: Hashable, Sendable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)

    /// What a process that is killed ends like.
    package static var killed: Ending { .signal(SIGKILL) }

    /// Whether somebody else ended it, and not what it did.
    package var isByOthers: Bool {
      if case .signal(let number) = self { [SIGKILL, SIGTERM, SIGHUP, SIGINT].contains(number) } else { false }
    }

    package var description: String {
      switch self {
      case .code(let code): "ended with \(code)"
      case .signal(let number): "was ended by signal \(number)"
      }
    }
  }

  /// What is joined to a child's number of a file or socket.
  package struct Joint {
    let number: Int32
    let descriptor: Descriptor

    package init(_ number: Int32, to descriptor: Descriptor) { (self.number, self.descriptor) = (number, descriptor) }
  }

  /// Its number, which is also that of its group if it has one of its own.
  package let id: Int32

  /// - Parameter id: greater than 1. A signal to the group 0 would be one to this process, and one to -1 to all there are.
  package init(id: Int32) {
    precondition(id > 1, "\(id) is no process that this one has started")
    self.id = id
  }

  /// Starts a program in a process group of its own, with all signals as they are at first.
  ///
  /// - Parameters:
  ///   - words: the program, by its path or its name in `PATH`, and its arguments.
  ///   - environment: its variables; this process's own if `nil`.
  ///   - joints: what it finds at its numbers of files. All else is closed, as far as the system can do that.
  package static func start(
    _ words: [String], environment: [String]? = nil, joining joints: [Joint] = []
  ) throws(SystemError) -> ChildProcess {
    let attempt = "cannot start \(words.first ?? "")"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for joint in joints { posix_spawn_file_actions_adddup2(&actions, joint.descriptor.rawValue, joint.number) }
    // What another thread has just opened may not be marked for closing yet.
    LinuxCalls.closeAll(behind: max(2, joints.map(\.number).max() ?? 2), in: &actions)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigemptyset(&all)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGALRM, SIGCHLD] { sigaddset(&all, number) }
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETPGROUP))
    var arguments = words.map { $0.withSystemName { strdup($0) } } + [nil]
    defer { for word in arguments { free(word) } }
    var variables = (environment ?? EnvironmentVariables.all).map { $0.withSystemName { strdup($0) } } + [nil]
    defer { for variable in variables { free(variable) } }
    var id = pid_t()
    let code = (words.first ?? "").withSystemName {
      posix_spawnp(&id, $0, &actions, &attributes, &arguments, &variables)
    }
    guard code == 0 else { throw SystemError(attempt, code: code) }
    return ChildProcess(id: id)
  }

  /// A signal to it alone, or to all processes of its group.
  package func send(_ signal: Signal) { _ = kill(id, signal.number) }
  package func sendToGroup(_ signal: Signal) { _ = kill(-id, signal.number) }

  /// Waits for its end.
  ///
  /// - Returns: a code of -1 if the system does not tell.
  package func wait() -> Ending {
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0 {
      guard errno == EINTR else { return .code(-1) }
    }
    return Self.ending(status)
  }

  /// How it ended, if it has. It can be asked again: nobody else has its number before `wait`.
  package var endingIfEnded: Ending? {
    var info = siginfo_t()
    guard waitid(P_PID, id_t(id), &info, WEXITED | WNOHANG | WNOWAIT) == 0, info.si_signo == SIGCHLD else { return nil }
    #if canImport(Glibc)
      let status = info._sifields._sigchld.si_status
    #else
      let status = info.si_status
    #endif
    return Int(info.si_code) == Int(CLD_EXITED) ? .code(status) : .signal(status)
  }

  /// Waits for any child, so that nothing is left of it.
  ///
  /// - Returns: whether there was one.
  package static func reapAny() -> Bool {
    var status: Int32 = 0
    while true {
      let found = waitpid(-1, &status, 0)
      if found < 0, errno == EINTR { continue }
      return found > 0
    }
  }

  private static func ending(_ status: Int32) -> Ending {
    let signal = status & 0x7F
    return signal == 0 ? .code(status >> 8 & 0xFF) : .signal(signal)
  }
}

/// What a process is told without its asking.
package enum Signal: Hashable, Sendable {
  /// It ends now.
  case kill
  /// It stands still.
  case stop
  /// It goes on.
  case proceed
  /// Somebody has pressed Ctrl-C.
  case interrupt

  var number: Int32 {
    switch self {
    case .kill: SIGKILL
    case .stop: SIGSTOP
    case .proceed: SIGCONT
    case .interrupt: SIGINT
    }
  }
}

/// The variables that programs hand on to those that they start, as `NAME=VALUE`.
package enum EnvironmentVariables {
  /// Takes some away from this process, and from all that it starts from now on.
  package static func remove(_ names: [String]) { for name in names { unsetenv(name) } }

  package static var all: [String] {
    var variables: [String] = []
    var next = environ
    while let variable = next.pointee {
      variables.append(
        String(
          systemBytes: UnsafeBufferPointer(start: variable, count: strlen(variable)).map { UInt8(bitPattern: $0) }))
      next += 1
    }
    return variables
  }

  package static subscript(name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    return String(systemBytes: UnsafeBufferPointer(start: value, count: strlen(value)).map { UInt8(bitPattern: $0) })
  }
}

/// A pipe: what is written at one end is read at the other. No other program inherits either unless it is joined to it.
package struct Pipe: Sendable {
  package let reading: Descriptor
  package let writing: Descriptor

  package init() throws(SystemError) {
    var ends: [Int32] = [-1, -1]
    // A guard that inherits the end that keeps another one waiting would keep it waiting for ever.
    guard LinuxCalls.makePipe(&ends) ?? pipe(&ends) == 0 else { throw SystemError("cannot make a pipe") }
    (reading, writing) = (Descriptor(ends[0]), Descriptor(ends[1]))
    reading.closeOnExecution()
    writing.closeOnExecution()
  }
}
