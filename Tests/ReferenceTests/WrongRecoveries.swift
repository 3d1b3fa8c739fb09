import Determinism
import KnownBugs
import Raft
import Replica

extension FileOwner {
  /// The server whose files they are.
  static let test = FileOwner(NodeID(1), of: ClusterID(7), voters: .first(3))
}

extension RaftLog {
  /// As a server has it that recovers.
  init(_ found: RecoveredState) {
    self.init(
      found.entries, after: found.snapshot?.position ?? .zero, digest: found.snapshot?.logDigest ?? 0,
      members: found.snapshot?.members ?? LoggedMembers(beginningWith: FileOwner.test.voters))
  }
}

/// What somebody makes of a server's files.
struct Recovery: Sendable {
  var hardState: HardState
  var snapshot: LogPosition
  var entries: [Entry]
  var configurations: [LoggedMembers]

  init(_ found: RecoveredState) {
    (hardState, entries) = (found.hardState, found.entries)
    snapshot = found.snapshot?.position ?? .zero
    configurations = RaftLog(found).configurations
  }

  /// As a server does it.
  static func right(_ files: [FileImage]) -> Recovery? {
    (try? Storage.recover(files, of: .test, rules: PaperStorageRules.self)).map { Recovery($0) }
  }
}

/// Storages that write or recover by one wrong rule, and recoveries that are wrong otherwise.
enum WrongRecovery {
  /// The known bugs by which files say something else, and further ones.
  static let storages: [(name: String, rules: any StorageRules.Type)] =
    KnownBug.catalogue.filter {
      // That of a replaced disk is not about what files say.
      $0.rule.hasPrefix("StorageRules.") && $0.effects != [.progress] && $0.rule != "StorageRules.mayStart"
    }.map {
      ($0.name, $0.rules.storage)
    } + [
      ("takes any checksum for right", AnyChecksum.self)
    ]

  /// What a recovery by the right rules is turned into.
  static let recoveries: [(name: String, recover: @Sendable ([FileImage]) -> Recovery?)] = [
    ("forgets the vote", { right($0) { $0.hardState.votedFor = nil } }),
    ("forgets the term", { right($0) { $0.hardState.term = .zero } }),
    ("forgets how often it started", { right($0) { $0.hardState.starts = 0 } }),
    ("drops the last entry", { right($0) { if !$0.entries.isEmpty { $0.entries.removeLast() } } }),
    ("doubles the last entry", { right($0) { $0.entries += $0.entries.suffix(1) } }),
    (
      "forgets the latest configuration",
      { right($0) { if $0.configurations.count > 1 { $0.configurations.removeLast() } } }
    ),
    (
      "takes a snapshot's configuration for the first one",
      {
        right($0) { $0.configurations[0] = LoggedMembers(beginningWith: .first(3)) }
      }
    ),
    ("leaves out the first file", { Recovery.right(Array($0.sorted { $0.name < $1.name }.dropFirst())) }),
    ("reads no snapshot", { Recovery.right($0.filter { !$0.name.hasPrefix("snapshot-") }) }),
    (
      "reads the oldest snapshot",
      { files in
        let oldest = files.compactMap { SnapshotFile(name: $0.name)?.index }.min()
        return Recovery.right(
          files.filter { SnapshotFile(name: $0.name).map { $0.index == oldest } ?? true })
      }
    ),
  ]

  private static func right(_ files: [FileImage], _ spoil: (inout Recovery) -> Void) -> Recovery? {
    guard var found = Recovery.right(files) else { return nil }
    spoil(&found)
    return found
  }

  private enum AnyChecksum: StorageRules {
    static func isIntact(expected: UInt32, actual: UInt32, missingBytes: Int) -> Bool { missingBytes == 0 }
  }
}
