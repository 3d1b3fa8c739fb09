#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the system says went wrong, and with what.
package struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was tried, as in `cannot listen on 127.0.0.1:7001`.
  package let attempt: String
  /// The system's number (`errno`); 0 if the attempt says it all.
  package let code: Int32

  /// - Parameter code: the last one that the system gave, unless given.
  package init(_ attempt: String, code: Int32 = errno) {
    (self.attempt, self.code) = (attempt, code)
  }

  package var description: String { code == 0 ? attempt : "\(attempt): \(Self.reason(code))" }

  /// What a number stands for, as it stands within a sentence.
  package static func reason(_ code: Int32) -> String { String(cString: strerror(code)).lowercased() }
}

extension SystemError {
  /// Whether no room is left, for all or for this user.
  package var isOfFullDisk: Bool { code == ENOSPC || code == EDQUOT }
}
