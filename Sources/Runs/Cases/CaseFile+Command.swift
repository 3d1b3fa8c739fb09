extension CaseFile {
  /// What to type to see the case at this path again.
  package static func replayCommand(for path: String) -> String {
    "raftcheck replay \((path.hasPrefix("-") ? "./\(path)" : path).shellWord)"
  }
}
