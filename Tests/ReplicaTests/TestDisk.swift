import Testing

@testable import Replica

/// A disk that does what it is asked at once, and keeps through a crash what was flushed.
struct TestDisk {
  private(set) var files: [FileImage] = []
  private(set) var durable: [FileImage] = []
  private(set) var isFlushing = false
  private var atFlush: [FileImage] = []

  init(_ files: [FileImage] = []) {
    self.files = files
    durable = files
  }

  /// The bytes of the only file of a log that has one.
  var log: [UInt8] { files.first { $0.name == "log-1" }?.bytes ?? [] }

  mutating func ask(_ command: FileCommand) {
    Self.perform(command, on: &files)
  }

  mutating func askForFlush() {
    isFlushing = true
    atFlush = files
  }

  mutating func finishFlush(doesFail: Bool = false) {
    isFlushing = false
    if !doesFail { durable = atFlush }
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
