import Determinism
import Runs
import System

/// Another program, started behind a `Guard` so that nothing is left of it whatever becomes of this one.
package final class GuardedProcess {
  private let guardian: ChildProcess
  /// While it is open the program runs.
  private let lifeline: Descriptor
  private let reports: Descriptor
  private var lines = LineReader()
  /// The program itself, which leads its process group.
  package let process: ChildProcess
  /// How it ended by itself, once that has been seen.
  private var ending: ChildProcess.Ending?
  private var isEnded = false

  /// How long a guard has until it has started a program.
  private static let startPatience = Duration.seconds(20)

  /// Starts it.
  ///
  /// - Parameters:
  ///   - environment: all of its variables.
  ///   - talk: the ends of two pipes at which it reads and writes, if somebody talks with it.
  init(
    _ order: Guard.Order, environment: [String]? = nil, talk: (input: Descriptor, output: Descriptor)? = nil
  ) throws(SystemError) {
    precondition(!order.words.isEmpty, "a guard without a program to start")
    let (down, up) = (try Pipe(), try Pipe())
    (lifeline, reports) = (down.writing, up.reading)
    var joints = [ChildProcess.Joint(0, to: down.reading), .init(1, to: up.writing)]
    if let talk { joints += [.init(Guard.talkInput, to: talk.input), .init(Guard.talkOutput, to: talk.output)] }
    defer {
      down.reading.close()
      up.writing.close()
    }
    do throws(SystemError) {
      guardian = try ChildProcess.start(
        [Program.file, Guard.word] + order.commandWords, environment: environment, joining: joints)
    } catch {
      lifeline.close()
      reports.close()
      throw error
    }
    let words = lines.next(from: reports, within: Self.startPatience)?.split(separator: " ", maxSplits: 1) ?? []
    guard words.count == 2, words[0] == "started", let id = Int32(words[1]), id > 1 else {
      lifeline.close()
      reports.close()
      _ = guardian.wait()
      throw SystemError(
        words.first == "failed" ? String(words[1]) : "cannot start \(order.words[0])", code: 0)
    }
    process = ChildProcess(id: id)
  }

  /// A signal to all processes that the program has started and that are still of its group.
  package func send(_ signal: Signal) { if !isEnded { process.sendToGroup(signal) } }

  /// How it ended by itself; `nil` while it runs.
  package func endingIfEnded() -> ChildProcess.Ending? {
    if ending == nil, !isEnded { ending = lines.next(from: reports, within: .zero).flatMap(Guard.ending(reported:)) }
    return ending
  }

  /// Ends it and all that it has started, and waits until nothing is left.
  package func end() {
    guard !isEnded else { return }
    process.sendToGroup(.kill)
    isEnded = true
    lifeline.close()
    _ = guardian.wait()
    reports.close()
  }

  deinit { end() }
}

/// Takes what comes from a pipe apart into lines.
struct LineReader {
  private var bytes: [UInt8] = []
  /// So many bytes have no line feed among them.
  private var searched = 0
  private(set) var hasEnded = false
  /// The most bytes of a line.
  let limit: Int

  init(limit: Int = 64 << 10) { self.limit = limit }

  /// The next line, without its line feed; `nil` if none comes in time, or none will come any more.
  mutating func next(from source: Descriptor, within patience: Duration) -> String? {
    let deadline = SystemClock.monotonic + patience
    while true {
      if let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        defer {
          bytes.removeFirst(end + 1)
          searched = 0
        }
        return String(decoding: bytes[..<end], as: UTF8.self)
      }
      searched = bytes.count
      guard !hasEnded, bytes.count <= limit else { return nil }
      var waits = Waits()
      let place = waits.add(source, reads: true, writes: false)
      waits.wait(max(.zero, deadline - SystemClock.monotonic))
      guard waits.isReadable(place) else {
        if SystemClock.monotonic >= deadline { return nil }
        continue
      }
      withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
        switch source.read(into: buffer) {
        case .moved(let count): bytes += buffer[..<count]
        case .wouldWait: break
        case .ended, .failed: hasEnded = true
        }
      }
    }
  }

  /// Whether nothing has come of a line that is not taken yet.
  var isEmpty: Bool { bytes.isEmpty }

  /// Whether a line is longer than any may be.
  var isOverfull: Bool { bytes.count > limit }
}
