import Determinism
import FoundationEssentials
import Runs
import System

/// Where a campaign keeps what it finds. `Sources/Campaigns/README.md` says what lies there.
///
/// Everything in it is written beside its place first and then moved there, and the figures last: whenever the program
/// ends, and however, another campaign of the same plan goes on from what they say.
package final class CampaignFolder {
  private enum Name {
    static let records = "failures.ndjson"
    static let canary = "canary.json"
    static let cases = "cases.json"
  }

  /// How long after a checkpoint the next one comes: so long, and so many times as long as the last one took.
  private static let (interval, share) = (Duration.seconds(10), Int64(20))
  /// How soon there is one after something was found.
  private static let soon = Duration.seconds(1)
  private static let maxBytes = 256 << 20
  /// The keys whose numbers are seeds, or numbers of seeds as they were asked for.
  static let seedKeys = ["seed", "firstSeed", "lowestSeed", "highestSeed", "bestSeed", "caughtBy", "count"]

  package let path: String
  /// What was found here by an earlier campaign of the same plan, if there was one.
  package let earlier: CampaignRecord?
  /// Whether it is that of one shard of several.
  private let isPart: Bool
  private let anchor: String
  private let lock: FolderLock
  /// A line for each seed, if that is wanted.
  private let log: SeedLog?
  private let watch = Stopwatch()
  private var next = CampaignFolder.interval
  private var soonest = CampaignFolder.soon
  private var failuresWritten = 0

  /// Opens the folder of a campaign, or makes one.
  ///
  /// - Parameters:
  ///   - logsSeeds: whether a line is written for each seed.
  ///   - anchor: a file of the repository, from its top, at which results are shown there.
  /// - Throws: if it holds something else, or another campaign, or one is under way in it.
  package init(
    _ path: String, for plan: CampaignPlan, logsSeeds: Bool = false, anchor: String = CampaignReport.defaultAnchor
  ) throws(FileProblem) {
    self.anchor = anchor
    (self.path, isPart) = (path, plan.shard.total > 1)
    try Files.prepareFolder(path)
    let manifest = CampaignManifest(plan)
    let manifestPath = "\(path)/\(CampaignManifest.name)"
    if Files.isFile(manifestPath) {
      let found = try CampaignManifest(
        reading: Files.read(manifestPath, limit: Self.maxBytes), path: manifestPath)
      guard found == manifest, found.isMerged == nil else {
        let isOver =
          found.isMerged != nil || found.version != manifest.version
          || found.scenarioVersion != manifest.scenarioVersion
        throw FileProblem(
          .content,
          "\(path): holds a campaign of another plan (\(found.difference(from: manifest))); begin in another folder"
            + (isOver ? "" : ", or go on with this one by `raftcheck fuzz --resume`"))
      }
      lock = try FolderLock(manifestPath, of: path)
      earlier = try Self.record(in: path, plan)
    } else {
      try Files.write(manifest.encoded, to: CampaignManifest.name, in: path)
      lock = try FolderLock(manifestPath, of: path)
      earlier = nil
    }
    log = try logsSeeds ? SeedLog(in: path, keeping: earlier?.summary.seeds ?? 0) : nil
    try Files.makeFolder(foundPath)
    failuresWritten = earlier?.ledger.records.count ?? 0
  }

  /// Where failing seeds are as they were found, until it is known into which bucket they fall.
  package var foundPath: String { "\(path)/\(Self.foundName)" }
  private var failuresPath: String { "\(path)/\(Self.failuresName)" }
  /// Where the buckets are.
  static let failuresName = "failures"
  static let foundName = "found"

  // MARK: What was found earlier

  /// The plan of the campaign in a folder.
  package static func plan(in path: String) throws(FileProblem) -> CampaignPlan {
    let manifestPath = "\(path)/\(CampaignManifest.name)"
    guard Files.isFile(manifestPath) else {
      throw FileProblem(
        .content, "\(path): is no folder of a campaign; expected one that `raftcheck fuzz --out` has made")
    }
    let manifest = try CampaignManifest(reading: Files.read(manifestPath, limit: maxBytes), path: manifestPath)
    guard manifest.isMerged == nil else {
      throw FileProblem(
        .content,
        "\(path): is made of shards by `raftcheck merge`; go on with these, and merge them into another folder")
    }
    guard let plan = manifest.plan else {
      throw FileProblem(.content, "\(manifestPath): is not as it was written")
    }
    return plan
  }

  /// What a campaign has left in a folder; `nil` if it has not come so far.
  package static func record(in path: String, _ plan: CampaignPlan) throws(FileProblem) -> CampaignRecord? {
    let summaryPath = "\(path)/\(CampaignSummaryFile.name)"
    guard Files.isFile(summaryPath) else { return nil }
    let summary = try CampaignSummaryFile(reading: Files.read(summaryPath, limit: maxBytes), path: summaryPath)
    var record = CampaignRecord(plan)
    record.summary = summary.figures
    record.uncounted = summary.uncounted?.map(\.seed) ?? []
    let recordsPath = "\(path)/\(Name.records)"
    for failure in try failures(at: recordsPath).prefix(record.summary.failures) {
      if let place = record.ledger.add(failure), failure.minimal != nil || failure.refusal != nil {
        record.ledger.settle(place, as: failure.minimal, refusal: failure.refusal)
      }
    }
    guard record.ledger.records.count == record.summary.failures else {
      throw FileProblem(
        .content,
        "\(recordsPath): holds \(record.ledger.records.count) failing seeds, and the summary beside it counts "
          + "\(record.summary.failures); one of them is not as it was written")
    }
    let casesPath = "\(path)/\(Name.cases)"
    if Files.isFile(casesPath) {
      record.cases = try CanonicalJSON.decode(
        CasesFile.self, from: Files.read(casesPath, limit: maxBytes), path: casesPath
      ).cases
    }
    let canaryPath = "\(path)/\(Name.canary)"
    if Files.isFile(canaryPath) {
      record.canary = try CanonicalJSON.decodeCounts(
        CanaryFile.self, from: Files.read(canaryPath, limit: maxBytes), path: canaryPath, besides: seedKeys
      ).outcome
    }
    return record
  }

  private static func failures(at path: String) throws(FileProblem) -> [FailureRecord] {
    guard Files.isFile(path) else { return [] }
    var records: [FailureRecord] = []
    for (number, line) in try Files.read(path, limit: maxBytes).split(separator: UInt8(ascii: "\n")).enumerated() {
      let record = try CanonicalJSON.decodeCounts(
        FailureLine.self, from: Array(line), path: "\(path):\(number + 1)", besides: seedKeys
      ).record
      guard records.last.map({ $0.seed < record.seed }) ?? true else {
        throw FileProblem(.content, "\(path):\(number + 1): seed: expected one above that of the line before")
      }
      records.append(record)
    }
    return records
  }

  // MARK: What is found now

  /// Takes note of a seed that was counted.
  func log(_ end: SeedEnd) throws(FileProblem) { try log?.add(end) }

  /// Takes away a seed as it was found.
  func discard(_ seed: UInt64) { FolderTree.remove("\(foundPath)/\(seed)") }

  /// Puts a failure, as it was found and shrunk, into the folder of its bucket: there lies the one with the lowest seed,
  /// and below it in folders of their seeds the smallest and the one with the highest seed; of a shard all that were
  /// shrunk, for which of them matter is known when all are merged.
  func file(_ failure: FailureRecord, amongThoseBefore place: Int, of ledger: FailureLedger) throws(FileProblem) {
    guard let name = failure.bucket else { return }
    let bucketPath = "\(failuresPath)/\(name)"
    let seedPath = "\(foundPath)/\(failure.seed)"
    try Files.makeFolder(failuresPath)
    guard Files.isFolder(bucketPath) else {
      if Files.isFolder(seedPath) { return try FolderTree.move(seedPath, to: bucketPath) }
      return try describe(failure, in: bucketPath)
    }
    guard Files.isFolder(seedPath) else { return }
    try FolderTree.move(seedPath, to: "\(bucketPath)/\(failure.seed)")
    guard !isPart else { return }
    let kept = (0...place).filter { ledger.isChosen($0) && ledger.bucket(of: $0)?.name == name }
      .map { ledger.records[$0] }
    let wanted = [kept.first, Bucket.smallest(of: kept), kept.last].compactMap { $0?.seed }
    for failure in kept where !wanted.contains(failure.seed) {
      FolderTree.remove("\(bucketPath)/\(failure.seed)")
    }
  }

  /// What is known of a seed whose worker did not come to its end.
  private func describe(_ failure: FailureRecord, in bucketPath: String) throws(FileProblem) {
    try Files.makeFolder(bucketPath)
    let lines =
      ["Seed \(failure.seed), \(failure.failure): \(failure.detail ?? "")", "To see it again: \(failure.command)"]
      + (failure.errorLines.map { $0.isEmpty ? [] : ["What it wrote to standard error:"] + $0 } ?? [])
    try Files.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "report.txt", in: bucketPath)
    let words = failure.command.dropFirst(Program.name.count + 1)
    try Files.write(
      Array("#!/bin/sh\nexec \"${RAFTCHECK:-\(Program.name)}\" \(words) \"$@\"\n".utf8), to: "repro.sh", in: bucketPath)
  }

  /// Writes all that is known, if it is time.
  ///
  /// - Parameter isLast: whether it is time whatever the clock says.
  func checkpoint(_ record: inout CampaignRecord, isLast: Bool = false) {
    let now = watch.elapsed
    let hasNews = record.ledger.records.count > failuresWritten && now >= soonest
    guard isLast || now >= next || hasNews else { return }
    failuresWritten = record.ledger.records.count
    do throws(FileProblem) {
      try write(record)
    } catch {
      record.problem = record.problem ?? error
    }
    let cost = (watch.elapsed - now) * Self.share
    (next, soonest) = (watch.elapsed + max(Self.interval, cost), watch.elapsed + max(Self.soon, cost))
  }

  private func write(_ record: CampaignRecord) throws(FileProblem) {
    try log?.flush(isSynced: true)
    let lines = record.ledger.filed.map { CanonicalJSON.encode(FailureLine($0)) + [0x0A] }
    try Files.write(Array(lines.joined()), to: Name.records, in: path, isSynced: true)
    if let canary = record.canary {
      try Files.write(
        CanonicalJSON.encode(CanaryFile(outcome: canary), indented: true) + [0x0A], to: Name.canary, in: path)
    }
    if !record.cases.isEmpty {
      let file = CasesFile(cases: record.cases.compactMap(\.self))
      try Files.write(CanonicalJSON.encode(file, indented: true) + [0x0A], to: Name.cases, in: path)
    }
    for file in CampaignReport(record, anchor: anchor).files { try Files.write(file.bytes, to: file.name, in: path) }
    try Files.write(CampaignSummaryFile(record).encoded, to: CampaignSummaryFile.name, in: path, isSynced: true)
  }
}

/// A line of `failures.ndjson`.
private struct FailureLine: Codable {
  var format = "raftcheck-failure/1"
  var version = Program.version
  var record: FailureRecord

  init(_ record: FailureRecord) { self.record = record }

  private enum CodingKeys: CodingKey {
    case format, version
  }

  init(from decoder: any Decoder) throws {
    let title = try decoder.container(keyedBy: CodingKeys.self)
    (format, version) = (
      try title.decode(String.self, forKey: .format), try title.decode(String.self, forKey: .version)
    )
    record = try FailureRecord(from: decoder)
  }

  func encode(to encoder: any Encoder) throws {
    try record.encode(to: encoder)
    var title = encoder.container(keyedBy: CodingKeys.self)
    try title.encode(format, forKey: .format)
    try title.encode(version, forKey: .version)
  }
}

/// `canary.json`.
private struct CanaryFile: Codable {
  var format = "raftcheck-canary/1"
  var version = Program.version
  var outcome: Canary.Outcome
}

/// `cases.json`.
private struct CasesFile: Codable {
  var format = "raftcheck-cases/1"
  var version = Program.version
  var cases: [SavedCaseResult]
}
