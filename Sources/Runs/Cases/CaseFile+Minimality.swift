import Histories
import Reporting
import Traces

extension CaseFile.Minimality {
  /// The greatest number in what a case was made from, so that numbers can be added.
  package static let maxFigure = Int(Int32.max)
  /// More things than this are left of no run that somebody could read.
  package static let maxCertificateLines = 100_000

  /// Checks what a file says.
  ///
  /// - Parameter path: the file's name, for the error.
  /// - Throws: at the first thing that no shrinking can have written. What happens without a thing is the certificate's
  ///   own word, and only its form is looked at.
  func validate(path: String) throws(FileProblem) {
    let figures =
      before.figures.map { ("before.\($0)", $1) } + after.figures.map { ("after.\($0)", $1) } + [("trials", trials)]
    for (name, figure) in figures where !(0...Self.maxFigure).contains(figure) {
      throw FileProblem(
        .content, "\(path): minimal.\(name): expected a whole number from 0 to \(Self.maxFigure), found \(figure)")
    }
    guard certificate.count <= Self.maxCertificateLines else {
      throw FileProblem(
        .content,
        "\(path): minimal.certificate: expected at most \(Self.maxCertificateLines) lines, found \(certificate.count)")
    }
    for (place, line) in certificate.enumerated() {
      for (name, text) in [("thing", line.thing), ("without", line.without)] where text.isEmpty || text != text.bounded
      {
        throw FileProblem(
          .content,
          "\(path): minimal.certificate[\(place)].\(name): expected 1 to \(CertificateLine.maxColumns) characters that can be "
            + "printed")
      }
    }
    let kinds = Invariant.allCases.count + LivenessFailure.allCases.count + StopCause.allCases.count + 1
    guard otherFailures.count <= kinds else {
      throw FileProblem(
        .content,
        "\(path): minimal.otherFailures: expected at most \(kinds), one of each kind, found \(otherFailures.count)")
    }
    for (place, signature) in otherFailures.enumerated() {
      try CaseFile.require(signature: signature, "minimal.otherFailures[\(place)]", path: path)
    }
    try CaseFile.require(digits: unshrunkEventHash, "minimal.unshrunkEventHash", path: path)
  }
}

extension CaseFile.Expectation {
  /// Checks what a file says.
  ///
  /// - Parameter path: the file's name, for the error.
  /// - Throws: at the first thing that no run can have ended with.
  func validate(path: String) throws(FileProblem) {
    if let verdict, RunVerdict(rawValue: verdict) == nil {
      let known = RunVerdict.allCases.map(\.rawValue).joined(separator: ", ")
      throw FileProblem(.content, "\(path): expected.verdict: expected one of \(known); found \"\(verdict)\"")
    }
    if let signature { try CaseFile.require(signature: signature, "expected.signature", path: path) }
    if let eventHash { try CaseFile.require(digits: eventHash, "expected.eventHash", path: path) }
    if let runHash { try CaseFile.require(digits: runHash, "expected.runHash", path: path) }
  }
}

extension CaseFile {
  fileprivate static func require(signature: String, _ name: String, path: String) throws(FileProblem) {
    guard FailureSignature(signature) == nil else { return }
    throw FileProblem(
      .content,
      "\(path): \(name): expected linearizability, or a name behind invariant/, liveness/ or stopped/; found "
        + "\"\(signature)\"")
  }

  static func require(digits: String, _ name: String, path: String) throws(FileProblem) {
    let isDigest = digits.utf8.count == 16 && UInt64(digits, radix: 16)?.hexadecimal == digits
    guard !isDigest else { return }
    throw FileProblem(.content, "\(path): \(name): expected 16 hexadecimal digits, found \"\(digits)\"")
  }
}

extension RunSize {
  /// Each with its name.
  fileprivate var figures: [(String, Int)] {
    [("nodes", nodes), ("operations", operations), ("faults", faults), ("deliveries", deliveries)]
  }
}
