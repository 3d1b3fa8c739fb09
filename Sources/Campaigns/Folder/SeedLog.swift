import Determinism
import Glibc
import Runs
import System

/// `seeds.ndjson`: a line for each seed, in the order in which they are counted.
final class SeedLog {
  static let name = "seeds.ndjson"
  /// How much is kept back before it is written, in bytes.
  private static let buffered = 1 << 16

  private struct Line: Encodable {
    let format = "raftcheck-seed/1"
    let version = Program.version
    let seed: UInt64
    let verdict: String
    let failure: SeedFailure?
    let eventHash: String?
    let events: Int?
    let operations: Int?
  }

  private let path: String
  private let file: Int32
  private var waiting: [UInt8] = []

  /// Opens the one of a folder, or makes it.
  ///
  /// - Parameter count: how many lines stay; what stands behind them is written again.
  init(in folder: String, keeping count: Int) throws(FileProblem) {
    path = "\(folder)/\(Self.name)"
    var (lines, length) = (0, 0)
    if count > 0, Files.isFile(path) {
      try Files.readParts(of: path, limit: .max) { part, _ in
        for byte in part where lines < count {
          length += 1
          if byte == UInt8(ascii: "\n") { lines += 1 }
        }
      }
    }
    file = path.withSystemName { open($0, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666) }
    guard file >= 0 else { throw problem() }
    guard lines == count else {
      throw FileProblem(
        .content, "\(path): has \(lines) whole lines, and \(count) seeds were run; leave out --log-seeds, or begin anew"
      )
    }
    guard ftruncate(file, off_t(length)) == 0, lseek(file, 0, SEEK_END) >= 0 else { throw problem() }
  }

  deinit { if file >= 0 { close(file) } }

  private func problem() -> FileProblem {
    FileProblem(.system, "\(path): cannot be written: \(SystemError.reason(errno))")
  }

  /// Adds a seed.
  func add(_ end: SeedEnd) throws(FileProblem) {
    var (verdict, hash, events, operations): (String, String?, Int?, Int?) = ("stopped", nil, nil, nil)
    if case .ran(let result) = end {
      (verdict, hash) = (result.verdict.rawValue, result.eventHash.hexadecimal)
      (events, operations) = (result.statistics.events, result.statistics.operations)
    }
    waiting += CanonicalJSON.encode(
      Line(
        seed: end.seed, verdict: verdict, failure: end.failure, eventHash: hash, events: events, operations: operations)
    )
    waiting.append(UInt8(ascii: "\n"))
    if waiting.count >= Self.buffered { try flush() }
  }

  /// Writes all that is kept back.
  ///
  /// - Parameter isSynced: whether it is to be there also if the power fails right afterwards.
  func flush(isSynced: Bool = false) throws(FileProblem) {
    guard Descriptor(file).write(waiting), !isSynced || fsync(file) == 0 else { throw problem() }
    waiting.removeAll(keepingCapacity: true)
  }
}
