import Determinism
import Runs

/// Makes one campaign of the shards that different machines have run.
///
/// What it comes to is what one machine would have found that ran all their seeds: the failing seeds are filed once more, in
/// their order, and times are added up.
package struct CampaignMerge: Sendable {
  /// What a shard has left.
  private struct Part: Sendable {
    let path: String
    let manifest: CampaignManifest
    let record: CampaignRecord
  }

  private let parts: [Part]
  private let whole: CampaignPlan

  /// The most shards of a campaign.
  package static let maxShards: UInt64 = 10_000
  private static let maxBytes = 1 << 20

  /// Reads what the shards have left.
  ///
  /// - Parameter paths: their folders, or folders in which these lie.
  package init(of paths: [String]) throws(FileProblem) {
    var parts: [Part] = []
    for path in paths {
      for folder in try Self.campaigns(in: path) {
        let plan = try CampaignFolder.plan(in: folder)
        let manifestPath = "\(folder)/\(CampaignManifest.name)"
        let manifest = try CampaignManifest(
          reading: Files.read(manifestPath, limit: Self.maxBytes), path: manifestPath)
        let record = try CampaignFolder.record(in: folder, plan) ?? CampaignRecord(plan)
        parts.append(Part(path: folder, manifest: manifest, record: record))
      }
    }
    parts.sort { $0.manifest.shard.index < $1.manifest.shard.index }
    guard let first = parts.first, var whole = first.manifest.plan else {
      throw FileProblem(.content, "there is nothing to merge")
    }
    for part in parts.dropFirst() {
      var manifest = part.manifest
      manifest.shard = first.manifest.shard
      guard manifest == first.manifest, part.manifest.shard.total == first.manifest.shard.total else {
        throw FileProblem(
          .content,
          "\(part.path): is no part of the campaign of which \(first.path) is one: it is "
            + manifest.difference(from: first.manifest))
      }
    }
    for (one, other) in zip(parts, parts.dropFirst()) where one.manifest.shard == other.manifest.shard {
      throw FileProblem(.content, "\(other.path): is the same shard as \(one.path), \(one.manifest.shard.index)")
    }
    (whole.shard, whole.isMerged) = (.whole, true)
    (self.parts, self.whole) = (parts, whole)
  }

  /// The folders of campaigns: the one itself, or those that lie in it.
  private static func campaigns(in path: String) throws(FileProblem) -> [String] {
    func isCampaign(_ path: String) -> Bool { Files.isFile("\(path)/\(CampaignManifest.name)") }
    if isCampaign(path) { return [path] }
    let inner = try Files.names(in: path).map { "\(path)/\($0)" }.filter(isCampaign)
    guard !inner.isEmpty else {
      throw FileProblem(
        .content, "\(path): is no folder of a campaign; expected one that `raftcheck fuzz --out` has made")
    }
    return inner
  }

  /// What is missing of the campaign: shards, and seeds of shards, a clause each.
  package var gaps: [String] {
    let total = parts.first?.manifest.shard.total ?? 1
    let known = parts.map(\.manifest.shard.index)
    let missing = (0..<min(total, Self.maxShards)).filter { !known.contains($0) }
    var gaps: [String] = []
    if !missing.isEmpty {
      let names = missing.prefix(Self.namedShards).map { "\($0)" } + (missing.count > Self.namedShards ? ["..."] : [])
      gaps.append(
        "\(missing.count.grouped) of \(Int(clamping: total).grouped) shards are not there: \(names.joined(separator: ", "))"
      )
    }
    for part in parts {
      let (done, count) = (UInt64(part.record.summary.seeds), part.record.plan.seedCount)
      guard done == 0 && count != 0 || count.map({ done < $0 }) ?? false else { continue }
      let all = count.map { " of \(Int(clamping: $0).grouped)" } ?? ""
      gaps.append(
        "Shard \(part.manifest.shard.index) has run \(part.record.summary.seeds.grouped)\(all) seeds: \(part.path)")
    }
    return gaps
  }

  /// How many missing shards are named.
  private static let namedShards = 10

  /// The campaign of them all.
  package var record: CampaignRecord {
    var record = CampaignRecord(whole)
    for part in parts {
      record.summary.add(part.record.summary)
      record.cases += part.record.cases
      record.uncounted += part.record.uncounted
      if record.canary == nil || part.record.canary?.isBlind ?? false { record.canary = part.record.canary }
    }
    record.gaps = gaps
    record.summary.times.wall = parts.map(\.record.summary.times.wall).max() ?? .zero
    for var failure in parts.flatMap(\.record.ledger.records).sorted(by: { $0.seed < $1.seed }) {
      let (minimal, refusal) = (failure.minimal, failure.refusal)
      (failure.minimal, failure.refusal, failure.bucket) = (nil, nil, nil)
      if let place = record.ledger.add(failure), minimal != nil || refusal != nil {
        record.ledger.settle(place, as: minimal, refusal: refusal)
      }
    }
    return record
  }

  /// Writes that campaign into a folder of its own.
  package func write(to path: String) throws(FileProblem) -> CampaignRecord {
    guard !parts.contains(where: { Files.areSame($0.path, path) }) else {
      throw FileProblem(.content, "\(path): is one of the parts; give --out another folder")
    }
    var record = record
    guard !Files.isFile("\(path)/\(CampaignManifest.name)") else {
      throw FileProblem(.content, "\(path): holds a campaign already; give --out another folder")
    }
    let folder = try CampaignFolder(path, for: whole)
    for place in record.ledger.records.indices {
      let failure = record.ledger.records[place]
      guard let source = parts.lazy.compactMap({ $0.record.ledger.folder(of: failure.seed, in: $0.path) }).first,
        let bucket = record.ledger.bucket(of: place)
      else { continue }
      var filed = failure
      filed.bucket = bucket.name
      guard record.ledger.isChosen(place) || failure.errorLines != nil else { continue }
      try FolderTree.copyFiles(of: source, to: "\(folder.foundPath)/\(failure.seed)")
      try folder.file(filed, amongThoseBefore: place, of: record.ledger)
    }
    // Undecided ones and those whose second run differed, and failing ones that are not shrunk yet.
    for part in parts where Files.isFolder("\(part.path)/\(CampaignFolder.foundName)") {
      for name in try Files.names(in: "\(part.path)/\(CampaignFolder.foundName)") where UInt64(name) != nil {
        try FolderTree.copyFiles(
          of: "\(part.path)/\(CampaignFolder.foundName)/\(name)", to: "\(folder.foundPath)/\(name)")
      }
    }
    folder.checkpoint(&record, isLast: true)
    return record
  }
}

extension FailureLedger {
  /// Where a failing seed is kept in the folder of its campaign; `nil` if it is not.
  fileprivate func folder(of seed: UInt64, in path: String) -> String? {
    guard let place = records.firstIndex(where: { $0.seed == seed }), let name = bucket(of: place)?.name else {
      return nil
    }
    let bucketPath = "\(path)/\(CampaignFolder.failuresName)/\(name)"
    let own = "\(bucketPath)/\(seed)"
    if Files.isFolder(own) { return own }
    let first = records.indices.first {
      bucket(of: $0)?.name == name && (isChosen($0) || records[$0].errorLines != nil)
    }
    return first == place && Files.isFolder(bucketPath) ? bucketPath : nil
  }
}
