import Determinism

extension SegmentReader {
  /// What the whole records behind a bad one say of it.
  struct RecordsBehind: Hashable {
    /// Where the first one starts, if there is one.
    var first: Int?
    /// The highest mark, as far as they were looked at.
    var mark = 0
    /// Where the first one starts whose mark covers the bad one, if there is such.
    var witness: Int?
  }

  /// Looks for the whole records behind the bad one at `offset`, up to one whose mark covers it.
  ///
  /// The bad record's length is not to be trusted, so every offset is tried; but a checksum is taken only where length,
  /// kind and the lengths within would make a record of this version (a later one says so in the header); a header is not
  /// looked for, since nothing stands before it. No
  /// rule is asked: what follows is a fact about the file, and a rule that takes anything for a record would find one
  /// in every torn tail.
  ///
  /// - Parameter bytes: how many bytes to look at, in candidates, before giving up.
  /// - Throws: `searchTooLong`, if so many records seem to follow that checking them all would take too long; only
  ///   values made for that purpose look so.
  func records(
    behind offset: Int, within bytes: Int = LogLimits.maxSearchBytes
  ) throws(StorageDamage) -> RecordsBehind {
    var found = RecordsBehind()
    var budget = bytes
    var candidate = offset
    while candidate + 1 + LogLimits.frameBytes < image.count {
      candidate += 1
      let start = candidate + LogLimits.frameBytes
      let length = Int(word(at: candidate))
      guard length >= 1, length <= min(LogLimits.maxPayloadBytes, image.count - start) else { continue }
      guard isShaped(start..<start + length, budget: &budget) else { continue }
      budget -= length
      guard budget >= 0 else { throw damage(.searchTooLong, at: offset) }
      guard checksum(start..<start + length, at: candidate) == word(at: candidate + 4),
        hole(inRecordAt: candidate) == nil
      else { continue }
      found.first = found.first ?? candidate
      found.mark = max(found.mark, mark(at: candidate))
      if found.mark > offset {
        found.witness = candidate
        break
      }
      candidate = start + length - 1
    }
    return found
  }

  /// Whether a payload's kind and the lengths within it add up to its own length.
  private func isShaped(_ payload: Range<Int>, budget: inout Int) -> Bool {
    switch image[payload.lowerBound] {
    case RecordKind.hardState:
      return payload.count == RecordKind.hardStateBytes
    case RecordKind.entries:
      var place = payload.lowerBound + LogLimits.entriesRecordBytes
      guard place <= payload.upperBound else { return false }
      let count = Int(word(at: place - 4))
      guard count * WireLimits.entryBytes <= payload.upperBound - place else { return false }
      for _ in 0..<count {
        budget -= WireLimits.entryBytes
        guard let next = endOfEntry(at: place, before: payload.upperBound) else { return false }
        place = next
      }
      return place == payload.upperBound
    default:
      return false
    }
  }

  private func endOfEntry(at place: Int, before end: Int) -> Int? {
    let start = place + WireLimits.entryBytes
    guard start <= end else { return nil }
    // The byte before is the entry's kind, and says what follows.
    let next: Int
    switch image[start - 1] {
    case EntryTag.noOp: next = start
    case EntryTag.configuration: next = start + WireLimits.membersBytes
    case EntryTag.command where start + 4 <= end: next = start + 4 + Int(word(at: start))
    default: return nil
    }
    return next <= end ? next : nil
  }
}
