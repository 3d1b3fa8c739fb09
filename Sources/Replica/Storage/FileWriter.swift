import Determinism

/// Hands commands for files to the host, and keeps account of what a crash would take back.
struct FileWriter: Hashable, Sendable {
  /// What the host has not been handed yet.
  private var commands: [FileCommand] = []
  /// Files with bytes that are not durable.
  private var unsynced: [String] = []
  private var hasUnsyncedNames = false
  /// Counts the changes that must become durable. A removal need not: a file that comes back is removed again.
  private(set) var changes: UInt64 = 0
  /// The bytes asked for so far.
  private(set) var bytes = 0
  /// The bytes of the files that were known to have so many when their removal was asked for.
  private(set) var removedBytes = 0

  mutating func ask(_ command: FileCommand) {
    switch command {
    case .create(let name):
      markUnsynced(name)
      hasUnsyncedNames = true
    case .append(let name, let added):
      markUnsynced(name)
      bytes += added.count
    case .truncate(let name, _): markUnsynced(name)
    case .sync(let name): unsynced.removeAll { $0 == name }
    case .rename(let name, let other):
      if unsynced.contains(name) {
        unsynced.removeAll { $0 == name }
        markUnsynced(other)
      }
      changes += 1
      hasUnsyncedNames = true
    case .remove(let name): unsynced.removeAll { $0 == name }
    case .syncDirectory: hasUnsyncedNames = false
    }
    commands.append(command)
  }

  /// Asks for a file of so many bytes to be removed.
  mutating func remove(_ name: String, bytes: Int) {
    ask(.remove(name))
    removedBytes += bytes
  }

  /// Asks for a file to be made durable, if it is not.
  mutating func sync(_ name: String) {
    if unsynced.contains(name) { ask(.sync(name)) }
  }

  /// Asks for everything to be made durable that is not yet.
  mutating func syncEverything() {
    while let name = unsynced.first { ask(.sync(name)) }
    if hasUnsyncedNames { ask(.syncDirectory) }
  }

  /// Whether there is anything that the host has not been handed yet.
  var hasCommands: Bool { !commands.isEmpty }

  /// What the host has not been handed yet, in order.
  mutating func takeCommands() -> [FileCommand] {
    defer { commands = [] }
    return commands
  }

  /// As `takeCommands`, and keeps its memory for the next ones.
  mutating func handCommands(of lane: FileLane, into output: inout [ReplicaCommand]) {
    commands.turnAround()
    while let command = commands.popLast() { output.append(.file(command, lane)) }
  }

  private mutating func markUnsynced(_ name: String) {
    changes += 1
    if !unsynced.contains(name) { unsynced.append(name) }
  }
}
