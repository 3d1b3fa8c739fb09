import Determinism
import Histories
import System

/// A client that is another program: it takes operations as lines of JSON and answers each with one.
///
/// A program that answers nonsense, hangs or dies is ended, and started anew for the next operation: what it had begun has
/// an unknown outcome. Operations are numbered, and an answer that bears another number is nonsense.
package final class LineClient: SystemClient {
  private let words: [String]
  private let log: String
  private let name: String
  private var session: Session?

  /// How often the program did not do what a client must do.
  package private(set) var problems = 0
  /// The first of these.
  package private(set) var firstProblem: LiveProblem?
  /// Why nothing will ever come of this client; every attempt has failed since.
  package private(set) var fatalProblem: LiveProblem?
  /// How often in a row it could not be started, died or answered nonsense before it had answered anything well.
  private var failuresInRow = 0
  private var hasAnswered = false
  /// That of the last operation.
  private var number: Int64 = 0

  /// How long an answer may take beyond the patience of which the program is told, and the first one of all.
  private static let grace = Duration.milliseconds(300)
  private let startPatience: Duration
  private static let mostFailuresInRow = 3

  /// Starts nothing yet.
  ///
  /// - Parameters:
  ///   - words: the program and its arguments.
  ///   - log: the file at the end of which stands what it writes to its standard error.
  ///   - startPatience: how much longer the first answer of a program may take, which has to start.
  package init(_ words: [String], log: String, startPatience: Duration = .seconds(2)) {
    (self.words, self.log, self.startPatience) = (words, log, startPatience)
    Signals.ignoreBrokenPipes()
    // The interpreter is not who is meant: `python3 …/client.py`.
    let file = words.prefix(2).last { $0.utf8.first != UInt8(ascii: "-") } ?? ""
    name = file.folderAndName.name
  }

  package func attempt(
    _ action: Action, on key: [UInt8], at server: LiveServer, within patience: Duration
  ) -> Attempt {
    if let fatalProblem { return Attempt(.fail, fatalProblem.description) }
    let session: Session
    do throws(LiveProblem) {
      session = try readySession()
    } catch {
      note(error, isOfProgram: true)
      return Attempt(.fail, error.description)
    }
    let time = patience + Self.grace + (session.hasAnswered ? .zero : startPatience)
    let deadline = SystemClock.monotonic + time
    number += 1
    let request = LineProtocol.request(action, on: key, at: server, within: patience, number: number)
    switch session.send(request, before: deadline) {
    case .all: break
    case .nothing: return give(up: "did not take the operation", action, isUnasked: true, isOfProgram: true)
    case .some: return give(up: "did not read what it was asked", action, isOfProgram: false)
    }
    switch session.line(before: deadline) {
    case .late:
      let hint = hasAnswered ? "" : ", nor anything before; does it flush its output after each line?"
      return give(up: "did not answer in \(time)\(hint)", action, isOfProgram: false)
    case .ended:
      return give(up: "\(session.ending ?? "closed its standard output") before it answered", action, isOfProgram: true)
    case .overlong:
      return give(
        up: "answered with more than \(LineProtocol.lineLimit >> 20) MiB in one line", action, isOfProgram: true)
    case .line(let line):
      do throws(LineProtocol.Misunderstanding) {
        let attempt = try LineProtocol.attempt(from: line, of: action, number: number)
        (failuresInRow, hasAnswered, session.hasAnswered) = (0, true, true)
        return attempt
      } catch {
        return give(up: "answered \(line.quoted(columns: 80)), which \(error.clause)", action, isOfProgram: true)
      }
    }
  }

  package func close() {
    session?.end()
    session = nil
  }

  /// A program that has been asked everything it has answered and nothing else.
  private func readySession() throws(LiveProblem) -> Session {
    if let session {
      switch session.line(before: SystemClock.monotonic) {
      case .late where !session.isAmidLine: return session
      case .late: note(problem("began a line without being asked"), isOfProgram: true)
      case .line(let line): note(problem("said \(line.quoted(columns: 80)) without being asked"), isOfProgram: true)
      case .overlong: note(problem("said very much without being asked"), isOfProgram: true)
      case .ended:
        note(problem("\(session.ending ?? "closed its standard output") between operations"), isOfProgram: true)
      }
      close()
      if let fatalProblem { throw fatalProblem }
    }
    do throws(SystemError) {
      let fresh = try Session(words, log: log)
      session = fresh
      return fresh
    } catch {
      throw LiveProblem(.content, "the client \(name) cannot be started: \(error)")
    }
  }

  /// Ends the program in the middle of an operation.
  ///
  /// - Parameters:
  ///   - isUnasked: whether it certainly does not know of the operation.
  ///   - isOfProgram: whether nothing but the program itself can be the reason.
  private func give(up what: String, _ action: Action, isUnasked: Bool = false, isOfProgram: Bool) -> Attempt {
    let problem = problem(what)
    close()
    note(problem, isOfProgram: isOfProgram)
    return Attempt(isUnasked || action == .get ? .fail : .info, problem.description)
  }

  private func problem(_ what: String) -> LiveProblem {
    LiveProblem(.content, "the client \(name) \(what); what it complained of is in \(log)")
  }

  private func note(_ problem: LiveProblem, isOfProgram: Bool) {
    problems += 1
    if firstProblem == nil { firstProblem = problem }
    guard isOfProgram else { return }
    failuresInRow += 1
    if failuresInRow >= Self.mostFailuresInRow, fatalProblem == nil {
      fatalProblem = LiveProblem(.content, "\(problem.description); \(failuresInRow) times in a row it did not work")
    }
  }
}

/// A program that runs, and the pipes to and from it.
private final class Session {
  enum Sending { case all, some, nothing }
  enum Reading {
    case line(String)
    case late, ended, overlong
  }

  private let process: GuardedProcess
  private let input: Descriptor
  private let output: Descriptor
  private var lines = LineReader(limit: LineProtocol.lineLimit)
  /// Whether it has once answered what it was asked.
  var hasAnswered = false

  init(_ words: [String], log: String) throws(SystemError) {
    let (down, up) = (try Pipe(), try Pipe())
    defer {
      down.reading.close()
      up.writing.close()
    }
    do throws(SystemError) {
      process = try GuardedProcess(
        Guard.Order(words: words, log: log, isTalkedWith: true), talk: (input: down.reading, output: up.writing))
    } catch {
      down.writing.close()
      up.reading.close()
      throw error
    }
    (input, output) = (down.writing, up.reading)
    input.setNonblocking()
  }

  /// Writes a line, which a program that does not read can prevent.
  func send(_ line: [UInt8], before deadline: LocalInstant) -> Sending {
    var sent = 0
    while sent < line.count {
      switch line.withUnsafeBytes({ input.write(UnsafeRawBufferPointer(rebasing: $0[sent...])) }) {
      case .moved(let count): sent += count
      case .wouldWait:
        let left = deadline - SystemClock.monotonic
        guard left > .zero else { return sent == 0 ? .nothing : .some }
        var waits = Waits()
        waits.add(input, reads: false, writes: true)
        waits.wait(left)
      case .ended, .failed: return sent == 0 ? .nothing : .some
      }
    }
    return .all
  }

  /// The next line, if it comes in time.
  func line(before deadline: LocalInstant) -> Reading {
    let line = lines.next(from: output, within: max(.zero, deadline - SystemClock.monotonic))
    if let line { return .line(line) }
    return lines.isOverfull ? .overlong : lines.hasEnded ? .ended : .late
  }

  /// Whether part of a line has come.
  var isAmidLine: Bool { !lines.isEmpty }

  /// How the program ended by itself; its guard needs a moment to see that.
  var ending: String? {
    for _ in 0..<100 {
      if let ending = process.endingIfEnded() { return "\(ending)" }
      Pause.sleep(.milliseconds(20))
    }
    return nil
  }

  func end() {
    process.end()
    input.close()
    output.close()
  }
}
