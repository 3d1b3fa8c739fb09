/// What etcd holds: every key with the revision of its last change.
struct EtcdState: Hashable, Sendable {
  struct Entry: Hashable, Sendable {
    /// By number; −1 if the key is absent.
    var value: Int32 = -1
    var revision: Int64 = 0
    var version: Int64 = 0
    var lease: Int64 = 0
  }

  /// What a call changed, so that it can be taken back.
  enum Change: Sendable {
    case entry(rank: Int, Entry)
    case revoked(lease: Int64)
    case revision(isKept: Bool)
  }

  /// An empty store is at revision 1.
  private(set) var revision: Int64 = 1
  /// By rank of the key.
  private(set) var entries: [Entry]
  /// The leases that were revoked, the least first: nothing is put under them any more.
  private var revoked: [Int64] = []
  /// The entries as they were at those revisions that somebody asks for and that are over.
  private(set) var past: [[Entry]] = []

  init(keyCount: Int) { entries = Array(repeating: Entry(), count: keyCount) }

  /// The memory that it takes, in bytes, about.
  var bytes: Int { MemoryLayout<Entry>.stride * entries.count * (1 + past.count) + 8 * revoked.count }

  /// Begins the next revision.
  ///
  /// - Parameter isAskedFor: whether somebody asks for what is held until now.
  mutating func beginRevision(isAskedFor: Bool, _ changes: inout [Change]) {
    if isAskedFor { past.append(entries) }
    revision += 1
    changes.append(.revision(isKept: isAskedFor))
  }

  mutating func set(_ rank: Int, to entry: Entry, _ changes: inout [Change]) {
    changes.append(.entry(rank: rank, entries[rank]))
    entries[rank] = entry
  }

  mutating func revoke(_ lease: Int64, _ changes: inout [Change]) {
    guard !isRevoked(lease) else { return }
    revoked.insert(lease, at: revoked.partitionPoint { $0 >= lease })
    changes.append(.revoked(lease: lease))
  }

  func isRevoked(_ lease: Int64) -> Bool {
    let place = revoked.partitionPoint { $0 >= lease }
    return place < revoked.count && revoked[place] == lease
  }

  /// Takes back all changes but the first few.
  mutating func undo(_ changes: inout [Change], to mark: Int) {
    while changes.count > mark {
      switch changes.removeLast() {
      case .entry(let rank, let entry): entries[rank] = entry
      case .revoked(let lease): revoked.remove(at: revoked.partitionPoint { $0 >= lease })
      case .revision(let isKept):
        revision -= 1
        if isKept { past.removeLast() }
      }
    }
  }
}
