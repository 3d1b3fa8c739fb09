import Determinism
import Raft
import Replica
import Traces

/// What an event is, in one line.
package enum EventText {
  /// The event without what it did.
  package static func of(_ event: TracedEvent) -> String { of(event.kind, at: event) }

  private static func of(_ kind: TracedEvent.Kind, at event: TracedEvent) -> String {
    let node = event.node.map(\.description) ?? "nobody"
    return switch kind {
    case .earlier(let count):
      "\(Words.count(count, "event")) of the run came before this, and \(count == 1 ? "is" : "are") not told one by one"
    case .message(let message): "\(node) \(reception(of: message, in: event)): \(message.text)"
    case .unreachable(let peer): "\(node)'s connection to \(peer) is refused"
    case .clientRequest(let request, let caller):
      "\(node) is asked by c\(caller.process)\(caller.flaw.map { " \($0.remark)" } ?? ""): "
        + MessageText.of(request.body)
    case .clientReply(let reply, let caller, let server):
      "c\(caller.process) is answered by \(server): \(MessageText.of(reply.body))"
    case .connectionRefused(let server, let caller): "c\(caller.process)'s connection to \(server) is refused"
    case .electionTimer: "\(node)'s election timer runs out"
    case .heartbeatTimer: "\(node)'s heartbeat timer runs out"
    case .diskSync(let file, let fails): "\(node)'s disk \(predicate(ofSyncOf: file, fails: fails))"
    case .abandonedSync: "a sync would have ended, had \(node) not crashed"
    case .clientTimer(let caller, let wait): "c\(caller.process) \(predicate(of: wait))"
    case .faultBegins(let id, let subject): "fault \(id) begins" + (subject.map { ", because of \($0)" } ?? "")
    case .faultGoesOn(let id): "fault \(id) goes on"
    case .faultEnds(let id): "fault \(id) ends"
    case .operatorRequest(let request, _): "\(node) is asked by an operator: \(MessageText.of(request))"
    case .operatorReply(let reply, _, let server): "an operator is answered by \(server): \(MessageText.of(reply))"
    case .operatorTimer: "an operator asks once more"
    case .stormEnds: "faults end"
    case .calmLook: "the observer looks whether the cluster has settled"
    case .snapshotRequest: "\(node) is asked for a snapshot"
    case .diskRoom: "\(node)'s disk has room again"
    case .held(let waiting): "\(node) stands still; what waits: \(of(waiting, at: event))"
    }
  }

  /// Whether a message is heard where it arrives.
  private static func reception(of message: TracedMessage, in event: TracedEvent) -> String {
    let isLost = event.effects.contains { $0.what == .lost(message) }
    let isHeld = if case .held = event.kind { true } else { false }
    let sender = "\(message.key.sender), term \(message.content.term)"
    guard let flaw = message.flaw else {
      return "\(isLost && !isHeld ? "does not hear" : "receives from") \(sender)"
    }
    // The cut link or the server that is down drops it before anybody looks.
    let verb = isLost && !isHeld ? event.states.isEmpty ? "does not hear" : "drops" : "receives"
    return "\(verb) a frame of \(sender) \(flaw.remark)"
  }

  /// What is said of a disk: `has synced log-1`, `fails to sync log-1`.
  static func predicate(ofSyncOf file: String, fails: Bool) -> String {
    "\(fails ? "fails to sync" : "has synced") \(file.isEmpty ? "the names of its files" : file)"
  }

  private static func predicate(of wait: ClientWait) -> String {
    switch wait {
    case .turn: "begins its next operation"
    case .answer(let server): "waits no longer for \(server)'s answer"
    case .retry: "asks once more"
    case .nothing: "waits for nothing"
    }
  }
}

extension FrameFlaw {
  /// In brackets.
  var remark: String { "(\(words))" }

  private var words: String {
    switch self {
    case .damaged: "damaged on its way"
    case .ofAnotherCluster: "of another cluster"
    case .forAnother(let node): "meant for \(node)"
    }
  }
}

extension TracedEvent {
  /// Whether a sync of a disk ends in it.
  var endsSync: Bool { if case .diskSync = kind { true } else { false } }

  /// Whether that has kept nothing.
  var failsToSync: Bool { if case .diskSync(_, let fails) = kind { fails } else { false } }

  /// What is said of the disk then; `nil` if no sync ends in it.
  var syncPredicate: String? {
    guard case .diskSync(let file, let fails) = kind else { return nil }
    return EventText.predicate(ofSyncOf: file, fails: fails)
  }
}
