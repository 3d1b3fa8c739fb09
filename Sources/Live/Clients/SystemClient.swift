import Determinism
import Histories

/// What came of asking a server once.
package struct Attempt: Hashable, Sendable {
  /// `fail` only if it certainly did not and never will take effect; `info` of whatever may have.
  package let outcome: Outcome
  /// Why it is no `ok`, for people.
  package let reason: String?

  package init(_ outcome: Outcome, _ reason: String? = nil) { (self.outcome, self.reason) = (outcome, reason) }
}

/// A client of a system under test, used by one thread at a time.
package protocol SystemClient: AnyObject {
  /// Asks one server, once: nothing is sent a second time, for that could take effect twice.
  ///
  /// - Parameter patience: how long to wait. An answer that has not come by then is an unknown one; of a read, a failed one.
  func attempt(_ action: Action, on key: [UInt8], at server: LiveServer, within patience: Duration) -> Attempt
  /// Why nothing will ever come of this client; `nil` as long as something may.
  var fatalProblem: LiveProblem? { get }
  /// Lets go of all connections and processes.
  func close()
}

extension SystemClient {
  package var fatalProblem: LiveProblem? { nil }
}
