import Determinism
import Histories
import Scenarios

extension SystemDescription {
  /// etcd, of version 3.4 or later, by the JSON gateway of its third interface.
  package static let etcd: SystemDescription = {
    var system = undisturbedEtcd
    // Some snapshots within half a minute.
    system.server += ["--snapshot-count", "5000"]
    return system
  }()

  /// etcd with the snapshots that it takes unless told otherwise.
  package static let undisturbedEtcd: SystemDescription = {
    var system = SystemDescription(
      name: "etcd",
      server: [
        "etcd", "--name", "{name}", "--data-dir", "{data}",
        "--listen-client-urls", "http://{address}", "--advertise-client-urls", "http://{address}",
        "--listen-peer-urls", "http://{address.peer}", "--initial-advertise-peer-urls", "http://{address.peer}",
        "--initial-cluster", "{peers}", "--initial-cluster-state", "new",
        "--initial-cluster-token", "raftcheck",
        "--heartbeat-interval", "100", "--election-timeout", "500",
        "--logger", "zap", "--log-level", "warn", "--log-outputs", "stderr",
      ],
      client: .etcd,
      faults: [
        .one, .halves, .majority, .minorityThird, .majoritiesRing, .bridge, .primaries, .oneWay, .loss,
        .kill, .killMajority, .powerLoss, .crashLoop, .pause, .transfer,
      ],
      operations: [.get, .put, .delete, .compareAndSet])
    system.ports = ["client", "peer"]
    system.peer = "{name}=http://{address.peer}"
    system.readiness = .answersReads
    system.links = .packets
    system.options = [
      Option(
        "reads", [EtcdClient.Reads.linearizable, .serializable].map(\.rawValue),
        "whether a server asks the others before it answers a read, or answers from what it has")
    ]
    return system
  }()
}
