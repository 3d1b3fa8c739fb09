import Determinism
import KeyValue
import Raft
import Replica
import Scenarios

/// What an event is, in one line, said before it happens.
extension Simulation {
  func description(of event: SimulationEvent) -> String {
    if let node = event.recipient, isStandingStill(node) { return "\(node) stands still; what waits: \(plain(event))" }
    return plain(event)
  }

  private func plain(_ event: SimulationEvent) -> String {
    switch event {
    case .peerMessage(let bytes, let sender, let node, _):
      let isHeard = running.contains(node) && !network.isCut(from: sender, to: node)
      let verb = isHeard ? "receives" : running.contains(node) ? "does not hear" : "is down and does not hear"
      guard let message = try? Wire.decodeRaftMessage(bytes) else { return "\(node) \(verb) from \(sender): ?" }
      return "\(node) \(verb) from \(sender), term \(message.term): \(MessageText.of(message))"
    case .peerUnreachable(let peer, let node): return "\(node) hears that nobody listens at \(peer)"
    case .clientRequest(let bytes, let client, let node):
      let text = (try? Wire.decodeClientRequest(bytes)).map { MessageText.of($0.body) } ?? "?"
      return "\(node) is asked by c\(client.rawValue): \(text)"
    case .clientReply(let bytes, let node, let client):
      let text = (try? Wire.decodeClientReply(bytes)).map { MessageText.of($0.body) } ?? "?"
      return "c\(client.rawValue) is answered by \(node): \(text)"
    case .connectionRefused(let node, let client, _): return "c\(client.rawValue) hears that nobody listens at \(node)"
    case .timer(let timer, let node): return "\(node)'s \(timer) timer runs out"
    case .synced(let node, let incarnation):
      guard hosts[node.offset].incarnation == incarnation else { return "a sync ends that \(node)'s crash has ended" }
      let name = hosts[node.offset].disk.fileInSync ?? ""
      let outcome = hosts[node.offset].disk.failsSyncs ? "fails to sync" : "has synced"
      return "\(node)'s disk \(outcome) \(name.isEmpty ? "the names of its files" : name)"
    case .clientTimer(let client): return "c\(clients[client].id.rawValue) \(clientsTime(client))"
    case .faultBegins(let position, let subject):
      return "fault \(scenario.faults[position].id) begins" + (subject.map { ", because of \($0)" } ?? "")
    case .faultGoesOn(let position): return "fault \(scenario.faults[position].id) goes on"
    case .faultEnds(let position): return "fault \(scenario.faults[position].id) ends"
    case .snapshotRequested(let node): return "\(node) is asked for a snapshot"
    case .roomChanged(let node): return "\(node)'s disk has room again"
    case .stormEnds: return "the storm ends"
    case .calmLook: return "the calm is looked at"
    }
  }

  private func clientsTime(_ client: Int) -> String {
    switch clients[client].waiting {
    case .turn: "begins its next operation"
    case .answer: "waits no longer for \(clients[client].attempts.target)'s answer"
    case .retry: "asks once more"
    case .nothing: "waits for nothing"
    }
  }
}
