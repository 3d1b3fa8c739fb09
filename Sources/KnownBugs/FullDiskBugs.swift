import Raft
import Replica

/// Takes a message for lost whose entries do not fit on the disk, whatever else it says.
enum DeafWhenFull: ReplicaRules {
  static func hears(_ kind: RaftMessage.Kind, hasRoom: Bool) -> Bool { hasRoom }
}
