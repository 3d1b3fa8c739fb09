extension CommandTrials {
  /// Command lines of a command that work beside the files of a trial.
  ///
  /// - Parameter name: the words of its name; there are none for a command that needs no more.
  package static func examples(of name: [String]) -> [[String]] {
    let few = ["--operations", "20", "--clients", "2", "--duration", "500ms"]
    let rests: [[String]] =
      switch name {
      case ["run"]:
        [["--seed", "3"] + few, ["--seed", "3", "--bug", "no-sessions", "--no-shrink", "--out", "out"] + few]
      case ["fuzz"]: [["--seeds", "0..<3"] + few, ["--count", "2", "--hashes"] + few]
      case ["check"]: [["history.jsonl"], ["--timeout", "5s", "folder"], ["--json", "history.jsonl", "folder/h.edn"]]
      case ["shrink"]: [["history.jsonl"], ["history.jsonl", "--out", "small.jsonl"], ["case.json"]]
      case ["replay"]: [["case.json"], ["case.json", "--step"]]
      case ["show"]: [["case.json"], ["case.json", "--html", "page.html"]]
      case ["convert"]: [["history.jsonl", "h.edn"], ["--to", "edn", "history.jsonl", "-"]]
      case ["corpus", "add"]: [["case.json", "--corpus", "out"]]
      case ["corpus", "run"], ["corpus", "minimise"]: [["--corpus", "folder"], ["--corpus", "folder", "--json"]]
      case ["bisect"]: [["case.json", "--good", "a", "--bad", "b"]]
      case ["completions"]: [["bash"]]
      case ["bugs", "show"]: [["no-sessions"]]
      case ["bugs", "run"]: [["no-sessions", "--seeds", "0..<5"]]
      case ["bench", "check"]:
        [["history.jsonl"], ["five-1k-c50-ok", "--algorithm", "auto"], ["--emit", "out", "five-1k-c50-ok"]]
      case ["bench", "agree"]: [["--random", "100"], ["--operations", "2"], ["--large", "1"]]
      case ["bench", "raft"]: [["--proposals", "1000"]]
      case ["bench", "simulate"]: [["--seeds", "0..<1"]]
      default: [[]]
      }
    return rests.map { name + $0 }
  }
}
