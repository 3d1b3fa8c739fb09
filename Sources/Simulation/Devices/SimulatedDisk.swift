import Determinism
import Replica

/// The folder of one node: files and their names, what of them would survive a crash, and what might not.
///
/// The simulated disk alone knows what is durable; what the server believes does not count. Commands are carried out in
/// order, and none behind a sync before it has ended. Bytes and names are durable apart from each other: a file that was
/// synced is lost when its name was not.
struct SimulatedDisk: Sendable {
  /// What the disk has come to, having carried out all commands before it.
  enum Stop: Hashable, Sendable {
    /// A sync that takes its time, of a file or, with an empty name, of the names; `finishSync` ends it.
    case sync(String)
    /// The flush that the server asked for.
    case flushed(FlushOutcome)
  }

  /// What a crash did to what was not durable.
  struct CrashDamage: Hashable, Sendable {
    /// Whether something was appended to the log and not synced.
    var hitUnsyncedLog = false
    var isLossy = false
    var isTorn = false
  }

  private enum Request: Sendable {
    case command(FileCommand)
    case flush
  }

  /// A change of the names that is not durable yet.
  private enum Renaming: Sendable {
    case add(String, file: Int)
    case move(String, to: String)
    case remove(String)
  }

  /// How the names of the log's files begin.
  private static let logPrefix = "log-"

  private var files: [SimulatedFile] = []
  /// The files by name, as they are to be seen now, and as a crash would leave them in any case.
  private var names = SortedTable<String, Int>()
  private var durableNames = SortedTable<String, Int>()
  private var renamings: [Renaming] = []

  /// What has been asked and not begun, in order, and how much of it has been done.
  private var requests: [Request] = []
  private var done = 0
  /// Whether the request that comes first is a sync under way.
  private var isSyncing = false
  /// What went wrong since the last flush; nothing more is begun before the next.
  private var failure: DiskFailure?

  /// Bytes that all files together may have.
  var capacity = Int.max
  /// Whether writes fail, and whether syncs do.
  var failsWrites = false
  var failsSyncs = false
  /// What it writes at once.
  var sectorBytes = 1

  /// Asks for a command, behind all others.
  mutating func ask(_ command: FileCommand) { requests.append(.command(command)) }

  /// Asks to hear when all that was asked before is done.
  mutating func askForFlush() { requests.append(.flush) }

  /// The bytes of all files that have a name.
  var usedBytes: Int { names.values.reduce(0) { $0 + files[$1].length } }
  /// The bytes that there is room for.
  var freeBytes: Int { capacity == .max ? .max : max(0, capacity - usedBytes) }
  /// The files as they are to be read now.
  var contents: [FileImage] { images(names) { $0.content } }
  /// What a crash would leave of the files at the least.
  var durableContents: [FileImage] { images(durableNames) { $0.durable } }

  /// What a crash would leave of a file at the least; `nil` if not even its name.
  func durableBytes(of name: String) -> [UInt8]? { durableNames[name].map { files[$0].durable } }

  /// The file whose sync is under way, or the empty name for that of the names.
  var fileInSync: String? {
    guard isSyncing, case .command(let command) = requests[done] else { return nil }
    return nameToSync(command)
  }

  /// Carries out what has been asked, up to the next thing that takes time or is to be reported.
  mutating func advance() -> Stop? {
    while !isSyncing, done < requests.count {
      let request = requests[done]
      if case .command(let command) = request, failure == nil, let name = nameToSync(command) {
        isSyncing = true
        return .sync(name)
      }
      done += 1
      if case .command(let command) = request {
        if failure == nil { perform(command) }
        continue
      }
      defer { failure = nil }
      return .flushed(failure.map { .failed($0) } ?? .done(freeBytes: freeBytes))
    }
    if !isSyncing {
      requests.removeAll(keepingCapacity: true)
      done = 0
    }
    return nil
  }

  /// Ends the sync under way.
  mutating func finishSync() {
    guard isSyncing, case .command(let command) = requests[done] else { return }
    isSyncing = false
    done += 1
    if failsSyncs {
      failSync(command)
    } else {
      perform(command)
    }
  }

  /// Ends the process and not the machine: what was not begun never happens, and what was is to be read as before, durable
  /// or not.
  mutating func endProcess() -> CrashDamage {
    requests.removeAll()
    (done, isSyncing, failure) = (0, false, nil)
    return CrashDamage(hitUnsyncedLog: hasUnsyncedLog)
  }

  /// Whether it shows bytes that a failed sync has lost.
  var showsLostBytes: Bool { files.contains { $0.showsLostBytes } }

  private var hasUnsyncedLog: Bool {
    zip(names.keys, names.values).contains { $0.hasPrefix(Self.logPrefix) && files[$1].hasUnsyncedAppend }
  }

  /// Keeps, of each file, some of what was written and not synced, and a prefix of the changes of names. What was not
  /// begun never happened.
  ///
  /// - Parameters:
  ///   - cut: decides how much, given a file's name, or the empty name for the changes of names.
  ///   - tearing: whether any sectors may stay without others, which may read as zeros, or a prefix of whole writes.
  mutating func crash(tearing: Bool, cut: (String) -> Draw) -> CrashDamage {
    var damage = CrashDamage(hitUnsyncedLog: hasUnsyncedLog)
    for (name, file) in zip(names.keys, names.values) {
      files[file].crash(cut: cut(name), tearing: tearing, sectorBytes: sectorBytes, damage: &damage)
    }
    // What bears no name any more comes back if the change of names is lost, as it is durable.
    let named = names.values
    for file in files.indices where !named.contains(file) { files[file].forgetUnsynced() }
    let kept = SimulatedFile.kept(of: renamings.count, by: cut(""))
    if kept < renamings.count { damage.isLossy = true }
    for renaming in renamings.prefix(kept) { Self.perform(renaming, on: &durableNames) }
    renamings.removeAll()
    requests.removeAll()
    (done, isSyncing, failure) = (0, false, nil)
    dropNameless()
    return damage
  }

  /// Damages what was synced long ago: a bit that flips, or a sector that reads as zeros.
  ///
  /// Only snapshots are hit, and what a synced record says was synced before it: damage behind that could not be told
  /// from a write that a crash has torn.
  ///
  /// - Parameters:
  ///   - draw: decides where.
  ///   - blanking: whether a whole sector is lost rather than a bit.
  /// - Returns: whether there was anything to damage.
  mutating func damage(by draw: Draw, blanking: Bool) -> Bool {
    let unit = blanking ? sectorBytes : 1
    // A sector that reaches behind the mark is left alone.
    let places = damageable.map { (file: $0.file, count: ($0.bytes + ($0.isRecords ? 0 : unit - 1)) / unit) }
    let count = places.reduce(0) { $0 + $1.count }
    guard count > 0 else { return false }
    var place = draw.below(count)
    for (file, count) in places {
      guard place >= count else {
        if blanking {
          files[file].blank(place * unit..<min((place + 1) * unit, files[file].durable.count))
        } else {
          files[file].flip(bit: Int(draw.bits & 7), ofByte: place)
        }
        return true
      }
      place -= count
    }
    return false
  }

  /// Whether there is anything that `damage` could hit.
  var isDamageable: Bool { damageable.contains { $0.bytes > 0 } }

  /// The files of which a beginning may be damaged, and how long that is.
  private var damageable: [(file: Int, bytes: Int, isRecords: Bool)] {
    zip(durableNames.keys, durableNames.values).compactMap { name, file in
      if SnapshotFile(name: name) != nil {
        let isWhole = files[file].synced == files[file].durable.count
        return isWhole ? (file, files[file].synced, false) : nil
      }
      return name.hasPrefix(Self.logPrefix) ? (file, files[file].mark, true) : nil
    }
  }

  /// Only what bears a name is left after a crash.
  private mutating func dropNameless() {
    var left: [SimulatedFile] = []
    names = SortedTable()
    for (name, file) in zip(durableNames.keys, durableNames.values) {
      names[name] = left.count
      left.append(files[file])
    }
    durableNames = names
    files = left
  }

  private func images(_ names: SortedTable<String, Int>, _ bytes: (SimulatedFile) -> [UInt8]) -> [FileImage] {
    zip(names.keys, names.values).map { FileImage(name: $0, bytes: bytes(files[$1])) }
  }

  private func nameToSync(_ command: FileCommand) -> String? {
    switch command {
    case .sync(let name): name
    case .syncDirectory: ""
    default: nil
    }
  }

  private mutating func perform(_ command: FileCommand) {
    switch command {
    case .create(let name):
      if let file = names[name] { return files[file].truncate(to: 0) }
      change(.add(name, file: files.count))
      files.append(SimulatedFile())
    case .append(let name, let bytes):
      guard let file = names[name], !failsWrites else { return failure = .write(name) }
      let room = freeBytes
      files[file].append(bytes.count <= room ? bytes : Array(bytes.prefix(room)))
      if bytes.count > room { failure = .full(name) }
    case .truncate(let name, let length):
      guard let file = names[name] else { return failure = .write(name) }
      files[file].truncate(to: length)
    case .sync(let name):
      guard let file = names[name] else { return failure = .sync(name) }
      files[file].sync()
    case .rename(let name, let other):
      guard names[name] != nil else { return failure = .write(name) }
      change(.move(name, to: other))
    case .remove(let name):
      if names[name] != nil { change(.remove(name)) }
    case .syncDirectory:
      for renaming in renamings { Self.perform(renaming, on: &durableNames) }
      renamings.removeAll()
    }
  }

  /// What was to be synced is lost, though it can be read until the machine goes down.
  private mutating func failSync(_ command: FileCommand) {
    if case .sync(let name) = command {
      if let file = names[name] { files[file].failSync() }
      failure = .sync(name)
    } else {
      failure = .sync("the directory")
    }
  }

  private mutating func change(_ renaming: Renaming) {
    renamings.append(renaming)
    Self.perform(renaming, on: &names)
  }

  private static func perform(_ renaming: Renaming, on names: inout SortedTable<String, Int>) {
    switch renaming {
    case .add(let name, let file): names[name] = file
    case .move(let name, let other):
      names[other] = names[name]
      names[name] = nil
    case .remove(let name): names[name] = nil
    }
  }
}
