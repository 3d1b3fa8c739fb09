import Determinism
import Invariants
import Replica

/// The folder of one node: files and their names, what of them would survive a crash, and what might not.
///
/// The simulated disk alone knows what is durable; what the server believes does not count. In each of its two queues
/// commands are carried out in order, and none behind a sync before it has ended. Bytes and names are durable apart from
/// each other: a file that was synced is lost when its name was not.
struct SimulatedDisk: Sendable {
  /// What the disk has come to, having carried out all commands before it.
  enum Stop: Hashable, Sendable {
    /// A sync that takes its time, of a file or, with an empty name, of the names; `finishSync` ends it.
    case sync(String)
    /// The flush that the server asked for.
    case flushed(FlushOutcome)
  }

  /// What became of a file's name.
  enum NameChange: Hashable, Sendable {
    case begun
    case renamed
    case removed
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

  /// One of the two queues.
  private struct Lane: Sendable {
    /// What has been asked and not begun, in order, and how much of it has been done.
    var requests: [Request] = []
    var done = 0
    /// Up to which change of the names a sync of them that is under way reaches.
    var reach = 0
    /// What went wrong since the last flush; nothing more is begun before the next.
    var failure: DiskFailure?

    /// Of which file the request that comes first is a sync, or the empty name if of the names; `nil` if it is none.
    var nextSync: String? {
      switch requests[done] {
      case .command(.sync(let name)): name
      case .command(.syncDirectory): ""
      default: nil
      }
    }

    /// Takes out the request that comes first: moved, where a look copies it. A flush stays in its place.
    mutating func takeNext() -> Request {
      var request = Request.flush
      swap(&request, &requests[done])
      done += 1
      return request
    }
  }

  /// A change of the names that is not durable yet.
  private enum Renaming: Sendable {
    case add(String, file: Int)
    case move(String, to: String)
    case remove(String)

    /// Whether a file bears a name from then on; `nil` if this changes nothing about it.
    func bears(_ name: String) -> Bool? {
      switch self {
      case .add(let other, _): other == name ? true : nil
      case .move(let former, let other): other == name ? true : former == name ? false : nil
      case .remove(let other): other == name ? false : nil
      }
    }
  }

  /// How the names of the log's files begin.
  private static let logPrefix = "log-"

  private var files: [SimulatedFile] = []
  /// The files by name, as they are to be seen now, and as a crash would leave them in any case.
  private var names = SortedTable<String, Int>()
  private var durableNames = SortedTable<String, Int>()
  private var renamings: [Renaming] = []
  /// How many changes of names are durable.
  private var settledRenamings = 0
  /// What became of names since somebody last looked (`takeNameChanges`), durable or not.
  private var nameChanges: [NameChange] = []
  /// By queue.
  private var lanes = [Lane](repeating: Lane(), count: FileLane.allCases.count)
  /// The queues that have something to do, and those in which the request that comes first is a sync under way, a bit for
  /// each: in fields of their own, for to look at the queues from outside copies the disk.
  private(set) var busyLanes: UInt8 = 0
  private(set) var syncingLanes: UInt8 = 0

  /// Bytes that all files together may have.
  var capacity = Int.max
  /// Whether writes fail, and whether syncs do.
  var failsWrites = false
  var failsSyncs = false
  /// What it writes at once.
  var sectorBytes = 1

  /// Asks for a command, behind all others of its queue.
  mutating func ask(_ command: consuming FileCommand, in lane: FileLane) {
    ask(.command(command), in: lane)
  }

  /// Asks to hear when all that was asked before in a queue is done.
  mutating func askForFlush(of lane: FileLane) { ask(.flush, in: lane) }

  private mutating func ask(_ request: consuming Request, in lane: FileLane) {
    busyLanes |= Self.bit(of: lane)
    lanes[Self.place(of: lane)].requests.append(request)
  }

  /// Whether a queue has something to do.
  func isBusy(_ lane: FileLane) -> Bool { busyLanes & Self.bit(of: lane) != 0 }

  /// The bytes of all files that have a name.
  var usedBytes: Int { names.values.reduce(0) { $0 + files[$1].length } }
  /// The bytes that there is room for.
  var freeBytes: Int { capacity == .max ? .max : max(0, capacity - usedBytes) }
  /// The files as they are to be read now.
  var contents: [FileImage] {
    zip(names.keys, names.values).map {
      FileImage(name: $0, bytes: files[$1].content, unreadable: files[$1].unreadable)
    }
  }
  /// What a crash would leave of the files at the least.
  var durableContents: [FileImage] {
    zip(durableNames.keys, durableNames.values).map {
      FileImage(name: $0, bytes: files[$1].durable, unreadable: files[$1].unreadable)
    }
  }

  /// The same, for those who read nothing but names and bytes.
  var durable: FileBytes { zip(durableNames.keys, durableNames.values).map { ($0, files[$1].durable) } }
  /// The same, if so many of the changes of names that are not durable yet were.
  func durable(with changes: Int) -> FileBytes {
    var names = durableNames
    for renaming in renamings.prefix(changes) { Self.perform(renaming, on: &names) }
    return zip(names.keys, names.values).map { ($0, files[$1].durable) }
  }
  /// What is to be read now, for those who read nothing but names and bytes.
  var visible: FileBytes { contents.map { ($0.name, $0.bytes) } }
  /// How many files are to be seen now.
  var fileCount: Int { names.count }
  /// Whether something was damaged that was durable, and may be there still.
  private(set) var isDamaged = false
  /// Whether all that is to be read is durable.
  var isDurable: Bool { renamings.isEmpty && !names.values.contains { files[$0].isUnsynced } }
  /// The room that there will be, of `capacity`, once all is done that was asked.
  var freeBytesWhenDone: Int {
    var free = capacity - usedBytes
    for lane in lanes {
      for case .command(let command) in lane.requests[lane.done...] {
        switch command {
        case .append(_, let bytes): free -= bytes.count
        case .remove(let name): free += names[name].map { files[$0].length } ?? 0
        case .create, .truncate, .sync, .rename, .syncDirectory: break
        }
      }
    }
    return free
  }

  /// What a crash would leave of a file at the least; `nil` if not even its name.
  func durableBytes(of name: String) -> [UInt8]? { durableNames[name].map { files[$0].durable } }

  /// The bytes that were written to a file and not synced. Inlined, for a call would copy the disk.
  @inline(__always)
  func unsyncedBytes(of name: String) -> Int { names[name].map { files[$0].unsyncedBytes } ?? 0 }

  /// How many syncs a queue has yet to do, with the one under way. Inlined, for a call would copy the disk.
  @inline(__always)
  func waitingSyncs(_ lane: FileLane) -> Int {
    let lane = lanes[Self.place(of: lane)]
    return lane.requests[lane.done...].count { request in
      if case .command(let command) = request { nameToSync(command) != nil } else { false }
    }
  }

  /// Whether a file is one of the log's.
  static func isLog(_ name: String) -> Bool { name.hasPrefix(logPrefix) }

  /// The file whose sync is under way in a queue, or the empty name for that of the names.
  func fileInSync(_ lane: FileLane) -> String? {
    let isSyncing = syncingLanes & Self.bit(of: lane) != 0
    let lane = lanes[Self.place(of: lane)]
    guard isSyncing, case .command(let command) = lane.requests[lane.done] else { return nil }
    return nameToSync(command)
  }

  /// Carries out what has been asked in a queue, up to the next thing that takes time or is to be reported.
  mutating func advance(_ lane: FileLane) -> Stop? {
    let (place, bit) = (Self.place(of: lane), Self.bit(of: lane))
    guard syncingLanes & bit == 0 else { return nil }
    while lanes[place].done < lanes[place].requests.count {
      let isSound = lanes[place].failure == nil
      if isSound, let name = lanes[place].nextSync {
        syncingLanes |= bit
        lanes[place].reach = settledRenamings + renamings.count
        return .sync(name)
      }
      switch lanes[place].takeNext() {
      case .command(let command): if isSound { lanes[place].failure = perform(command) }
      case .flush:
        return .flushed(lanes[place].failure.take().map { .failed($0) } ?? .done(freeBytes: freeBytes))
      }
    }
    if !lanes[place].requests.isEmpty {
      busyLanes &= ~bit
      lanes[place].requests.clear()
      lanes[place].done = 0
    }
    return nil
  }

  /// Ends the sync under way in a queue.
  ///
  /// - Returns: of which file, or the empty name if of the names.
  @discardableResult
  mutating func finishSync(_ lane: FileLane) -> String? {
    let (place, bit) = (Self.place(of: lane), Self.bit(of: lane))
    guard syncingLanes & bit != 0, case .command(let command) = lanes[place].takeNext() else { return nil }
    syncingLanes &= ~bit
    if failsSyncs {
      lanes[place].failure = failSync(command)
    } else if case .syncDirectory = command {
      settleRenamings(upTo: lanes[place].reach)
    } else {
      lanes[place].failure = perform(command)
    }
    return nameToSync(command)
  }

  /// Makes changes of names durable: those that had been made when the sync began.
  private mutating func settleRenamings(upTo reach: Int) {
    let count = max(0, reach - settledRenamings)
    for renaming in renamings.prefix(count) { Self.perform(renaming, on: &durableNames) }
    renamings.removeFirst(count)
    settledRenamings += count
  }

  private mutating func forgetRequests() {
    for place in lanes.indices { lanes[place] = Lane() }
    (busyLanes, syncingLanes) = (0, 0)
  }

  /// The place of a queue among the two, and what stands for it in `busyLanes` and `syncingLanes`: asked at every event,
  /// where a raw value of another room takes a call.
  private static func place(of lane: FileLane) -> Int {
    switch lane {
    case .log: 0
    case .snapshots: 1
    }
  }

  @inline(__always)
  static func bit(of lane: FileLane) -> UInt8 { 1 << UInt8(place(of: lane)) }

  /// Ends the process and not the machine: what was not begun never happens, and what was is to be read as before, durable
  /// or not.
  mutating func endProcess() -> CrashDamage {
    forgetRequests()
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
    settledRenamings += renamings.count
    renamings.removeAll()
    forgetRequests()
    dropNameless()
    return damage
  }

  /// Damages what was synced long ago: a bit that flips, or a sector that cannot be read.
  ///
  /// Only snapshots are hit, files behind which the log goes on, and of its last file what a synced record says was synced
  /// before it: damage behind that could not be told from a write that a crash has torn.
  ///
  /// - Parameters:
  ///   - draw: decides where.
  ///   - losingSector: whether a whole sector is lost rather than a bit.
  /// - Returns: whether there was anything to damage.
  mutating func damage(by draw: Draw, losingSector: Bool) -> Bool {
    let unit = losingSector ? sectorBytes : 1
    // A sector that reaches behind the mark is left alone.
    let places = damageable.map { (file: $0.file, count: ($0.bytes + ($0.isRecords ? 0 : unit - 1)) / unit) }
    let count = places.reduce(0) { $0 + $1.count }
    guard count > 0 else { return false }
    var place = draw.below(count)
    for (file, count) in places {
      guard place >= count else {
        isDamaged = true
        if losingSector {
          files[file].lose(place * unit..<min((place + 1) * unit, files[file].durable.count))
        } else {
          files[file].flip(bit: Int(draw.bits & 7), ofByte: place)
        }
        return true
      }
      place -= count
    }
    return false
  }

  /// Loses all files, as when another disk takes the place of this one.
  mutating func lose() {
    forgetRequests()
    settledRenamings += renamings.count
    renamings.removeAll()
    (names, durableNames, files) = (SortedTable(), SortedTable(), [])
  }

  /// Whether there is anything that `damage` could hit.
  var isDamageable: Bool { damageable.contains { $0.bytes > 0 } }

  /// The files of which a beginning may be damaged, and how long that is.
  private var damageable: [(file: Int, bytes: Int, isRecords: Bool)] {
    var begun: UInt64 = 0
    for (name, file) in zip(durableNames.keys, durableNames.values) {
      if let number = Self.number(ofLog: name), files[file].isBegun { begun = max(begun, number) }
    }
    return zip(durableNames.keys, durableNames.values).compactMap { name, file in
      if SnapshotFile(name: name) != nil {
        let isWhole = files[file].synced == files[file].durable.count
        return isWhole ? (file, files[file].synced, false) : nil
      }
      guard let number = Self.number(ofLog: name) else { return nil }
      return (file, number < begun ? files[file].synced : files[file].mark, true)
    }
  }

  private static func number(ofLog name: String) -> UInt64? {
    isLog(name) ? UInt64(name.dropFirst(logPrefix.count)) : nil
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

  private func nameToSync(_ command: FileCommand) -> String? {
    switch command {
    case .sync(let name): name
    case .syncDirectory: ""
    default: nil
    }
  }

  /// - Returns: what went wrong.
  private mutating func perform(_ command: FileCommand) -> DiskFailure? {
    switch command {
    case .create(let name):
      if let file = names[name] {
        files[file].truncate(to: 0)
        return nil
      }
      change(.add(name, file: files.count))
      files.append(SimulatedFile())
    case .append(let name, let bytes):
      guard let file = names[name], !failsWrites else { return .write(name) }
      let room = freeBytes
      files[file].append(bytes.count <= room ? bytes : Array(bytes.prefix(room)))
      if bytes.count > room { return .full(name) }
    case .truncate(let name, let length):
      guard let file = names[name] else { return .write(name) }
      files[file].truncate(to: length)
    case .sync(let name):
      guard let file = names[name] else { return .sync(name) }
      files[file].sync()
    case .rename(let name, let other):
      guard names[name] != nil else { return .write(name) }
      change(.move(name, to: other))
    case .remove(let name):
      if names[name] != nil { change(.remove(name)) }
    case .syncDirectory: settleRenamings(upTo: .max)
    }
    return nil
  }

  /// What was to be synced is lost, though it can be read until the machine goes down.
  private mutating func failSync(_ command: FileCommand) -> DiskFailure {
    guard case .sync(let name) = command else { return .sync("the directory") }
    if let file = names[name] { files[file].failSync() }
    return .sync(name)
  }

  /// Whether names have changed since somebody last looked.
  var hasNameChanges: Bool { !nameChanges.isEmpty }

  /// What became of names since somebody last looked, in order.
  mutating func takeNameChanges() -> [NameChange] {
    defer { nameChanges = [] }
    return nameChanges
  }

  /// Of these the ones that took its name from a file, which was removed or to which another one's was given: where each
  /// stands among those that are not durable, and the name. To be asked before they are taken.
  mutating func newRemovals() -> [(change: Int, name: String)] {
    renamings.indices.suffix(nameChanges.count).compactMap { place in
      switch renamings[place] {
      case .remove(let name): (place, name)
      // The file that bore the name before.
      case .move(_, let name) where isBorne(name, before: place): (place, name)
      default: nil
      }
    }
  }

  /// Whether a file bore a name before one of the changes that are not durable.
  private func isBorne(_ name: String, before place: Int) -> Bool {
    for renaming in renamings[..<place].reversed() {
      if let isBorne = renaming.bears(name) { return isBorne }
    }
    return durableNames[name] != nil
  }

  private mutating func change(_ renaming: Renaming) {
    renamings.append(renaming)
    switch renaming {
    case .add: nameChanges.append(.begun)
    case .move: nameChanges.append(.renamed)
    case .remove: nameChanges.append(.removed)
    }
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
