import Determinism
import Runs
import System

/// A worker as its campaign sees it: a process, what it was asked and has not answered, and what it complains of.
final class WorkerProcess {
  /// What it may be asked before it has answered: one that it does, and one that it goes on with.
  static let maxOpenTasks = 2
  /// How much of what it writes to standard error is kept of the beginning and of the end, in bytes and lines each: what it
  /// complains of comes first, and where that was may be long.
  private static let (maxErrorBytes, maxErrorLines) = (8 << 10, 5)

  private let process: ChildProcess
  /// Where it is asked; `nil` once it is asked nothing more.
  private var input: Descriptor?
  /// Where its answers and its complaints come in.
  let (output, errors): (Descriptor, Descriptor)
  private var buffer = WorkerFrameBuffer()
  private var firstErrors: [UInt8] = []
  private var lastErrors: [UInt8] = []
  /// What it was asked and has not answered, in order.
  private(set) var open: [WorkerTask] = []
  /// Since when it does the first of these.
  private(set) var startedAt = SystemClock.monotonic

  /// Starts one.
  init(program: String, _ setup: WorkerSetup) throws(FileProblem) {
    do throws(SystemError) {
      let (down, up, complaints) = (try Pipe(), try Pipe(), try Pipe())
      defer { for end in [down.reading, up.writing, complaints.writing] { end.close() } }
      (output, errors) = (up.reading, complaints.reading)
      input = down.writing
      for end in [output, errors] { end.setNonblocking() }
      process = try ChildProcess.start(
        [program, Worker.word], environment: Self.environment,
        joining: [.init(0, to: down.reading), .init(1, to: up.writing), .init(2, to: complaints.writing)])
    } catch {
      throw FileProblem(.system, "a worker cannot be started: \(error)")
    }
    input?.write(WorkerFrame.encode(setup))
  }

  /// This process's own; but a trap says what it is and no more, for a whole backtrace takes seconds.
  private static var environment: [String] {
    let name = "SWIFT_BACKTRACE="
    return EnvironmentVariables.all.filter { !$0.hasPrefix(name) } + ["\(name)enable=no"]
  }

  /// The process's number.
  var id: Int32 { process.id }

  /// Whether it may be asked for one more. Nothing waits behind what takes long.
  func takes(_ task: WorkerTask) -> Bool {
    open.isEmpty || open.count < Self.maxOpenTasks && !(open + [task]).contains { $0.kind == .shrink }
  }

  func ask(_ task: WorkerTask) {
    if open.isEmpty { startedAt = SystemClock.monotonic }
    open.append(task)
    // If it is gone, that is noticed where its answers are read.
    input?.write(WorkerFrame.encode(task))
  }

  /// Leaves a time in which everything stood still out of what it takes.
  func pardon(_ pause: Duration) { startedAt = startedAt + pause }

  /// What it has answered since it was last asked.
  func answers() -> [(WorkerTask, WorkerAnswer)] {
    Self.readAll(output) { buffer.append($0) }
    var found: [(WorkerTask, WorkerAnswer)] = []
    while !open.isEmpty, let answer = buffer.next(WorkerAnswer.self) {
      found.append((open.removeFirst(), answer))
      startedAt = SystemClock.monotonic
    }
    return found
  }

  /// Takes in what it complains of.
  func readErrors() {
    Self.readAll(errors) { bytes in
      let room = Self.maxErrorBytes - firstErrors.count
      firstErrors += bytes.prefix(room)
      lastErrors += bytes.dropFirst(room)
    }
    if lastErrors.count > 2 * Self.maxErrorBytes { lastErrors.removeFirst(lastErrors.count - Self.maxErrorBytes) }
  }

  /// The first and the last lines that it wrote to standard error.
  var errorLines: [String] {
    let lines = String(decoding: firstErrors + lastErrors, as: UTF8.self).split(whereSeparator: \.isNewline).map {
      String($0)
    }
    guard lines.count > 2 * Self.maxErrorLines else { return lines }
    return lines.prefix(Self.maxErrorLines) + ["..."] + lines.suffix(Self.maxErrorLines)
  }

  /// Whether it answers what nobody understands.
  var isGarbled: Bool { buffer.isGarbled }

  /// How it ended, if it has.
  var endingIfEnded: ChildProcess.Ending? { process.endingIfEnded }

  /// Asks it nothing more: one that has answered all ends by itself.
  func dismiss() {
    input?.close()
    input = nil
  }

  /// Ends it, and lets go of all that it held.
  ///
  /// - Returns: how it ended.
  @discardableResult func end() -> ChildProcess.Ending {
    process.sendToGroup(.kill)
    let ending = process.wait()
    readErrors()
    dismiss()
    for end in [output, errors] { end.close() }
    return ending
  }

  private static func readAll(_ source: Descriptor, _ body: (UnsafeMutableRawBufferPointer.SubSequence) -> Void) {
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 1) { bytes in
      while case .moved(let count) = source.read(into: bytes) { body(bytes[..<count]) }
    }
  }
}
