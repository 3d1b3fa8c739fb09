import Campaigns
import Determinism
import Reporting
import Terminal

/// What is shown of a campaign while it runs.
final class CampaignProgress {
  private let plan: CampaignPlan
  private let console: Console
  private var throttle = ProgressThrottle()
  private var shownAt = Duration.zero

  /// How many buckets are shown.
  private static let shownBuckets = 5
  /// How often there is a line where nothing can be redrawn.
  private static let interval = Duration.seconds(10)

  /// What was done before, by a campaign with which this one goes on.
  private let (earlierSeeds, earlierTime): (Int, Duration)

  init(_ plan: CampaignPlan, after earlier: CampaignSummary?, on console: Console) {
    (self.plan, self.console) = (plan, console)
    (earlierSeeds, earlierTime) = (earlier?.seeds ?? 0, earlier?.times.wall ?? .zero)
  }

  /// Shows how far it has come, if it is time.
  func show(_ record: CampaignRecord) {
    let now = record.summary.times.wall - earlierTime
    if console.hasProgress {
      if throttle.isDue(at: now) { console.showProgress(lines: [head(record)] + bucketLines(record)) }
    } else if now - shownAt >= Self.interval {
      shownAt = now
      console.complain(head(record))
    }
  }

  private func head(_ record: CampaignRecord) -> String {
    let summary = record.summary
    let rate = Double(summary.seeds - earlierSeeds) / max((summary.times.wall - earlierTime).seconds, 0.001)
    let total = plan.seedCount.map { " of \(Int(clamping: $0).grouped)" } ?? ""
    var parts = [
      "\(summary.seeds.grouped)\(total) seeds",
      "\(figure(rate))/s, \(figure(rate / Double(plan.jobs))) a worker",
      "\(summary.operations.grouped) operations", Words.count(summary.failures, "failure"),
    ]
    if let left = timeLeft(summary, rate) { parts.append("\(Figures.time(.seconds(left))) left") }
    return parts.joined(separator: "   ")
  }

  private func figure(_ rate: Double) -> String { Figures.fixed(rate, rate < 10 ? 1 : 0) }

  /// The buckets with the most seeds.
  private func bucketLines(_ record: CampaignRecord) -> [String] {
    let buckets = record.ledger.buckets.sorted { ($1.seeds, $0.name) < ($0.seeds, $1.name) }
    var lines = buckets.prefix(Self.shownBuckets).map { bucket in
      "  \(bucket.name)   \(Words.count(bucket.seeds, "seed"))"
        + (bucket.best?.minimal.map { "   \($0.size.text)" } ?? "")
    }
    if buckets.count > lines.count { lines.append("  and \(Words.count(buckets.count - lines.count, "bucket")) more") }
    let open = record.ledger.open.count
    if open > 0 { lines.append("  \(Words.count(open, "failure")) to be made minimal") }
    return lines
  }

  private func timeLeft(_ summary: CampaignSummary, _ rate: Double) -> Int64? {
    let forSeeds = plan.seedCount.map { (Double($0) - Double(summary.seeds)) / rate }
    let forTime = plan.timeLimit.map { ($0 - (summary.times.wall - earlierTime)).seconds }
    guard let left = [forSeeds, forTime].compactMap({ $0 }).min(), left.isFinite, left < 1e9 else { return nil }
    return max(0, Int64(left.rounded()))
  }
}
