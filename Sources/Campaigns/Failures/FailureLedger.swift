import Determinism

/// The failing seeds of a campaign, in the order of their seeds, and the buckets into which they fall.
///
/// Everything in it follows from the records and their order, so campaigns that share out the same seeds come to the same.
package struct FailureLedger: Sendable {
  /// Of each failure so many seeds are shrunk, from the lowest on, and behind them those whose unshrunk shape is new.
  package static let shrunkOfEach = 5
  /// More failing seeds are not kept: a campaign ends with them.
  package static let maxRecords = 20_000

  /// In the order of their seeds.
  package private(set) var records: [FailureRecord] = []
  private var chosen: [Bool] = []
  /// How many records there are before the first that is to be shrunk and has not been yet.
  private var settled = 0
  private var counts = SortedTable<SeedFailure, Int>()
  /// For each unshrunk shape, the place of the first record that has it.
  private var firstOfShape = SortedTable<String, Int>()

  package init() {}

  /// Adds a failing seed behind all others.
  ///
  /// - Returns: its place, if it is to be shrunk.
  package mutating func add(_ record: FailureRecord) -> Int? {
    let place = records.count
    let count = counts[record.failure] ?? 0
    let isNew = firstOfShape[record.shape.text] == nil
    counts[record.failure] = count + 1
    if isNew { firstOfShape[record.shape.text] = place }
    var isChosen = false
    if case .run = record.failure { isChosen = count < Self.shrunkOfEach || isNew }
    records.append(record)
    chosen.append(isChosen)
    passSettled()
    return isChosen ? place : nil
  }

  /// Whether a record is to be shrunk and has not been yet.
  package func isOpen(_ place: Int) -> Bool {
    chosen[place] && records[place].minimal == nil && records[place].refusal == nil
  }

  /// Whether a record is one of those that are shrunk.
  package func isChosen(_ place: Int) -> Bool { chosen[place] }

  /// The places of the records that are to be shrunk and have not been yet.
  package var open: [Int] { records.indices.filter(isOpen) }

  /// Takes note of what a record was shrunk to, or why it was not.
  package mutating func settle(_ place: Int, as minimal: FailureRecord.Minimal?, refusal: String? = nil) {
    (records[place].minimal, records[place].refusal) = (minimal, refusal)
    passSettled()
  }

  private mutating func passSettled() { while settled < records.count, !isOpen(settled) { settled += 1 } }

  /// The bucket of the record at a place; `nil` while it, or one before it, is still to be shrunk.
  package func bucket(of place: Int) -> (name: String, shape: FailureShape)? {
    guard place < settled else { return nil }
    let record = records[place]
    let model = chosen[place] ? place : firstOfShape[record.shape.text] ?? place
    let shape = records[model].minimal?.shape ?? record.shape
    return (Bucket.name(of: record.failure, shape), shape)
  }

  /// All buckets that are known, by name.
  package var buckets: [Bucket] {
    var buckets = SortedTable<String, Bucket>()
    for place in records.indices.prefix(settled) {
      guard let (name, shape) = bucket(of: place) else { continue }
      let record = records[place]
      var bucket =
        buckets[name]
        ?? Bucket(
          name: name, failure: record.failure, shape: shape, lowestSeed: record.seed, highestSeed: record.seed)
      bucket.seeds += 1
      bucket.highestSeed = record.seed
      if let bug = record.bug, !bucket.bugs.contains(bug) { bucket.bugs.append(bug) }
      if chosen[place] || bucket.kept.isEmpty { bucket.kept.append(record) }
      buckets[name] = bucket
    }
    return buckets.values
  }

  /// The records with the names of their buckets.
  package var filed: [FailureRecord] {
    records.indices.map { place in
      var record = records[place]
      record.bucket = bucket(of: place)?.name
      return record
    }
  }
}
