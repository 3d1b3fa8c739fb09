import Reporting

extension CaseFile.Minimality {
  /// The greatest number in what a case was made from, so that numbers can be added.
  package static let maxFigure = Int(Int32.max)
  /// More things than this are left of no run that somebody could read.
  package static let maxCertificateLines = 100_000

  /// Checks what a file says.
  ///
  /// - Parameter path: the file's name, for the error.
  /// - Throws: at the first number that is out of range.
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
  }
}

extension RunSize {
  /// Each with its name.
  fileprivate var figures: [(String, Int)] {
    [("nodes", nodes), ("operations", operations), ("faults", faults), ("deliveries", deliveries)]
  }
}
