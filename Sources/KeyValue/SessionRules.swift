import Determinism

/// What becomes of a command, given what its session has done before.
package enum SessionDisposition: Hashable, Sendable {
  /// It is new: apply it and remember its result.
  case apply
  /// It is the session's last command once more: answer the result that was remembered.
  case answerAgain
  /// It is older than the session's last command: its result is forgotten, and applying it again would be wrong.
  case drop
}

/// The decisions on which exactly-once rests. A default is what the paper says; a known bug overrides one.
package protocol SessionRules: Sendable {
  /// Ongaro 2014 §6.3: a command whose serial number has been executed is answered without executing it again.
  ///
  /// - Parameters:
  ///   - sequence: the command's number.
  ///   - last: the number of the last command applied in the session; `nil` if this is its first.
  static func disposition(of sequence: SequenceNumber, last: SequenceNumber?) -> SessionDisposition
}

extension SessionRules {
  package static func disposition(of sequence: SequenceNumber, last: SequenceNumber?) -> SessionDisposition {
    guard let last else { return .apply }
    if sequence > last { return .apply }
    return sequence == last ? .answerAgain : .drop
  }
}

/// The rules as the paper has them.
package enum PaperSessionRules: SessionRules {}
