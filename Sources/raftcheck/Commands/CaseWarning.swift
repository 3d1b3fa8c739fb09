import Runs
import Terminal
import Traces

/// What is to be said of a case that is not what was saved, or does not run as it did.
enum CaseWarning {
  /// The sentence behind the case's path; `nil` if all is as it was.
  static func sentence(of saved: CaseFile, _ outcome: RunOutcome) -> String? {
    let mismatch = "the event hash is not the \(saved.expected.eventHash ?? "one")"
    return switch saved.comparison(with: outcome) {
    case .same: nil
    case .edited: "the case was edited since it was saved, so that its event hash was not compared"
    case .otherVersion: "\(mismatch) that another version, \(saved.program ?? "unnamed"), saved"
    case .unproved: "\(mismatch) that was saved, in a format that does not show whether the case was edited since"
    case .differs: "\(mismatch) that the same version saved"
    }
  }

  /// Says it where the story of the case is told, or the case is shrunk.
  static func tell(of saved: CaseFile, _ outcome: RunOutcome, _ path: String, on console: Console) {
    guard let sentence = sentence(of: saved, outcome) else { return }
    let lost = saved.minimality == nil ? "" : ", and nothing shows any more that it is minimal"
    console.complain("\(path): \(sentence); what is told is what happens now\(lost)")
  }
}
