import Linearizability

/// What a check may cost.
package struct JudgingLimits: Hashable, Sendable {
  /// Configurations for each key.
  package var expansions: Int
  /// Memory for the configurations of one key, in bytes.
  package var bytes: Int
  /// Resident memory of the whole process, in bytes, the history included; `nil` for as much as there is. A run that
  /// must end the same way every time has none.
  package var residentBytes: Int?
  /// Wall time, all keys together; `nil` for as long as it takes. A run that must end the same way every time has none.
  package var time: Swift.Duration?

  package init(
    expansions: Int = Budget().expansions, bytes: Int = Budget().bytes, residentBytes: Int? = nil,
    time: Swift.Duration? = nil
  ) {
    self.expansions = expansions
    self.bytes = bytes
    self.residentBytes = residentBytes
    self.time = time
  }
}
