import Determinism
import Raft

/// The writer's side of a node's log: turns hard states and entries into records at the end of its last file.
///
/// The log is a row of files, numbered without a gap. A file is a header and records, each of them
/// `[length UInt32][CRC-32C UInt32][mark UInt64][payload]`, little-endian. The checksum covers the file's number, the
/// record's own offset in the file (8 bytes each), the mark and the payload, so that a record that was copied, or that a
/// client stored as a value, is not taken for one of the log's own.
///
/// The mark is the length up to which the file was known to be synced when the record was written. Pages that were not
/// synced reach the disk in any order, so that a power cut may leave a whole record behind a torn one; what lies before a
/// mark cannot be torn.
///
/// A file is durable before the next one is begun, so only the last one can be torn.
struct SegmentedLog: Hashable, Sendable {
  /// A file that nothing is added to any more.
  struct Closed: Hashable, Sendable {
    var number: UInt64
    var bytes: Int
    /// The last index of which this file still holds the entry; what a later file replaced does not count.
    var lastIndex: LogIndex
    /// The `FileWriter.changes` with which what replaced the rest becomes durable.
    var replacement: UInt64 = 0
  }

  /// Whose log it is.
  let owner: FileOwner
  /// In order; the file to which records are added follows them.
  private(set) var closed: [Closed] = []
  /// The number of the last file; zero before there is any.
  private(set) var number: UInt64 = 0 { didSet { fileName = SegmentFile(number: number).name } }
  /// The name of the last file, or of the first that there will be.
  private(set) var fileName = SegmentFile(number: 1).name
  /// The length of the last file, once everything asked for has been written.
  private(set) var length = 0
  /// How many of the last file's bytes are known to be synced; never more than `length`.
  private(set) var synced = 0
  /// The `FileWriter.changes` with which the last file's header becomes durable.
  private var beginning: UInt64 = 0
  /// What the log says last.
  private(set) var hardState = HardState.initial
  private(set) var lastIndex = LogIndex.zero

  /// As long as a header, or a hard state and what stands around entries: room for most of what is appended at a time.
  private static let usualBytes = 128

  /// The log of a node that has never run: no file at all.
  init(of owner: FileOwner) {
    self.owner = owner
  }

  /// A log that goes on after what recovery kept; all of it is durable with the next sync.
  ///
  /// - Parameter synced: how much of the last file is known to be durable already.
  init(
    of owner: FileOwner, closed: [Closed], number: UInt64, length: Int, synced: Int = 0, hardState: HardState,
    lastIndex: LogIndex
  ) {
    self.owner = owner
    self.closed = closed
    self.number = number
    fileName = SegmentFile(number: max(1, number)).name
    self.length = length
    self.synced = synced
    self.hardState = hardState
    self.lastIndex = lastIndex
    beginning = 1
  }

  /// Adds records at the log's end, in a new file if the last one is full.
  ///
  /// More entries than one record holds become several records: a crash between them leaves fewer entries, as a crash
  /// within one would.
  ///
  /// - Precondition: no command is longer than `WireLimits.maxCommandBytes`.
  /// - Complexity: O(n) in the bytes written.
  mutating func append(
    hardState: HardState?, entries: Ready.EntriesToPersist?, segmentBytes: Int, rules: any StorageRules.Type,
    into files: inout FileWriter
  ) {
    guard hardState != nil || entries != nil else { return }
    let entriesBytes = entries?.entries.reduce(0) { $0 + $1.encodedBytes } ?? 0
    let bytes = ByteWriter.bytes(reservingCapacity: Self.usualBytes + entriesBytes) { writer in
      if number == 0 || length >= segmentBytes {
        // The header holds the new hard state: no record repeats it.
        self.hardState = hardState ?? self.hardState
        begin(after: lastIndex, startsOver: false, rules: rules, to: &writer, into: &files)
      } else if let hardState {
        self.hardState = hardState
        writeRecord(rules: rules, to: &writer) { $0.write(payloadOf: hardState) }
      }
      if let entries { write(entries, rules: rules, to: &writer) }
    }
    files.ask(.append(fileName, bytes))
    if let entries { replace(from: entries.first, with: files.changes) }
    if beginning == 0 { beginning = files.changes }
  }

  /// Begins a file with nothing before it: a snapshot up to `base` takes the place of the whole log.
  mutating func startOver(after base: LogIndex, rules: any StorageRules.Type, into files: inout FileWriter) {
    var writer = ByteWriter(reservingCapacity: Self.usualBytes)
    begin(after: base, startsOver: true, rules: rules, to: &writer, into: &files)
    for place in closed.indices { closed[place].lastIndex = .zero }
    lastIndex = base
    files.ask(.append(fileName, writer.bytes))
    beginning = files.changes
  }

  /// The bytes of all files.
  var bytes: Int { closed.reduce(length) { $0 + $1.bytes } }

  /// The bytes of the files that hold nothing behind an index, but for the header of one: a file that is ended leaves the
  /// next one.
  ///
  /// - Parameter gone: without the files that hold nothing behind this one: they go anyway.
  func bytes(through index: LogIndex, beyond gone: LogIndex) -> Int {
    let header = LogLimits.frameBytes + SegmentHeader.bytes
    let open = lastIndex <= index ? max(0, length - header) : 0
    return closed.reduce(open) { $0 + ($1.lastIndex <= index && $1.lastIndex > gone ? $1.bytes : 0) }
  }

  /// Whether files wait to be removed that hold nothing behind an index.
  func hasFiles(through index: LogIndex) -> Bool { closed.first.map { $0.lastIndex <= index } ?? false }

  /// Goes on in a new file, so that the present one can go.
  mutating func endFile(rules: any StorageRules.Type, into files: inout FileWriter) {
    guard number > 0 else { return }
    var writer = ByteWriter(reservingCapacity: Self.usualBytes)
    begin(after: lastIndex, startsOver: false, rules: rules, to: &writer, into: &files)
    files.ask(.append(fileName, writer.bytes))
    beginning = files.changes
  }

  /// Takes note that a file is synced up to a length: later records say so.
  mutating func noteSynced(_ length: Int, ofFile number: UInt64) {
    if number == self.number { synced = max(synced, length) }
  }

  /// Removes the files that hold nothing behind an index, the oldest first.
  ///
  /// - Parameter durable: the `FileWriter.changes` that would survive a crash: a file goes only when the header of the
  ///   last one, with the hard state, is among them, and whatever replaced its own entries.
  mutating func removeFiles(through index: LogIndex, durable: UInt64, into files: inout FileWriter) {
    guard beginning <= durable else { return }
    while let oldest = closed.first, oldest.lastIndex <= index, oldest.replacement <= durable {
      files.remove(SegmentFile(number: oldest.number).name, bytes: oldest.bytes)
      closed.removeFirst()
    }
  }

  /// Closes the last file and begins the next one.
  ///
  /// - Parameter writer: is given its first bytes, to be written together with what follows.
  private mutating func begin(
    after base: LogIndex, startsOver: Bool, rules: any StorageRules.Type, to writer: inout ByteWriter,
    into files: inout FileWriter
  ) {
    if number > 0 {
      files.sync(fileName)
      closed.append(Closed(number: number, bytes: length, lastIndex: lastIndex))
    }
    number += 1
    length = 0
    synced = 0
    beginning = 0
    files.ask(.create(fileName))
    let header = SegmentHeader(
      identity: owner.identity, number: number, base: base, startsOver: startsOver, hardState: hardState,
      voters: owner.voters)
    writeRecord(rules: rules, to: &writer) { $0.write(payloadOf: header) }
  }

  private mutating func write(
    _ changed: Ready.EntriesToPersist, rules: any StorageRules.Type, to writer: inout ByteWriter
  ) {
    var rest = changed.entries[...]
    repeat {
      let fitting = WireLimits.prefixThatFits(rest)
      precondition(rest.isEmpty || fitting.count > 0, "a command is longer than \(WireLimits.maxCommandBytes) bytes")
      let start = LogIndex(changed.first.rawValue + UInt64(rest.startIndex))
      writeRecord(rules: rules, to: &writer) { $0.write(payloadOf: rest.prefix(fitting.count), first: start) }
      rest = rest.dropFirst(fitting.count)
    } while !rest.isEmpty
    lastIndex = LogIndex(changed.first.rawValue - 1 + UInt64(changed.entries.count))
  }

  /// Takes note that earlier files hold nothing from an index on that counts.
  private mutating func replace(from first: LogIndex, with change: UInt64) {
    guard let latest = closed.last, latest.lastIndex >= first else { return }
    // From the latest file on, for few reach far back.
    for place in closed.indices.reversed() {
      guard closed[place].lastIndex >= first else { break }
      closed[place].lastIndex = first.previous
      closed[place].replacement = change
    }
  }

  private mutating func writeRecord(
    rules: any StorageRules.Type, to writer: inout ByteWriter, payload write: (inout ByteWriter) -> Void
  ) {
    let place = rules.place(inFile: length, inLog: bytes)
    let (start, mark) = (writer.count, UInt64(synced))
    // Length and checksum are known when the payload stands behind them.
    writer.write(UInt64(0))
    writer.write(mark)
    write(&writer)
    let check = Self.checksum(of: mark, at: place, ofFile: number)
    writer.overwrite(UInt32(writer.count - start - LogLimits.frameBytes), at: start)
    writer.overwrite(writer.checksum(from: start + LogLimits.frameBytes, continuing: check), at: start + 4)
    length += writer.count - start
  }

  /// The checksum of a record that starts at `offset` in file `number`: of these two, of its mark, and of the payload,
  /// which stands in `range` of `bytes`.
  static func checksum(
    of bytes: [UInt8], in range: Range<Int>, mark: UInt64, at offset: Int, ofFile number: UInt64
  ) -> UInt32 {
    CRC32C.checksum(of: bytes, in: range, continuing: checksum(of: mark, at: offset, ofFile: number))
  }

  private static func checksum(of mark: UInt64, at offset: Int, ofFile number: UInt64) -> UInt32 {
    CRC32C.checksum(of: number, UInt64(truncatingIfNeeded: offset), mark)
  }
}
