import Determinism
import KeyValue
import Raft
import Replica
import System

/// A client that waits for an answer.
struct WaitingClient {
  let connection: UInt64
  let request: APIRequest
}

/// What clients ask, and what they are answered.
extension Host {
  /// Looks at what clients have done, also behind an answer: requests may come one behind the other.
  func workOnClients() {
    while !clientEvents.isEmpty {
      for event in clientEvents.take() { take(event) }
    }
  }

  private func take(_ event: HTTPServer.Event) {
    switch event {
    case .request(let request, let connection):
      figures.requests += 1
      do throws(HTTPRefusal) {
        carryOut(try router.request(for: request), for: connection)
      } catch {
        respond(error.response(to: request), to: connection)
      }
    case .ended(let connection):
      // What it has asked goes on, for it may have been taken up; nobody is told.
      waiting.removeAll { $0.client.connection == connection }
    }
  }

  private func respond(_ response: HTTPResponse, to connection: UInt64) {
    figures.answered += 1
    http.answer(connection, response, at: clock.local, into: &clientEvents)
  }

  private func answer(_ answer: APIAnswer, to client: WaitingClient) {
    respond(answer.response(to: client.request), to: client.connection)
  }

  private func carryOut(_ request: APIRequest, for connection: UInt64) {
    let client = WaitingClient(connection: connection, request: request)
    if request.redirects, request.needsLeader, replica.status.role != .leader, let leader = leaderAddress {
      return answer(.notLeader(http: leader), to: client)
    }
    switch request.action {
    case .read(let key, isStale: true): answer(.reply(.value(replica.stateMachine.value(of: key))), to: client)
    case .read(let key, isStale: false): call(.read(key: key), for: client)
    case .write(let operation):
      if let session = request.session {
        call(.writeInSession(operation, session.session, session.sequence), for: client)
      } else {
        call(.write(operation), for: client)
      }
    case .openSession: call(.openSession, for: client)
    case .changeMembers(let change, let added):
      for server in added { note(server) }
      if !added.isEmpty { keepAddresses() }
      self.change(change, for: client)
    case .join(let node, _): change(MemberChange(voters: NodeSet([node])), for: client)
    case .leave(let node): call(.change(MemberChange(removed: NodeSet([node]))), for: client)
    case .transfer(let target): call(.transfer(to: target), for: client)
    case .snapshot:
      step(.snapshotRequested)
      answer(.snapshot(replica.status.snapshotIndex), to: client)
    case .show(.metrics): answer(.metrics(metrics), to: client)
    case .show: answer(.facts(facts), to: client)
    }
  }

  /// Takes note of where a server that is added can be reached; it may say otherwise itself.
  private func note(_ server: NamedServer) {
    guard let peer = server.addresses.peer.flatMap({ SocketAddress("\($0)") }),
      let http = SocketAddress("\(server.addresses.http)")
    else { return }
    peers.note(AddressBook.Entry(server.id, at: ServerAddress(peer: peer, http: http), start: 0))
  }

  /// Asks for other members, if it is known where all of them are.
  private func change(_ change: MemberChange, for client: WaitingClient) {
    let strangers = change.voters.union(change.learners).subtracting(replica.raft.members.all)
    guard let stranger = strangers.first(where: { $0 != id && peers.book[$0] == nil }) else {
      return call(.change(change), for: client)
    }
    let refusal = HTTPRefusal(
      .conflict,
      "no address is known of \(stranger); start it with --join first, or name its \"peer\" and \"http\" addresses")
    answer(.refusal(refusal), to: client)
  }

  private func call(_ action: CallAction, for client: WaitingClient) {
    nextToken += 1
    waiting.append((nextToken, client))
    calls.begin(action, token: nextToken, leader: replica.raft.leader, at: clock.local)
  }

  /// Answers those whose calls have come to their end.
  func answerFinished() {
    while !outcomes.isEmpty {
      for (token, outcome) in outcomes.take() {
        guard let place = waiting.firstIndex(where: { $0.token == token }) else { continue }
        answer(answer(for: outcome), to: waiting.remove(at: place).client)
      }
      workOnClients()
      workOnCalls()
    }
  }

  private func answer(for outcome: CallOutcome) -> APIAnswer {
    switch outcome {
    case .answered(let body): return .reply(body)
    case .noLeader: return .notLeader(http: leaderAddress)
    case .tooMany:
      return .refusal(
        HTTPRefusal(.serviceUnavailable, "\(ClientCalls.maxOpen) requests are under way at this server; try again"))
    case .unknown:
      figures.unknown += 1
      return .reply(.unknown)
    }
  }

  private var leaderAddress: HostAndPort? {
    replica.raft.leader.flatMap { peers.book[$0] }.flatMap { HostAndPort("\($0.http)") }
  }

  // MARK: What it tells

  private var facts: ServerFacts {
    let status = replica.status
    return ServerFacts(
      id: id, cluster: identity.cluster, role: status.role, term: status.term, commitIndex: status.commitIndex,
      appliedIndex: status.appliedIndex, lastIndex: status.lastIndex, snapshotIndex: status.snapshotIndex,
      leader: replica.raft.leader, members: replica.raft.members,
      servers: peers.book.entries.compactMap { entry in
        HostAndPort("\(entry.address.http)").map {
          NamedServer(entry.node, ServerAddresses(peer: HostAndPort("\(entry.address.peer)"), http: $0))
        }
      })
  }

  private var metrics: Metrics {
    let status = replica.status
    var metrics = Metrics()
    metrics.append(.gauge, "raftkv_term", help: "Term of this server.", status.term.rawValue)
    metrics.append(
      .gauge, "raftkv_is_leader", help: "1 while this server leads, 0 otherwise.", status.role == .leader ? 1 : 0)
    metrics.append(.gauge, "raftkv_commit_index", help: "Last committed entry known here.", status.commitIndex.rawValue)
    metrics.append(.gauge, "raftkv_applied_index", help: "Last applied entry.", status.appliedIndex.rawValue)
    metrics.append(.gauge, "raftkv_last_index", help: "Last entry of the log.", status.lastIndex.rawValue)
    metrics.append(.gauge, "raftkv_snapshot_index", help: "Last entry of the snapshot.", status.snapshotIndex.rawValue)
    metrics.append(.gauge, "raftkv_free_bytes", help: "Room left on the disk in bytes.", folder.root.freeBytes)
    metrics.append(.gauge, "raftkv_connections", help: "Open connections of clients.", http.openCount)
    metrics.append(.gauge, "raftkv_requests_open", help: "Requests under way.", calls.openCount)
    metrics.append(.counter, "raftkv_requests_total", help: "Requests that were read.", figures.requests)
    metrics.append(.counter, "raftkv_answers_total", help: "Requests that were answered.", figures.answered)
    metrics.append(
      .counter, "raftkv_unknown_total", help: "Requests of which it is not known whether they were carried out.",
      figures.unknown)
    metrics.append(
      .counter, "raftkv_dropped_frames_total", help: "Frames of other servers that were not theirs to send.",
      figures.droppedFrames)
    return metrics
  }
}

extension Array {
  /// All of it, which is gone from here then.
  fileprivate mutating func take() -> [Element] {
    defer { removeAll(keepingCapacity: true) }
    return self
  }
}
