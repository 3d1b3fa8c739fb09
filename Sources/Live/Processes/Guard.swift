import Determinism
import Runs
import System

/// A process between this program and one that it starts: when the other end of its standard input is gone, it ends the
/// other program and all that this has started, stopped ones too, and then itself. So nothing is left behind, even if this
/// program is killed.
///
/// It says `started PID` and later `code N` or `signal N`, a line each, on its standard output.
package enum Guard {
  /// The command by which this program starts itself as a guard.
  package static let word = "live-guard"
  /// Where what the other program reads and writes comes in, if somebody talks with it.
  static let (talkInput, talkOutput): (Int32, Int32) = (3, 4)
  /// How often it looks whether the other program has ended.
  private static let interval = Duration.milliseconds(20)

  /// What a guard is told to do.
  struct Order: Equatable {
    /// The program and its arguments: at least one word.
    var words: [String]
    /// The process in whose network it starts it.
    var network: Int32?
    /// Whether it first makes a network of its own.
    var makesNetwork = false
    /// Where it starts it.
    var directory: String?
    /// The file at the end of which the program's output stands.
    var log: String
    /// Whether somebody talks with it: then only what it complains of is in the log.
    var isTalkedWith = false
  }

  /// Does what the words behind the command say; returns when all has ended.
  ///
  /// - Returns: an exit code.
  package static func run(_ words: [String]) -> Int32 {
    guard let order = Order(words: words) else { return 64 }
    Signals.ignoreEndings()
    LinuxCalls.adoptOrphans()
    do throws(SystemError) {
      if order.makesNetwork { try LinuxCalls.leaveNetwork() }
      if let process = order.network { try LinuxCalls.enterNetwork(of: process) }
      try watch(start(order))
    } catch {
      say("failed \(error)")
      return 71
    }
    return 0
  }

  private static func start(_ order: Order) throws(SystemError) -> ChildProcess {
    let log = try Descriptor.appending(to: order.log)
    let nothing = try Descriptor.reading("/dev/null")
    defer {
      log.close()
      nothing.close()
    }
    let (input, output) = order.isTalkedWith ? (Descriptor(talkInput), Descriptor(talkOutput)) : (nothing, log)
    defer { if order.isTalkedWith { for end in [input, output] { end.close() } } }
    if let directory = order.directory { try Folder(directory).enter() }
    return try ChildProcess.start(
      order.words,
      joining: [.init(0, to: input), .init(1, to: output), .init(2, to: log)])
  }

  /// Waits until nobody is at the other end, and ends everything then.
  private static func watch(_ child: ChildProcess) {
    say("started \(child.id)")
    let input = Descriptor(0)
    var hasEnded = false
    while true {
      var waits = Waits()
      let place = waits.add(input, reads: true, writes: false)
      waits.wait(hasEnded ? nil : interval)
      if waits.isReadable(place), isGone(input) { break }
      if !hasEnded, let ending = child.endingIfEnded {
        hasEnded = true
        say(report(of: ending))
      }
    }
    child.sendToGroup(.kill)
    // Whatever has left the group is a child of this process by now, or is once its parent has ended.
    while true {
      for orphan in LinuxCalls.children { ChildProcess(id: orphan).send(.kill) }
      if !ChildProcess.reapAny() { return }
    }
  }

  private static func report(of ending: ChildProcess.Ending) -> String {
    switch ending {
    case .code(let code): "code \(code)"
    case .signal(let number): "signal \(number)"
    }
  }

  /// What `report(of:)` was made of.
  static func ending(reported line: String) -> ChildProcess.Ending? {
    let words = line.split(separator: " ")
    guard words.count == 2, let number = Int32(words[1]) else { return nil }
    return switch words[0] {
    case "code": .code(number)
    case "signal": .signal(number)
    default: nil
    }
  }

  private static func isGone(_ input: Descriptor) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 64, alignment: 1) { buffer in
      if case .moved = input.read(into: buffer) { false } else { true }
    }
  }

  private static func say(_ line: String) { Descriptor(1).write(Array("\(line)\n".utf8)) }
}

extension Guard.Order {
  /// What `commandWords` made; `nil` if there is no program to start.
  init?(words: [String]) {
    self.init(words: [], log: "/dev/null")
    var rest = words[...]
    while let word = rest.popFirst() {
      switch word {
      case "--":
        guard !rest.isEmpty else { return nil }
        self.words = Array(rest)
        return
      case "--talk": isTalkedWith = true
      case "--make-network": makesNetwork = true
      case "--network":
        guard let process = rest.popFirst().flatMap({ Int32($0) }) else { return nil }
        network = process
      case "--in": directory = rest.popFirst()
      case "--log":
        guard let path = rest.popFirst() else { return nil }
        log = path
      default: return nil
      }
    }
    return nil
  }

  /// The words behind `Guard.word`.
  var commandWords: [String] {
    (isTalkedWith ? ["--talk"] : []) + (makesNetwork ? ["--make-network"] : [])
      + (network.map { ["--network", "\($0)"] } ?? []) + (directory.map { ["--in", $0] } ?? []) + ["--log", log, "--"]
      + words
  }
}
