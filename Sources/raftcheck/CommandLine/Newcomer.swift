import Runs
import System
import Terminal

/// What people type who do not know the commands yet.
enum Newcomer {
  /// The command line that was meant, without the program's name; `nil` if the words are none of these.
  static func meant(by words: [String]) -> [String]? {
    guard let first = words.first, !first.isEmpty, first.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return nil
    }
    return ["run", "--seed"] + words
  }

  /// What to type in place of a first word that is no command; `nil` if nobody knows.
  static func advice(on word: String) -> String? {
    if (try? Arguments.seedRange(word, named: "the range")) != nil {
      return "\"\(word)\" is no command; for these seeds type `raftcheck fuzz --seeds \(word.shellWord)`."
    }
    if CaseFile.isCase(at: word) || Files.isFolder(word) && !CaseSearch(in: word).paths.isEmpty {
      return "\"\(word)\" is no command; to be told what happened in a case type `raftcheck show \(word.shellWord)`."
    }
    if Files.isFile(word) || Files.isFolder(word) {
      return "\"\(word)\" is no command; to judge what clients recorded type `raftcheck check \(word.shellWord)`."
    }
    return nil
  }
}
