import Foundation
import Testing

@testable import raftcheck

@Suite("What a newcomer types", .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct NewcomerTests {
  private static let cases = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("ReportingTests/Cases").path
  private let quick = ["--operations", "20", "--clients", "2", "--duration", "500ms"]

  @Test("A number is a seed, alone or behind `run`")
  func seed() throws {
    for words in [["42"], ["run", "42"]] {
      let result = try Program.run(words + quick)
      #expect(result.exitCode == 0 && result.output.hasPrefix("LINEARIZABLE   seed 42 "), "\(words)")
    }
  }

  @Test("-h, -V, help, and help of a command or of a family of commands")
  func help() throws {
    let help = try Program.run(["--help"])
    #expect(help.exitCode == 0)
    for words in [["-h"], ["help"], ["help", "--help"]] { #expect(try Program.run(words).output == help.output) }
    #expect(try Program.run(["-V"]).output == Program.run(["--version"]).output)
    for words in [["fuzz"], ["bugs", "run"]] {
      #expect(try Program.run(["help"] + words).output == Program.run(words + ["--help"]).output)
    }
    let family = try Program.run(["help", "bugs"])
    #expect(family.exitCode == 0 && family.output.contains("raftcheck bugs list") && !family.output.contains("fuzz"))
    let unknown = try Program.run(["help", "fuz"])
    #expect(unknown.exitCode == 64 && unknown.errors.contains("Did you mean \"fuzz\"?"))
  }

  @Test("A folder stands for the case in it; of several cases they are named")
  func folders() throws {
    let folder = try TemporaryFolder()
    let text = try String(contentsOfFile: "\(Self.cases)/deaf-when-full.json", encoding: .utf8)
    let larger = try String(contentsOfFile: "\(Self.cases)/no-sessions.json", encoding: .utf8)
    _ = try folder.write(text, to: "one/55/case.json")
    let shown = try Program.run(["show", "\(folder.path)/one"])
    #expect(shown.exitCode == 0 && shown.output.contains("liveness/FollowerSilent"))
    #expect(try Program.run(["replay", "\(folder.path)/one/55"]).exitCode == 1)

    _ = try folder.write(larger, to: "many/failures/a/case.json")
    _ = try folder.write(text, to: "many/failures/a/minimal.json")
    let bucket = try Program.run(["show", "\(folder.path)/many"])
    #expect(bucket.exitCode == 0 && bucket.output.contains("liveness/FollowerSilent"), "the smaller one counts")
    for name in ["b", "c"] { _ = try folder.write(text, to: "many/failures/\(name)/case.json") }
    for command in ["show", "replay", "shrink"] {
      let several = try Program.run([command, "\(folder.path)/many"])
      #expect(
        several.exitCode == 64 && several.errors.contains("holds 3 cases; expected one of them"), "\(several.errors)")
      #expect(several.errors.contains("`raftcheck \(command) \(folder.path)/many/failures/a/"))
      let none = try Program.run([command, "\(folder.path)/many/failures/b/none"])
      #expect(none.exitCode == 74)
    }
    _ = try folder.write("", to: "empty/nothing")
    #expect(try Program.run(["show", "\(folder.path)/empty"]).errors.contains("is a folder without a case"))
  }

  @Test("What is no command is told with the command that was meant")
  func advice() throws {
    let folder = try TemporaryFolder()
    let history = try folder.write("", to: "h.jsonl")
    for (word, sentence) in [
      ("0..100", "type `raftcheck fuzz --seeds 0..100`"), ("0..<100", "type `raftcheck fuzz --seeds '0..<100'`"),
      ("\(Self.cases)/no-sessions.json", "type `raftcheck show \(Self.cases)/no-sessions.json`"),
      (Self.cases, "type `raftcheck show \(Self.cases)`"), (history, "type `raftcheck check \(history)`"),
      ("shw", "Did you mean \"show\"?"),
    ] {
      let result = try Program.run([word])
      #expect(result.exitCode == 64 && result.errors.contains(sentence), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1)
    }
  }

  @Test("`check` of a case or of another file of this program says what it is")
  func check() throws {
    let folder = try TemporaryFolder()
    let path = "\(Self.cases)/no-sessions.json"
    let found = try Program.run(["check", path])
    #expect(found.exitCode == 65)
    #expect(found.errors.hasPrefix("\(path): is a case and no history; `raftcheck show \(path)` tells its story"))
    let summary = try folder.write("{\"a\" : 1, \"format\" : \"raftcheck-campaign\"}", to: "summary.json")
    let other = try Program.run(["check", summary])
    #expect(
      other.exitCode == 65 && other.errors == "\(summary): is of the format raftcheck-campaign; expected a history\n")
  }

  @Test("A range that includes its end is said to")
  func ranges() throws {
    let result = try Program.run(["bugs", "run", "no-sessions", "--catches", "1", "--seeds", "0..1"])
    #expect(result.errors == "--seeds 0..1 includes seed 1: 2 seeds; 0..<1 would leave it out.\n")
    #expect(try Program.run(["bugs", "run", "no-sessions", "--catches", "1", "--seeds", "0..<1"]).errors == "")
  }
}

@Suite("Completions")
struct CompletionsTests {
  private let completions = Completions(CommandLineProgram.commands.map(\.syntax))

  private func shell(_ words: [String], _ input: String) throws -> (code: Int32, output: String) {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words + [try folder.write(input, to: "script")]
    let output = Pipe()
    (process.standardOutput, process.standardError) = (output, output)
    try process.run()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  @Test("Commands are found by the names that they give themselves")
  func names() {
    #expect(CommandLineProgram.makers.map(\.name) == CommandLineProgram.commands.map(\.syntax.name))
  }

  @Test("Every command and every option is in every script", arguments: Completions.Shell.allCases)
  func whole(shell: Completions.Shell) {
    let script = completions.script(for: shell)
    for command in CommandLineProgram.commands {
      #expect(script.contains(command.syntax.words.last ?? ""), "\(command.syntax.name)")
      for option in command.syntax.options {
        let name = shell == .fish ? "-l '\(option.name.dropFirst(2))'" : option.name
        #expect(script.contains(name), "\(command.syntax.name) \(option.name)")
      }
    }
  }

  private static func isInstalled(_ shell: Completions.Shell) -> Bool {
    ["/bin", "/usr/bin", "/usr/local/bin"].contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(shell.rawValue)")
    }
  }

  @Test("Each shell that is installed reads its script", arguments: Completions.Shell.allCases.filter(isInstalled))
  func syntax(shell: Completions.Shell) throws {
    let (code, output) = try self.shell([shell.rawValue, "-n"], completions.script(for: shell))
    #expect(code == 0 && output == "", "\(output)")
  }

  @Test("fish completes commands and options", .enabled(if: isInstalled(.fish), "fish is not installed"))
  func fish() throws {
    let lines = ["raftcheck fu", "raftcheck corpus ", "raftcheck fuzz --stop", "raftcheck convert --t"]
    let questions = lines.map { "complete -C '\($0)' | cut -f1 | sort | string join ' '\n" }.joined()
    let (_, output) = try shell(["fish", "--no-config"], completions.script(for: .fish) + questions)
    #expect(output == "fuzz\nadd minimise run\n--stop-after\n--to\n")
  }

  @Test(
    "bash completes commands, options and values",
    arguments: [
      (["fu"], "fuzz"), (["corpus", ""], "add run minimise"), (["fuzz", "--stop"], "--stop-after"),
      (["bugs", "run", "--black"], "--black-box"), (["completions", ""], "bash zsh fish"),
      (["help", "conv"], "convert"),
      (["--see"], ""), (["fuzz", "--seeds", ""], ""),
    ])
  func bash(words: [String], expected: String) throws {
    let line = (["raftcheck"] + words).map { "'\($0)'" }.joined(separator: " ")
    let (_, output) = try shell(
      ["bash"],
      completions.script(for: .bash)
        + "COMP_WORDS=(\(line)); COMP_CWORD=\(words.count); _raftcheck; echo ${COMPREPLY[*]}")
    #expect(output == expected + "\n")
  }
}
