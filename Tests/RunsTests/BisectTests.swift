import Foundation
import Testing

/// A repository of git whose commits say how a case ends: its program prints what the file `answer` holds.
private struct Repository {
  let folder: TemporaryFolder
  private(set) var commits: [String] = []
  var path: String { "\(folder.path)/repository" }

  init(_ answers: [String]) throws {
    folder = try TemporaryFolder()
    try sh("git init -q '\(path)'")
    for (number, answer) in answers.enumerated() {
      try sh("printf '%s' '\(answer)' >answer; git add .; git commit -qm 'commit \(number)'", in: path)
      commits.append(try sh("git rev-parse HEAD", in: path))
    }
  }

  static let setup = """
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_CONFIG_NOSYSTEM=1
    """

  @discardableResult func sh(_ command: String, in directory: String? = nil) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "\(Self.setup); \(command)"]
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return text.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Looks for a commit; the "build" fails where the answer is `broken`.
  func bisect(_ good: Int, _ bad: Int, _ options: [String] = []) throws -> Program.Result {
    let program = "#!/bin/sh\ncat answer"
    let build = "grep -q broken answer && exit 1; printf '%s\\n' '\(program)' >program; chmod +x program"
    return try Program.run(
      [
        "bisect", BisectTests.casePath, "--good", commits[good], "--bad", commits[bad], "--build", build, "--program",
        "./program",
      ] + options, after: "export TMPDIR='\(folder.path)/tmp'; mkdir -p \"$TMPDIR\"; cd '\(path)'")
  }

  /// What is left of the search.
  func leftovers() throws -> String {
    try sh(
      "git worktree list | tail -n +2; git status --porcelain; git for-each-ref refs/bisect; ls '\(folder.path)/tmp'",
      in: path)
  }
}

@Suite(
  "The commit that broke a case", .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct BisectTests {
  static let casePath = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("ReportingTests/Cases/deaf-when-full.json").path
  private static let holds = #"{"verdict":"linearizable"}"#
  private static let fails = #"{"signature":"liveness/FollowerSilent","verdict":"no-progress"}"#

  @Test("It is found between the ends, past commits that do not build, and nothing is left behind")
  func found() throws {
    let repository = try Repository([Self.holds, Self.holds, "broken", Self.holds, Self.fails, Self.fails, Self.fails])
    let result = try repository.bisect(0, 6)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.output.hasPrefix("FIRST BAD COMMIT\n  \(repository.commits[4].prefix(7))"), "\(result.output)")
    #expect(result.output.hasSuffix("commit 4\n"))
    #expect(result.errors.contains("trying \(repository.commits[6].prefix(7))"))
    #expect(try repository.leftovers() == "")
    let json = try repository.bisect(0, 6, ["--json"])
    #expect(json.output.contains(#""commit":"\#(repository.commits[4])""#))
    var tables = try JSONTables()
    #expect(try tables.objections(to: json.output.dropLast()) == [])
  }

  @Test("Where commits cannot be tried it says among which it is, with 2")
  func undecided() throws {
    let repository = try Repository([Self.holds, "broken", Self.fails])
    let result = try repository.bisect(0, 2)
    #expect(result.exitCode == 2, "\(result.errors)")
    #expect(result.output.hasPrefix("UNDECIDED   one of 2 commits"), "\(result.output)")
    #expect(try repository.leftovers() == "")
  }

  @Test("An end that is not what it should be, another failure and a commit that is none are told")
  func wrongEnds() throws {
    let other = #"{"signature":"linearizability","verdict":"not-linearizable"}"#
    let repository = try Repository([Self.fails, Self.holds, Self.fails, other])
    let good = try repository.bisect(0, 2)
    #expect(good.exitCode == 65 && good.errors.contains("the case fails here, too; expected a good commit"))
    let bad = try repository.bisect(0, 1)
    #expect(bad.exitCode == 65 && bad.errors.contains("the case holds here; expected a bad commit"))
    #expect(try repository.bisect(1, 3).errors.contains("does not tell how the case ends"))
    let none = try Program.run(
      ["bisect", Self.casePath, "--good", "nothing", "--bad", "HEAD"], after: "cd '\(repository.path)'")
    #expect(none.exitCode == 65 && none.errors == "nothing: is no commit of this repository\n")
    #expect(try Program.run(["bisect", Self.casePath, "--good", "HEAD"]).exitCode == 64)
    #expect(try repository.leftovers() == "")
  }

  @Test("Ctrl-C ends it with 130, and nothing is left behind")
  func interruption() throws {
    let repository = try Repository([Self.holds, Self.fails])
    let result = try Program.run(
      [
        "bisect", Self.casePath, "--good", repository.commits[0], "--bad", repository.commits[1], "--build",
        "touch ../started; sleep 60",
      ],
      after: """
        export TMPDIR='\(repository.folder.path)/tmp'; mkdir -p "$TMPDIR"; cd '\(repository.path)'
        "$0" "$@" & while ! ls "$TMPDIR"/*/started >/dev/null 2>&1; do sleep 0.02; done; kill -INT $!; wait $!; exit $?
        """)
    #expect(result.exitCode == 130, "\(result.errors)")
    #expect(try repository.leftovers() == "")
  }
}
