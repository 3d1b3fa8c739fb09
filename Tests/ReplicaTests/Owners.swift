import Determinism
import Raft

@testable import Replica

// Where it does not matter whose files they are, they are this server's.

extension FileOwner {
  static let test = FileOwner(NodeID(1), of: ClusterID(7), voters: .first(3))
}

extension Storage {
  init(_ configuration: StorageConfiguration = StorageConfiguration(), rules: any StorageRules.Type) {
    self.init(configuration, of: .test, rules: rules)
  }

  static func recover(
    _ images: [FileImage], freeBytes: Int = .max, configuration: StorageConfiguration = StorageConfiguration(),
    rules: any StorageRules.Type
  ) throws(StorageDamage) -> RecoveredState {
    try recover(images, of: .test, freeBytes: freeBytes, configuration: configuration, rules: rules)
  }
}

extension SnapshotCoding {
  static func encode(_ snapshot: Snapshot) -> [UInt8] { encode(snapshot, of: .test) }
  static func decode(_ bytes: [UInt8]) throws(SnapshotFlaw) -> Snapshot { try decode(bytes, of: .test) }
}
