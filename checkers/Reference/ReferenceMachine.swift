import Determinism
import KeyValue

/// What the committed log comes to: the store and its sessions, written a second time by "What a command does" in
/// Sources/ARCHITECTURE.md.
///
/// It shares with the store the values that a command decodes into, and nothing that decides: servers are held against it.
package struct ReferenceMachine: Sendable {
  /// Bytes in a key; 1 KiB.
  package static let maxKeyBytes = 1_024
  /// Bytes in a value; 64 KiB.
  package static let maxValueBytes = 65_536
  /// Bytes of all keys and values, each of them after a length of four bytes; 128 MiB.
  package static let maxStoreBytes = 134_217_728

  /// A key that has had a value, and the value that it has now.
  package struct Cell: Sendable {
    package let key: [UInt8]
    package fileprivate(set) var value: [UInt8]?
    /// Of key and value; 0 without a value.
    fileprivate var digest: UInt64 = 0
  }

  /// What is remembered of a client.
  package struct OpenSession: Sendable {
    package let name: SessionID
    /// Log time at its last command, or at its opening.
    package fileprivate(set) var lastUsed: WallInstant
    /// Its last change that was carried out, and what that answered.
    package fileprivate(set) var last: (sequence: SequenceNumber, result: KeyValueResult)?
    fileprivate var digest: UInt64 = 0
  }

  /// Every key that ever had a value, in the order in which they came.
  package private(set) var cells: [Cell] = []
  private var places = LookupTable<[UInt8], Int>()
  /// How many keys have a value.
  package private(set) var keyCount = 0
  /// The bytes of all keys and values, each of them after a length of four bytes.
  package private(set) var storeBytes = 0
  /// In increasing order of their names.
  package private(set) var sessions: [OpenSession] = []
  /// The greatest stamp so far.
  package private(set) var logTime = WallInstant(nanoseconds: 0)
  private var cellSum: UInt64 = 0
  private var sessionSum: UInt64 = 0

  private let sessionLifetime: Duration
  private let maxSessions: Int
  private let maxStoreBytes: Int
  private let appliesRetries: Bool

  /// The empty store.
  ///
  /// - Parameters:
  ///   - sessionLifetime: a session ends when more log time than this has passed since its last command.
  ///   - maxSessions: how many may be open at a time.
  ///   - appliesRetries: whether it carries out a session's command as often as the log holds it. No right server does.
  package init(
    sessionLifetime: Duration, maxSessions: Int, appliesRetries: Bool = false, maxStoreBytes: Int = Self.maxStoreBytes
  ) {
    self.sessionLifetime = sessionLifetime
    self.maxSessions = maxSessions
    self.appliesRetries = appliesRetries
    self.maxStoreBytes = maxStoreBytes
  }

  /// The value of a key; `nil` if it has none.
  package func value(of key: [UInt8]) -> [UInt8]? { places[key].flatMap { cells[$0].value } }

  /// Applies the command that the log holds at an index.
  package mutating func apply(_ command: Command, at index: UInt64) {
    logTime = max(logTime, command.stamp)
    switch command.body {
    case .openSession: open(SessionID(index))
    case .change(let operation, let session, let sequence): change(operation, in: session, sequence)
    }
  }

  /// Tells states apart, by "What a command does" in Sources/ARCHITECTURE.md.
  package var digest: UInt64 {
    var digest = StableDigest(start: UInt64(keyCount))
    digest.combine(cellSum)
    digest.combine(UInt64(storeBytes))
    digest.combine(UInt64(sessions.count))
    digest.combine(sessionSum)
    digest.combine(UInt64(logTime.nanoseconds))
    return digest.value
  }
}

// MARK: - Sessions

extension ReferenceMachine {
  private func hasExpired(_ session: OpenSession) -> Bool { logTime - session.lastUsed > sessionLifetime }

  private mutating func open(_ name: SessionID) {
    for place in sessions.indices.reversed() where hasExpired(sessions[place]) { forget(place) }
    // Of those that were used least recently the first in the list has the lowest name.
    while sessions.count >= maxSessions,
      let oldest = sessions.indices.min(by: { sessions[$0].lastUsed < sessions[$1].lastUsed })
    {
      forget(oldest)
    }
    sessions.append(OpenSession(name: name, lastUsed: logTime))
    noteChange(ofSession: sessions.count - 1)
  }

  private mutating func change(_ operation: KeyValueOperation, in name: SessionID, _ sequence: SequenceNumber) {
    let place = sessions.partitioningIndex { $0.name >= name }
    guard place < sessions.count, sessions[place].name == name else { return }
    guard !hasExpired(sessions[place]) else { return forget(place) }
    sessions[place].lastUsed = logTime
    let isNew = sessions[place].last.map { sequence > $0.sequence } ?? true
    if isNew || appliesRetries { sessions[place].last = (sequence, carryOut(operation)) }
    noteChange(ofSession: place)
  }

  private mutating func forget(_ place: Int) {
    sessionSum &-= sessions[place].digest
    sessions.remove(at: place)
  }

  private mutating func noteChange(ofSession place: Int) {
    let digest = Self.digest(of: sessions[place])
    sessionSum = sessionSum &- sessions[place].digest &+ digest
    sessions[place].digest = digest
  }

  private static func digest(of session: OpenSession) -> UInt64 {
    var digest = StableDigest(start: 2)
    digest.combine(session.name.rawValue)
    digest.combine(UInt64(session.lastUsed.nanoseconds))
    guard let last = session.last else { return digest.value }
    digest.combine(last.sequence.rawValue)
    switch last.result {
    case .done: digest.combine(1)
    case .swapped: digest.combine(2)
    case .mismatch(seen: nil): digest.combine(3)
    case .mismatch(seen: let value?):
      digest.combine(4)
      digest.combine(value)
    case .refused: digest.combine(5)
    }
    return digest.value
  }
}

// MARK: - The store

extension ReferenceMachine {
  private mutating func carryOut(_ operation: KeyValueOperation) -> KeyValueResult {
    switch operation {
    case .put(let key, let value):
      return write(value, to: key) ? .done : .refused
    case .append(let key, let suffix):
      return write((value(of: key) ?? []) + suffix, to: key) ? .done : .refused
    case .delete(let key):
      guard key.count <= Self.maxKeyBytes else { return .refused }
      if let place = places[key] { setValue(nil, at: place) }
      return .done
    case .compareAndSet(let key, let expected, let new):
      let longest = max(expected?.count ?? 0, new.count)
      guard key.count <= Self.maxKeyBytes, longest <= Self.maxValueBytes else { return .refused }
      let seen = value(of: key)
      guard seen == expected else { return .mismatch(seen: seen) }
      return write(new, to: key) ? .swapped : .refused
    }
  }

  /// Gives a key a value, if that is within the limits. What makes the store smaller always is within that of the store.
  private mutating func write(_ value: [UInt8], to key: [UInt8]) -> Bool {
    guard key.count <= Self.maxKeyBytes, value.count <= Self.maxValueBytes else { return false }
    let place = places[key]
    let freed = place.map { Self.bytes(of: cells[$0]) } ?? 0
    let after = storeBytes - freed + 4 + key.count + 4 + value.count
    guard after <= maxStoreBytes || after <= storeBytes else { return false }
    if place == nil {
      places[key] = cells.count
      cells.append(Cell(key: key))
    }
    setValue(value, at: place ?? cells.count - 1)
    return true
  }

  private mutating func setValue(_ value: [UInt8]?, at place: Int) {
    let before = cells[place]
    cells[place].value = value
    cells[place].digest = Self.digest(of: cells[place])
    keyCount += (value == nil ? 0 : 1) - (before.value == nil ? 0 : 1)
    storeBytes += Self.bytes(of: cells[place]) - Self.bytes(of: before)
    cellSum = cellSum &- before.digest &+ cells[place].digest
  }

  private static func bytes(of cell: Cell) -> Int { cell.value.map { 4 + cell.key.count + 4 + $0.count } ?? 0 }

  private static func digest(of cell: Cell) -> UInt64 {
    guard let value = cell.value else { return 0 }
    var digest = StableDigest(start: 1)
    digest.combine(cell.key)
    digest.combine(value)
    return digest.value
  }
}
