/// The decisions on which durability rests. A default is what is right; a known bug overrides one.
package protocol StorageRules: Sendable {
  /// Whether a record of the log is the one that was written. RFC 3720, appendix B.4 for the checksum; that a torn last
  /// record is no record follows from what a sync promises: it never returned for that one.
  ///
  /// - Parameters:
  ///   - expected: the checksum that stands in the record.
  ///   - actual: the checksum of the bytes that are there.
  ///   - missingBytes: how many bytes of its payload lie beyond the end of the file.
  static func isIntact(expected: UInt32, actual: UInt32, missingBytes: Int) -> Bool
}

extension StorageRules {
  package static func isIntact(expected: UInt32, actual: UInt32, missingBytes: Int) -> Bool {
    missingBytes == 0 && expected == actual
  }
}

/// The rules as they should be.
package enum PaperStorageRules: StorageRules {}
