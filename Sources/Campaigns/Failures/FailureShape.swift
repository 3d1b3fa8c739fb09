import Determinism
import Linearizability
import Runs
import Shrinking
import Traces

/// What a failing run is like, without identities and times: runs of one bug are to have the same, and those of two bugs
/// are not.
package struct FailureShape: Hashable, Sendable {
  /// Words that say it.
  package let text: String

  package init(text: String) { self.text = text }

  /// Of a run as it was found: how it fails, and no more, for whatever else happens in it may have nothing to do with that.
  ///
  /// - Returns: `nil` if it did not fail.
  package init?(of report: RunReport) {
    guard let signature = report.signature else { return nil }
    text = ([signature.description] + (report.anomaly.map { [$0.rawValue] } ?? [])).joined(separator: " ")
  }

  /// Of a minimal run: also the rule that decides otherwise than the published one, where it is known that the failure rests
  /// on it; elsewhere the kinds of its faults, in the order in which they begin.
  package init(of failure: FoundFailure) {
    let report = failure.minimal.report
    var words = [report.signature?.description ?? ""] + (report.anomaly.map { [$0.rawValue] } ?? [])
    if let rule = failure.story.decisive.first?.decisions.first?.rule {
      words.append(rule.rawValue)
    } else {
      let scenario = report.run.scenario
      for begun in report.outcome.faults {
        guard let fault = scenario.faults.first(where: { $0.id == begun.id }) else { continue }
        let kind = fault.action.kind(hitting: begun.nodes.count, of: scenario.cluster.nodes).rawValue
        if words.last != kind { words.append(kind) }
      }
    }
    text = words.joined(separator: " ")
  }

  /// Eight hexadecimal digits that stand for it.
  package var digest: String {
    var digest = StableDigest()
    digest.combine(Array(text.utf8))
    return String(digest.value.hexadecimal.prefix(8))
  }
}

extension FailureShape: Codable {
  package init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
