import Foundation
import Terminal
import Testing

@testable import raftcheck

@Suite("Files by which campaigns run on many machines")
struct DeployTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let yaml = [
    ".github/workflows/nightly.yml", "Sources/Campaigns/Deploy/gitlab-ci.yml",
    "Sources/Campaigns/Deploy/kubernetes-job.yml",
  ]
  private static let others = ["Sources/Campaigns/Deploy/slurm-array.sh", "Sources/Campaigns/Deploy/Containerfile"]

  private func text(_ path: String) throws -> String {
    try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
  }

  private func run(_ words: [String]) throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    process.currentDirectoryURL = Self.root
    let output = Pipe()
    (process.standardOutput, process.standardError) = (output, output)
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  /// The command lines of this program in a file, without its name.
  private func commands(in path: String) throws -> [[String]] {
    let pattern = #/^[^#]*?(?:exec |do |then |- |run: |CMD \[|^\s*)raftcheck ([a-z][^;|]*)/#
    return try text(path).split(separator: "\n").compactMap { line -> [String]? in
      guard let match = line.firstMatch(of: pattern) else { return nil }
      // What a service or a shell puts in is a word like any other.
      let words = String(match.1).replacingOccurrences(
        of: #"\$\{\{[^}]*\}\}|\$\{?[A-Za-z_]+\}?"#, with: "x", options: .regularExpression)
      let script = "set -f; for word in \(words); do printf '%s\\n' \"$word\"; done"
      return try run(["sh", "-c", script]).output.split(separator: "\n").map(String.init)
    }
  }

  @Test("Commands of this program in these files are ones that it understands", arguments: yaml + others.prefix(1))
  func commands(path: String) throws {
    let found = try commands(in: path)
    #expect(!found.isEmpty, "\(path)")
    for words in found {
      let command = CommandLineProgram.commands.first { words.starts(with: $0.syntax.words) }
      let syntax = try #require(command, "\(path): \(words)").syntax
      #expect(throws: Never.self, "\(path): \(words)") {
        try Arguments(Array(words.dropFirst(syntax.words.count)), of: syntax, in: "raftcheck")
      }
    }
  }

  /// Of each file, what its service sets for each of two jobs; Kubernetes does not say how many there are.
  private static let services: [(path: String, variables: @Sendable (Int) -> String)] = [
    (yaml[0], { "RAFTCHECK_SHARD_INDEX=\($0) RAFTCHECK_SHARD_TOTAL=2" }),
    (yaml[1], { "GITLAB_CI=true CI_NODE_INDEX=\($0 + 1) CI_NODE_TOTAL=2" }),
    (yaml[2], { "JOB_COMPLETION_INDEX=\($0)" }),
    (
      others[0],
      { "SLURM_ARRAY_TASK_ID=\($0) SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=1 SLURM_ARRAY_TASK_COUNT=2" }
    ),
  ]

  @Test(
    "What they run on two machines, with two seeds in place of fifty minutes, is one campaign",
    .enabled(if: Program.executable != nil, "the program is not built beside the tests"), arguments: 0..<4)
  func shards(number: Int) throws {
    let (path, variables) = Self.services[number]
    let folder = try TemporaryFolder()
    let command = try #require(try commands(in: path).first { $0.contains("--time") }, "\(path)")
    for machine in 0..<2 {
      var words = command
      for (option, replacement) in [("--time", ["--count", "2"]), ("--out", ["--out", "\(folder.path)/\(machine)"])] {
        let place = try #require(words.firstIndex(of: option))
        words.replaceSubrange(place...place + 1, with: replacement)
      }
      let quick = ["--jobs", "1", "--operations", "5", "--clients", "1", "--duration", "100ms"]
      let result = try Program.run(words + quick, after: "export \(variables(machine))")
      #expect(result.exitCode == 0 && result.output.contains("ALL HELD   1 seed"), "\(path): \(result)")
    }
    let merged = try Program.run(["merge", "\(folder.path)/0", "\(folder.path)/1", "--out", "\(folder.path)/all"])
    #expect(merged.output.contains("2 seeds"), "\(path): \(merged)")
    #expect(merged.exitCode == (path.contains("kubernetes") ? 2 : 0), "six of eight pods are missing: \(merged)")
  }

  @Test("They are YAML, where something reads it, and shell")
  func syntax() throws {
    let (code, output) = try run(["bash", "-n", Self.others[0]])
    #expect(code == 0 && output == "", "\(output)")
    let script =
      "import sys\ntry: import yaml\nexcept ImportError: sys.exit()\nfor f in sys.argv[1:]: yaml.safe_load(open(f))"
    let (reading, complaint) = try run(
      ["sh", "-c", "command -v python3 >/dev/null || exit 0; exec python3 -c \"$0\" \"$@\"", script] + Self.yaml)
    #expect(reading == 0, "\(complaint)")
  }

  @Test("What is found is kept also where a job fails or is cancelled, and each machine runs a shard")
  func promises() throws {
    let nightly = try text(Self.yaml[0])
    for part in [
      "workflow_dispatch:", "fail-fast: false", "RAFTCHECK_SHARD_INDEX: ${{ strategy.job-index }}",
      "RAFTCHECK_SHARD_TOTAL: ${{ strategy.job-total }}", "if: always()", "actions/cache/save@v4",
    ] { #expect(nightly.contains(part), "\(part)") }
    #expect(try text(Self.yaml[1]).contains("when: always"))
    let job = try text(Self.yaml[2])
    let completions = try #require(job.firstMatch(of: #/completions: (\d+)/#)).1
    #expect(job.contains("--shard auto/\(completions) "), "no variable of Kubernetes names the number of shards")
    #expect(job.contains("podFailurePolicy:") && job.contains("completionMode: Indexed"))
    #expect(try text(Self.others[0]).contains("#SBATCH --array=0-7"))
    #expect(try text(Self.others[1]).contains("ENTRYPOINT [\"raftcheck\"]"))
  }
}
