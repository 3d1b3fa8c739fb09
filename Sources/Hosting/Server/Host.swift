import Determinism
import KeyValue
import Raft
import Replica
import System

/// What a server was told and what it asked for: the events of a live replica, as they can be replayed.
package typealias HostObserver = (ReplicaEvent, LocalInstant, WallInstant, [ReplicaCommand]) -> Void

/// A replica as a process: its network, its disk, its clocks and its clients. One thread owns it all and waits for
/// whatever happens next; each queue of the disk has a thread of its own.
package final class Host {
  package let settings: HostSettings
  package let identity: ServerIdentity
  let folder: DataFolder
  package private(set) var replica: Replica
  package var clock = HostClock()
  var peers: PeerNetwork
  var http: HTTPServer
  var faults: FaultSocket?
  let router: APIRouter
  var calls: ClientCalls
  let disks: [DiskQueue]
  let waker: Waker
  /// Lines for whoever runs the server.
  let log: (String) -> Void
  package var observer: HostObserver?
  /// By timer.
  private var deadlines: [LocalInstant?] = RaftTimer.allCases.map { _ in nil }
  private var commands: [ReplicaCommand] = []
  /// Whether it was told that the disk has too little room.
  private var lacksRoom = false
  /// For whom answers are to be brought to other servers: names that they have given, so that they can be taken back.
  private var strangers: [ClientID] = []
  /// Those who wait, by the tokens of their calls.
  var waiting: [(token: UInt64, client: WaitingClient)] = []
  var nextToken: UInt64 = 0
  /// What clients have done that is not looked at yet.
  var clientEvents: [HTTPServer.Event] = []
  /// Calls that are answered, by their tokens.
  var outcomes: [(token: UInt64, outcome: CallOutcome)] = []
  /// Why it has stopped.
  package private(set) var problem: HostProblem?
  package private(set) var isStopping = false
  private var stopBy: LocalInstant?
  package internal(set) var figures = HostFigures()

  /// What the replica keeps free on its disk.
  private static let reserveBytes = StorageConfiguration().reserveBytes
  /// The most names of other servers' clients that are remembered: as many as eight servers have requests under way.
  private static let maxStrangers = 8 * ClientCalls.maxOpen

  init(
    _ settings: HostSettings, _ identity: ServerIdentity, _ folder: DataFolder, replica: Replica, peers: PeerNetwork,
    http: HTTPServer, waker: Waker, log: @escaping (String) -> Void
  ) throws(SystemError) {
    (self.settings, self.identity, self.folder) = (settings, identity, folder)
    (self.replica, self.peers, self.http, self.waker, self.log) = (replica, peers, http, waker, log)
    router = APIRouter(ownHosts: HostAndPort("\(settings.address.http)").map { [$0] } ?? [])
    faults = settings.allowsFaults ? try FaultSocket(in: folder.root) : nil
    calls = ClientCalls(
      settings.id, readsLocally: settings.reads == .follower, electionTimeout: settings.electionTimeout.upperBound,
      heartbeat: settings.heartbeatInterval, patience: settings.patience)
    var disks: [DiskQueue] = []
    for lane in FileLane.allCases {
      disks.append(try DiskQueue(in: folder.files, reserves: lane == .log) { waker.wake() })
    }
    self.disks = disks
  }

  var id: NodeID { settings.id }

  // MARK: Stepping

  package func start() {
    replica.start(at: clock.local, into: &commands)
    carryOut()
  }

  /// Lets something happen to the replica. The clock is read only now: whatever happened may have waited.
  func step(_ event: ReplicaEvent) {
    guard problem == nil else { return }
    let (now, wall) = (clock.local, clock.wall)
    replica.handle(event, at: now, wall: wall, into: &commands)
    observer?(event, now, wall, commands)
    carryOut()
    noteRoom()
  }

  /// Tells once that the disk has less room than the reserve, and once that it has more again.
  private func noteRoom() {
    let (free, reserve) = (replica.freeBytes, Self.reserveBytes)
    guard lacksRoom ? free >= reserve * 2 : free < reserve else { return }
    lacksRoom.toggle()
    let room = "\(settings.data) has \(free >> 20) MiB of room left"
    log(
      lacksRoom
        ? "\(room): \(id) takes on no writes while it has less than \(reserve >> 20) MiB; make room on that disk"
        : "\(room): \(id) takes on writes again")
  }

  private func carryOut() {
    var hasFileCommands = [false, false]
    for command in commands {
      switch command {
      case .send(let message, let node): send(.message(message), to: node)
      case .answer(let reply, let client, _): answer(reply, to: client)
      case .file(let command, let lane):
        disks[Int(lane.rawValue)].ask(command)
        hasFileCommands[Int(lane.rawValue)] = true
      case .flush(let lane):
        disks[Int(lane.rawValue)].askForFlush()
        hasFileCommands[Int(lane.rawValue)] = true
      case .setTimer(let timer, let range): set(timer, within: range)
      case .stop(let reason): stop(for: reason)
      }
    }
    commands.removeAll(keepingCapacity: true)
    for (disk, isAsked) in zip(disks, hasFileCommands) where isAsked { disk.begin() }
  }

  private func set(_ timer: RaftTimer, within range: ClosedRange<Duration>) {
    let span = Int64.random(in: range.lowerBound.nanoseconds...range.upperBound.nanoseconds)
    deadlines[Int(timer.rawValue)] = clock.local + Duration(nanoseconds: span)
  }

  private func stop(for reason: ServerStopReason) {
    switch reason {
    case .selfCheck: problem = HostProblem(.safety, "\(id) has stopped: \(reason)")
    case .unreadableSnapshot: problem = HostProblem(.data, "\(id) has stopped: \(reason)")
    case .disk:
      folder.noteFailure()
      problem = HostProblem(.inputOutput, "\(id) has stopped: \(reason); start it again when the disk is well")
    }
  }

  // MARK: Other servers

  private func send(_ content: Frame.Content, to node: NodeID) {
    let address = FrameAddress(identity.cluster, from: id, to: node)
    peers.send(Wire.encode(Frame(content, address)), to: node)
  }

  private func answer(_ reply: ClientReply, to client: ClientID) {
    guard let server = ClientCalls.server(of: client) else { return }
    guard server != id else {
      return calls.receive(reply, for: client, from: id, leader: replica.raft.leader, at: clock.local)
    }
    strangers.removeAll { $0 == client }
    let address = FrameAddress(identity.cluster, from: .server(id), to: .client(client))
    peers.send(Wire.encode(Frame(.reply(reply), address)), to: server)
  }

  func take(_ event: PeerNetwork.Event) {
    switch event {
    case .frame(let bytes, let node): take(frame: bytes, from: node)
    case .unreachable(let node):
      calls.noteLoss(of: node, at: clock.local)
      step(.peerUnreachable(node))
    case .restarted(let node):
      calls.noteLoss(of: node, at: clock.local)
      for client in strangers where ClientCalls.server(of: client) == node { step(.clientDisconnected(client)) }
      strangers.removeAll { ClientCalls.server(of: $0) == node }
    case .learned: keepAddresses()
    case .remark(let text): log(text)
    }
  }

  func keepAddresses() {
    do throws(HostProblem) { try folder.keep(peers.book) } catch { log("\(error)") }
  }

  private func take(frame bytes: [UInt8], from node: NodeID) {
    switch Wire.way(of: bytes) {
    case .reply(let client)?:
      let opened = try? Wire.open(bytes, as: .client(client), of: identity.cluster, rules: settings.rules.wire)
      guard case .reply(let reply)? = opened?.content, opened?.address.sender == .server(node) else {
        return figures.droppedFrames += 1
      }
      calls.receive(reply, for: client, from: node, leader: replica.raft.leader, at: clock.local)
    case .request(let client)?:
      // A server asks for its own clients only.
      guard ClientCalls.server(of: client) == node else { return figures.droppedFrames += 1 }
      if !strangers.contains(client) {
        if strangers.count == Self.maxStrangers { step(.clientDisconnected(strangers.removeFirst())) }
        strangers.append(client)
      }
      step(.frame(bytes))
    case .message(let sender)?:
      guard sender == node else { return figures.droppedFrames += 1 }
      step(.frame(bytes))
    case nil: figures.droppedFrames += 1
    }
  }

  // MARK: Clients

  /// Does what the calls ask for, until they ask for nothing more.
  func workOnCalls() {
    while true {
      let effects = calls.takeEffects()
      guard !effects.isEmpty else { return }
      for effect in effects {
        switch effect {
        case .ask(let node, let request, let client):
          if node == id {
            step(.clientRequest(request, from: client))
          } else {
            let address = FrameAddress(identity.cluster, from: .client(client), to: .server(node))
            peers.send(Wire.encode(Frame(.request(request), address)), to: node)
          }
        case .forget(let client): step(.clientDisconnected(client))
        case .finish(let token, let outcome): outcomes.append((token, outcome))
        }
      }
    }
  }

  // MARK: Waiting

  /// When something must be done though nothing happens.
  var deadline: LocalInstant? {
    (deadlines.compactMap { $0 } + [peers.deadline, http.deadline, calls.deadline, stopBy].compactMap { $0 }).min()
  }

  /// Takes note of what the disk has done.
  func workOnDisks() {
    for lane in FileLane.allCases {
      if let outcome = disks[Int(lane.rawValue)].takeOutcome() { step(.flushed(lane, outcome)) }
    }
  }

  /// Lets the timers run out whose time has come.
  func workOnTimers() {
    for timer in RaftTimer.allCases {
      guard let deadline = deadlines[Int(timer.rawValue)], deadline <= clock.local else { continue }
      deadlines[Int(timer.rawValue)] = nil
      step(.timer(timer))
    }
    calls.tick(leader: replica.raft.leader, at: clock.local)
  }

  // MARK: Stopping

  /// Begins to stop: a leader hands its leadership on first, if somebody takes it, and clients have their answers.
  package func beginStop() {
    guard !isStopping else { return }
    isStopping = true
    http.isStopping = true
    stopBy = clock.local + settings.electionTimeout.upperBound
    if replica.status.role == .leader {
      calls.begin(.transfer(to: nil), token: .max, leader: id, at: clock.local)
      workOnCalls()
    }
  }

  /// Whether nothing more is waited for.
  var mayStop: Bool {
    guard isStopping else { return false }
    let isDone = waiting.isEmpty && (replica.status.role != .leader || replica.raft.members.voters.count <= 1)
    return isDone || stopBy.map { $0 <= clock.local } ?? true
  }

  /// Ends the threads and closes what is open. What has been asked of the disk is done.
  func close() {
    for disk in disks { disk.close() }
    peers.close()
    http.close()
    folder.close()
  }
}

/// What a server counts of itself.
package struct HostFigures: Hashable, Sendable {
  package var requests: UInt64 = 0
  package var answered: UInt64 = 0
  package var unknown: UInt64 = 0
  package var droppedFrames: UInt64 = 0
}
