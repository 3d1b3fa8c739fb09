import Determinism

/// What came of a client's request.
package enum StoreResult: Hashable, Sendable {
  /// It was carried out.
  case done
  /// To a read; `nil` if the key is absent.
  case value([UInt8]?)
  /// A compare-and-set found this and changed nothing; `nil` if the key is absent.
  case mismatch(seen: [UInt8]?)
  /// What a server tells of itself or of the cluster: an object.
  case facts(JSONValue)
  /// It was not carried out and will not be, as it is asked for.
  ///
  /// - Parameter reason: the name of a `RequestRefusal`, if the leader has refused a change of members or a transfer;
  ///   `tooLarge`; `nil` for anything else.
  case refused(String, reason: String?)
  /// It was not carried out and will not be, for no server took it in time.
  case unavailable(String)
  /// It may have been carried out, or may yet be.
  case unknown(String)

  /// The reason of what is refused because of its length, or because the store is full.
  static let tooLarge = "too-large"

  /// The same in the words of the interface.
  package var outcome: APIOutcome {
    switch self {
    case .done, .value, .facts: .ok
    case .mismatch, .refused, .unavailable: .failed
    case .unknown: .unknown
    }
  }

  private static let outcomeName = "outcome"

  /// As one JSON object: `outcome`, then what was found, then `error` with a sentence unless it was carried out.
  package var json: JSONValue {
    var members = [JSONMember(Self.outcomeName, .string(outcome.rawValue))]
    switch self {
    case .done: break
    case .value(let value): members += JSONMember.value(value, named: "value")
    case .mismatch(let seen):
      members += JSONMember.value(seen, named: "seen")
      members.append(JSONMember("error", .string("the value is not the expected one")))
    case .facts(let facts):
      if case .object(let all) = facts { members += all.filter { $0.name != Self.outcomeName } }
    case .refused(let sentence, let reason):
      if let reason { members.append(JSONMember("reason", .string(reason))) }
      members.append(JSONMember("error", .string(sentence)))
    case .unavailable(let sentence), .unknown(let sentence): members.append(JSONMember("error", .string(sentence)))
    }
    return .object(members)
  }
}
