extension CaseFile {
  /// What to type to see the case at this path again.
  package static func replayCommand(for path: String) -> String { "raftcheck replay \(path.shellWord)" }
}

extension String {
  /// As a shell takes it for one word.
  fileprivate var shellWord: String {
    let isPlain = !isEmpty && utf8.allSatisfy { $0 > 0x7F || String.plainBytes.contains($0) }
    return isPlain ? self : "'\(replacing("'", with: "'\\''"))'"
  }

  private static let plainBytes = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+=:,@%".utf8)
}
