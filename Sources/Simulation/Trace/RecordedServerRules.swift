import Determinism
import KeyValue
import Raft
import Replica
import Traces

/// `SessionRules` that are recorded.
enum RecordedSessionRules<Rules: SessionRules>: SessionRules {
  /// Asks the rules in force and the published ones the same.
  private static func record<Value: Hashable & Sendable>(
    _ rule: RuleDecision.Rule, _ ask: (any SessionRules.Type) -> Value,
    _ question: (RuleDecision.Answers<Value>) -> RuleDecision.Question
  ) -> Value {
    DecisionLog.answer(rule, ask(Rules.self), ask(PaperSessionRules.self), question)
  }

  static func disposition(of sequence: SequenceNumber, last: SequenceNumber?, isOpen: Bool) -> SessionDisposition {
    record(.disposition, { $0.disposition(of: sequence, last: last, isOpen: isOpen) }) {
      .disposition(sequence: sequence, last: last, isOpen: isOpen, $0)
    }
  }

  static func hasExpired(lastUsed: WallInstant, logTime: WallInstant, clock: WallInstant, lifetime: Duration) -> Bool {
    record(.hasExpired, { $0.hasExpired(lastUsed: lastUsed, logTime: logTime, clock: clock, lifetime: lifetime) }) {
      .hasExpired(lastUsed: lastUsed, logTime: logTime, clock: clock, lifetime: lifetime, $0)
    }
  }

  static func logTime(after current: WallInstant, stamp: WallInstant) -> WallInstant {
    record(.logTime, { $0.logTime(after: current, stamp: stamp) }) {
      .logTime(current: current, stamp: stamp, $0)
    }
  }

  static func sessionsForSnapshot(_ sessions: SessionTable) -> SessionTable {
    _ = record(.sessionsForSnapshot, { Array($0.sessionsForSnapshot(sessions).keys) }) { .sessionsForSnapshot($0) }
    return Rules.sessionsForSnapshot(sessions)
  }

  static func effect(of operation: KeyValueOperation, on value: [UInt8]?, isLeader: Bool) -> KeyValueOperation.Effect {
    record(.effect, { $0.effect(of: operation, on: value, isLeader: isLeader) }) {
      .effect(operation: operation, value: value, isLeader: isLeader, $0)
    }
  }

  static func value(inSnapshot: [UInt8]?, held: [UInt8]) -> [UInt8]? {
    record(.valueInSnapshot, { $0.value(inSnapshot: inSnapshot, held: held) }) {
      .valueInSnapshot(inSnapshot: inSnapshot, held: held, $0)
    }
  }
}

/// `StorageRules` that are recorded.
enum RecordedStorageRules<Rules: StorageRules>: StorageRules {
  /// Asks the rules in force and the published ones the same.
  private static func record<Value: Hashable & Sendable>(
    _ rule: RuleDecision.Rule, _ ask: (any StorageRules.Type) -> Value,
    _ question: (RuleDecision.Answers<Value>) -> RuleDecision.Question
  ) -> Value {
    DecisionLog.answer(rule, ask(Rules.self), ask(PaperStorageRules.self), question)
  }

  static func mayStart(onReplacedDisk: Bool) -> Bool {
    record(.mayStart, { $0.mayStart(onReplacedDisk: onReplacedDisk) }) {
      .mayStart(onReplacedDisk: onReplacedDisk, $0)
    }
  }

  static func isIntact(expected: UInt32, actual: UInt32, missingBytes: Int) -> Bool {
    record(.isIntact, { $0.isIntact(expected: expected, actual: actual, missingBytes: missingBytes) }) {
      .isIntact(expected: expected, actual: actual, missingBytes: missingBytes, $0)
    }
  }

  static func isTorn(at offset: Int, mark: Int, laterRecord: Int?) -> Bool {
    record(.isTorn, { $0.isTorn(at: offset, mark: mark, laterRecord: laterRecord) }) {
      .isTorn(offset: offset, mark: mark, laterRecord: laterRecord, $0)
    }
  }

  static func durableLength(ofRecovered length: Int, mark: Int) -> Int {
    record(.durableLength, { $0.durableLength(ofRecovered: length, mark: mark) }) {
      .durableLength(length: length, mark: mark, $0)
    }
  }

  static func place(inFile: Int, inLog: Int) -> Int {
    record(.place, { $0.place(inFile: inFile, inLog: inLog) }) {
      .place(inFile: inFile, inLog: inLog, $0)
    }
  }

  static func disposable(durable: LogIndex, written: LogIndex, compacted: LogIndex) -> LogIndex {
    record(.disposable, { $0.disposable(durable: durable, written: written, compacted: compacted) }) {
      .disposable(durable: durable, written: written, compacted: compacted, $0)
    }
  }

  static func lane(ofSnapshot file: SnapshotFile) -> FileLane {
    record(.lane, { $0.lane(ofSnapshot: file) }) { .lane(ofSnapshot: file, $0) }
  }

  static func fileToWrite(_ name: String, current: String?) -> String {
    record(.fileToWrite, { $0.fileToWrite(name, current: current) }) {
      .fileToWrite(name: name, current: current, $0)
    }
  }

  static func isNewer(_ one: SnapshotFile, than other: SnapshotFile) -> Bool {
    record(.isNewer, { $0.isNewer(one, than: other) }) {
      .isNewer(one: one, other: other, $0)
    }
  }

  static func outcome(of reported: FlushOutcome) -> FlushOutcome {
    record(.outcome, { $0.outcome(of: reported) }) {
      .outcome(reported: reported, $0)
    }
  }

  static func hasRoom(for bytes: Int, freeBytes: Int, reserveBytes: Int) -> Bool {
    record(.hasRoom, { $0.hasRoom(for: bytes, freeBytes: freeBytes, reserveBytes: reserveBytes) }) {
      .hasRoom(bytes: bytes, freeBytes: freeBytes, reserveBytes: reserveBytes, $0)
    }
  }
}

/// `ServerRules` that are recorded.
enum RecordedServerRules<Rules: ServerRules>: ServerRules {
  /// Asks the rules in force and the published ones the same.
  private static func record<Value: Hashable & Sendable>(
    _ rule: RuleDecision.Rule, _ ask: (any ServerRules.Type) -> Value,
    _ question: (RuleDecision.Answers<Value>) -> RuleDecision.Question
  ) -> Value {
    DecisionLog.answer(rule, ask(Rules.self), ask(PaperServerRules.self), question)
  }

  static func readPath(role: Role, mode: ReadMode) -> ReadPath {
    record(.readPath, { $0.readPath(role: role, mode: mode) }) {
      .readPath(role: role, mode: mode, $0)
    }
  }

  static func mayAnswer(_ index: LogIndex, appliedIndex: LogIndex, lastIndex: LogIndex) -> Bool {
    record(.mayAnswer, { $0.mayAnswer(index, appliedIndex: appliedIndex, lastIndex: lastIndex) }) {
      .mayAnswer(index: index, appliedIndex: appliedIndex, lastIndex: lastIndex, $0)
    }
  }

  static func fate(of write: LogPosition, applied: LogPosition?, role: Role) -> WriteFate {
    record(.fate, { $0.fate(of: write, applied: applied, role: role) }) {
      .fate(write: write, applied: applied, role: role, $0)
    }
  }
}

/// `ReplicaRules` that are recorded.
enum RecordedReplicaRules<Rules: ReplicaRules>: ReplicaRules {
  /// Asks the rules in force and the published ones the same.
  private static func record<Value: Hashable & Sendable>(
    _ rule: RuleDecision.Rule, _ ask: (any ReplicaRules.Type) -> Value,
    _ question: (RuleDecision.Answers<Value>) -> RuleDecision.Question
  ) -> Value {
    DecisionLog.answer(rule, ask(Rules.self), ask(PaperReplicaRules.self), question)
  }

  static func snapshotIndex(applied: LogIndex, due: LogIndex) -> LogIndex {
    record(.snapshotIndex, { $0.snapshotIndex(applied: applied, due: due) }) {
      .snapshotIndex(applied: applied, due: due, $0)
    }
  }

  static func appliedIndex(restoring snapshot: LogIndex, logBase: LogIndex) -> LogIndex {
    record(.appliedIndexRestored, { $0.appliedIndex(restoring: snapshot, logBase: logBase) }) {
      .appliedIndexRestored(snapshot: snapshot, logBase: logBase, $0)
    }
  }

  static func wantsSnapshot(
    entries: Int, bytes: Int, thresholds: SnapshotThresholds, lacksRoom: Bool, logBytes: Int, stateBytes: Int
  ) -> Bool {
    record(
      .wantsSnapshot,
      {
        $0.wantsSnapshot(
          entries: entries, bytes: bytes, thresholds: thresholds, lacksRoom: lacksRoom, logBytes: logBytes,
          stateBytes: stateBytes)
      }
    ) {
      .wantsSnapshot(
        entries: entries, bytes: bytes, thresholds: thresholds, lacksRoom: lacksRoom, logBytes: logBytes,
        stateBytes: stateBytes, $0)
    }
  }

  static func hears(_ kind: RaftMessage.Kind, hasRoom: Bool) -> Bool {
    record(.hears, { $0.hears(kind, hasRoom: hasRoom) }) {
      .hears(kind: kind, hasRoom: hasRoom, $0)
    }
  }
}
