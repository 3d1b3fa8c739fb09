import Determinism
import Runs

/// What is to be said of a case that is not what was saved, or does not run as it did.
enum CaseWarning {
  static func tell(of saved: CaseFile, _ report: RunReport, _ path: String, on console: Console) {
    let lost = saved.minimality == nil ? "" : ", and nothing shows any more that it is minimal"
    if saved.isEdited {
      console.complain("\(path): the case was edited since it was saved; what is told is the edited one\(lost)")
    } else if report.outcome.eventHash.hexadecimal != saved.expected.eventHash {
      // Within one version only a damaged file, or a defect of the program, can be the reason.
      let reason =
        saved.program == Program.version
        ? "the event hash is not the \(saved.expected.eventHash) that the same version saved"
        : "the program has changed since the case was saved by version \(saved.program): the event hash is not "
          + saved.expected.eventHash
      console.complain("\(path): \(reason); what is told is what happens now\(lost)")
    }
  }
}
