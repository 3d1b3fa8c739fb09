import Determinism
import Histories
import Hosting
import KeyValue

/// A client of raftkv's own interface that makes no sessions: the server that it asks does.
package final class RaftkvClient: SystemClient {
  private var network = ConnectedNetwork()

  package init() {}

  package func attempt(
    _ action: Action, on key: [UInt8], at server: LiveServer, within patience: Duration
  ) -> Attempt {
    guard let request = Self.request(action, on: key) else { return Attempt(.fail, "raftkv does not delete so") }
    guard let host = HostAndPort("\(server.address)") else { return Attempt(.fail, "\(server.address) is no address") }
    do throws(HTTPConnection.Failure) {
      let response = try network.exchange(request.http(to: host), with: server.address, within: patience)
      return Self.attempt(AnswerMeaning(of: response, to: request, from: "\(server.node)"), action)
    } catch {
      return switch error {
      case .notSent(let reason): Attempt(.fail, reason)
      case .noAnswer(let reason): Self.lost(reason, action)
      }
    }
  }

  package func close() { network.close() }

  /// - Returns: `nil` of what the store does not do: it deletes whatever there is.
  private static func request(_ action: Action, on key: [UInt8]) -> StoreRequest? {
    switch action {
    case .get: .read(key: key)
    case .put(let value): .write(.put(key: key, value: value), nil)
    case .append(let value): .write(.append(key: key, value: value), nil)
    case .delete: .write(.delete(key: key), nil)
    case .compareAndSet(_, nil): nil
    case .compareAndSet(let expected, let new?):
      .write(.compareAndSet(key: key, expected: expected, new: new), nil)
    }
  }

  private static func attempt(_ meaning: AnswerMeaning, _ action: Action) -> Attempt {
    switch meaning {
    case .result(.value(let value)): return Attempt(.ok(.value(value)))
    case .result(.done):
      if case .compareAndSet = action { return Attempt(.ok(.swapped)) }
      return Attempt(.ok(.done))
    case .result(.mismatch(let seen)): return Attempt(.ok(.mismatch(seen: seen)))
    case .result(.refused(let reason, _)), .result(.unavailable(let reason)), .notNow(let reason):
      return Attempt(.fail, reason)
    case .result(.unknown(let reason)), .lost(let reason), .stranger(let reason): return lost(reason, action)
    case .result(.facts), .opened, .sessionEnded: return lost("the server answers what was not asked", action)
    }
  }

  /// A read that is lost has done nothing.
  private static func lost(_ reason: String, _ action: Action) -> Attempt {
    Attempt(action == .get ? .fail : .info, reason)
  }
}
