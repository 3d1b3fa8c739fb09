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

  /// How often there is a line where nothing can be redrawn.
  private static let interval = Duration.seconds(10)

  init(_ plan: CampaignPlan, on console: Console) { (self.plan, self.console) = (plan, console) }

  /// Shows how far it has come, if it is time.
  func show(_ record: CampaignRecord, _ busy: Int) {
    let now = record.summary.times.wall
    if console.hasProgress {
      if throttle.isDue(at: now) { console.showProgress(text(record).joined(separator: "   ")) }
    } else if now - shownAt >= Self.interval {
      shownAt = now
      console.complain(text(record).joined(separator: "   "))
    }
  }

  private func text(_ record: CampaignRecord) -> [String] {
    let summary = record.summary
    let rate = Double(summary.seeds) / max(summary.times.wall.seconds, 0.001)
    let total = plan.seedCount.map { " of \(Int(clamping: $0).grouped)" } ?? ""
    var parts = [
      "\(summary.seeds.grouped)\(total) seeds", "\(Figures.fixed(rate, 0))/s",
      "\(summary.operations.grouped) operations", Words.count(summary.failures, "failure"),
    ]
    if summary.failures > 0 { parts[3] += " in \(Words.count(record.ledger.buckets.count, "bucket"))" }
    let shrinking = record.ledger.open.count
    if shrinking > 0 { parts.append("\(shrinking) to shrink") }
    if let left = timeLeft(summary, rate) { parts.append("\(Figures.time(.seconds(left))) left") }
    return parts
  }

  private func timeLeft(_ summary: CampaignSummary, _ rate: Double) -> Int64? {
    let forSeeds = plan.seedCount.map { (Double($0) - Double(summary.seeds)) / rate }
    let forTime = plan.timeLimit.map { ($0 - summary.times.wall).seconds }
    guard let left = [forSeeds, forTime].compactMap({ $0 }).min(), left.isFinite, left < 1e9 else { return nil }
    return max(0, Int64(left.rounded()))
  }
}
