import Runs

/// What became of a saved case in a campaign.
package struct SavedCaseResult: Codable, Hashable, Sendable {
  /// The case's file.
  package var path: String
  package var severity: Severity
  /// What is wrong, as a clause; `nil` if it is as it must be.
  package var sentence: String?
  /// Whether it could not even be read.
  package var isUnread: Bool

  init(path: String, severity: Severity, sentence: String?, isUnread: Bool = false) {
    (self.path, self.severity, self.sentence, self.isUnread) = (path, severity, sentence, isUnread)
  }

  /// Reads and replays a case.
  init(replaying path: String) {
    do throws(FileProblem) {
      let replay = CorpusReplay(of: try Corpus(path.folderAndName.folder).entry(path.folderAndName.name))
      self.init(path: path, severity: replay.severity, sentence: replay.sentence)
    } catch {
      self.init(path: path, severity: .undecided, sentence: error.description, isUnread: true)
    }
  }
}

extension CorpusReplay {
  /// What is wrong, as a clause; `nil` if it is as it must be.
  package var sentence: String? {
    let expected = entry.saved.expected.signature ?? "in some way"
    return switch finding {
    case .held: nil
    case .fails(let signature): "on the published rules it fails: \(signature)"
    case .notCaught(let signature?): "with its bug it must fail, \(expected), and fails otherwise: \(signature)"
    case .notCaught(nil): "with its bug it must fail, \(expected), and holds"
    case .undecided: "a limit was reached before there was a verdict"
    case .contradiction: "the judge contradicts itself"
    }
  }
}
