import Determinism
import KeyValue
import Replica

/// Finds out at which index of the log each change of the clients took effect: where it was first applied, whichever
/// server was first.
struct EffectOrder: Sendable {
  /// A client's command, however often it is sent.
  private struct Change: Hashable, Sendable {
    let session: SessionID
    let sequence: SequenceNumber
  }

  /// The offset in the history of the call that a command comes from, until it is applied.
  private var calls = LookupTable<Change, Int>()

  /// Takes note of what a call asks for; only changes count.
  mutating func note(_ request: ClientRequest, ofCallAt call: Int) {
    guard case .write(_, let session) = request.body else { return }
    calls[Change(session: session, sequence: request.sequence)] = call
  }

  /// The offset of the call whose effect this is; `nil` if it is a retry, or another server has applied it before.
  mutating func takeCall(of change: AppliedChange) -> Int? {
    let key = Change(session: change.session, sequence: change.sequence)
    guard let call = calls[key] else { return nil }
    calls[key] = nil
    return call
  }
}

extension Simulation {
  /// Takes note of where the operations took effect that a server has applied in its last step.
  mutating func noteEffects(of node: NodeID) {
    for change in cluster.replicas[node.offset].appliedChanges {
      guard let call = effects.takeCall(of: change) else { continue }
      recorder.note(place: Int64(clamping: change.index.rawValue), ofCallAt: call)
    }
  }
}
