import Raft
import Testing

@testable import Replica

/// A disk that does what it is asked at once, and keeps through a crash what was flushed.
struct TestDisk {
  private(set) var files: [FileImage] = []
  private(set) var durable: [FileImage] = []
  /// The queues of which a flush is under way, in the order in which these began.
  private(set) var flushing: [FileLane] = []
  private var atFlush: [FileLane: [FileImage]] = [:]

  init(_ files: [FileImage] = []) {
    self.files = files
    durable = files
  }

  /// The bytes of the only file of a log that has one.
  var log: [UInt8] { files.first { $0.name == "log-1" }?.bytes ?? [] }

  mutating func ask(_ command: FileCommand) {
    Self.perform(command, on: &files)
  }

  var isFlushing: Bool { !flushing.isEmpty }

  mutating func askForFlush(of lane: FileLane) {
    flushing.append(lane)
    atFlush[lane] = files
  }

  mutating func finishFlush(of lane: FileLane, doesFail: Bool = false) {
    flushing.removeAll { $0 == lane }
    if !doesFail, let files = atFlush[lane] { durable = files }
  }

  /// What a command does to files that are never lost.
  static func perform(_ command: FileCommand, on files: inout [FileImage]) {
    func place(_ name: String) -> Int? { files.firstIndex { $0.name == name } }
    switch command {
    case .create(let name):
      files.removeAll { $0.name == name }
      files.append(FileImage(name: name, bytes: []))
    case .append(let name, let bytes):
      guard let place = place(name) else {
        Issue.record("\(name) is not there to be written")
        return
      }
      files[place].bytes += bytes
    case .truncate(let name, let length):
      guard let place = place(name) else {
        Issue.record("\(name) is not there to be cut")
        return
      }
      files[place].bytes.removeSubrange(min(length, files[place].bytes.count)...)
    case .rename(let name, let other):
      files.removeAll { $0.name == other }
      guard let place = place(name) else {
        Issue.record("\(name) is not there to be renamed")
        return
      }
      files[place].name = other
    case .remove(let name): files.removeAll { $0.name == name }
    case .sync(let name):
      if place(name) == nil { Issue.record("\(name) is not there to be synced") }
    case .syncDirectory: break
    }
  }
}

/// Both queues of a storage as one, for what hangs on neither.
extension Storage {
  /// What either queue has to do. Snapshots come first: the log goes on behind one when that is durable.
  mutating func takeCommands() -> [FileCommand] { takeCommands(of: .snapshots) + takeCommands(of: .log) }

  mutating func startFlush() -> Bool {
    let starts = [FileLane.log, .snapshots].map { startFlush(of: $0) }
    return starts.contains(true)
  }

  mutating func finishFlush(_ outcome: FlushOutcome) -> DiskFailure? {
    let failure = finishFlush(of: .log, outcome)
    return finishFlush(of: .snapshots, outcome) ?? failure
  }

  /// Writes a snapshot in one part.
  mutating func save(_ snapshot: Snapshot) -> DiskFailure? {
    if let failure = save(snapshot, stateBytes: snapshot.bytes.count) { return failure }
    write(part: snapshot.bytes[...])
    return nil
  }

  /// Writes a leader's snapshot, and lets the log go on behind it.
  mutating func install(_ snapshot: Snapshot, lastIndex: LogIndex) -> DiskFailure? {
    if let failure = save(snapshot) { return failure }
    discardLog(through: snapshot.position.index, lastIndex: lastIndex)
    return nil
  }
}
