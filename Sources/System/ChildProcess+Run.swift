import Determinism

extension ChildProcess {
  /// What came of a program that has ended.
  package struct Result: Sendable {
    package let ending: Ending
    /// The beginning of what it wrote, to either output.
    package let output: String

    /// Whether it ended with 0.
    package var isSuccess: Bool { ending == .code(0) }

    /// The first line that it wrote, or how it ended if it wrote nothing.
    package var complaint: String {
      output.split(separator: "\n").first.map { String($0) } ?? "it \(ending)"
    }
  }

  /// What a pipe takes before anybody reads from it.
  private static let maxInputBytes = 64 << 10
  private static let maxOutputBytes = 16 << 10

  /// Starts a program and waits for its end.
  ///
  /// - Parameters:
  ///   - words: as for `start`.
  ///   - input: what it reads; at most 64 KiB.
  ///   - patience: after it the program is killed.
  package static func run(
    _ words: [String], input: String = "", within patience: Duration
  ) throws(SystemError) -> Result {
    let bytes = Array(input.utf8)
    precondition(bytes.count <= maxInputBytes, "an input of \(bytes.count) bytes does not fit into a pipe")
    let (down, up) = (try Pipe(), try Pipe())
    defer { up.reading.close() }
    // Written before there is a reader, so that a program that ends early cannot raise a signal here.
    down.writing.write(bytes)
    down.writing.close()
    let child: ChildProcess
    do {
      defer {
        down.reading.close()
        up.writing.close()
      }
      child = try start(
        words, joining: [Joint(0, to: down.reading), Joint(1, to: up.writing), Joint(2, to: up.writing)])
    }
    let deadline = SystemClock.monotonic + patience
    let output = output(from: up.reading, by: deadline)
    // Whoever has closed its outputs may still run.
    while child.endingIfEnded == nil, SystemClock.monotonic < deadline { Pause.sleep(.milliseconds(1)) }
    if child.endingIfEnded == nil { child.sendToGroup(.kill) }
    return Result(ending: child.wait(), output: output ?? "\(words.first ?? "") did not end in time")
  }

  /// What is written until all writers have ended; `nil` if they have not in time.
  private static func output(from source: Descriptor, by deadline: LocalInstant) -> String? {
    var bytes: [UInt8] = []
    while true {
      var waits = Waits()
      let place = waits.add(source, reads: true, writes: false)
      let now = SystemClock.monotonic
      guard now < deadline else { return nil }
      waits.wait(deadline - now)
      guard waits.isReadable(place) else { continue }
      let hasEnded = withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
        guard case .moved(let count) = source.read(into: buffer) else { return true }
        bytes += buffer[..<min(count, maxOutputBytes - bytes.count)]
        return false
      }
      if hasEnded { return String(decoding: bytes, as: UTF8.self) }
    }
  }
}
