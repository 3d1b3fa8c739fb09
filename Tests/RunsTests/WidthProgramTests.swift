import Foundation
import Testing

@Suite(
  "What is printed on a terminal", .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct WidthProgramTests {
  private static let quick = ["--operations", "20", "--clients", "2", "--duration", "500ms"]
  private static let failing = ["--seed", "0", "--bug", "ack-before-sync"] + quick
  private static let names = [
    "run", "fuzz", "check", "shrink", "replay", "show", "convert", "bugs list", "bugs show", "bugs run", "bench check",
    "bench agree", "bench raft", "bench simulate",
  ]

  /// A history without an order, some of whose clients wait for long, and a folder with it, another one and a file that
  /// is none.
  private func prepare(_ folder: TemporaryFolder) throws {
    let header = #"{"format":"raftcheck-history","version":1,"model":"kv"}"#
    var lines = [header]
    for number in 0..<6 {
      lines.append(#"{"process":\#(number),"type":"invoke","f":"put","key":"a key","value":"value \#(number)"}"#)
    }
    for number in 0..<6 { lines.append(#"{"process":\#(number),"type":"ok","f":"put","key":"a key"}"#) }
    for value in ["value 2", "value 3", "value 2"] {
      lines.append(#"{"process":7,"type":"invoke","f":"get","key":"a key"}"#)
      lines.append(#"{"process":7,"type":"ok","f":"get","key":"a key","value":"\#(value)"}"#)
    }
    try FileManager.default.createDirectory(atPath: "\(folder.path)/many", withIntermediateDirectories: true)
    _ = try folder.write(lines.joined(separator: "\n") + "\n", to: "bad.jsonl")
    _ = try folder.write(lines.joined(separator: "\n") + "\n", to: "many/bad-with-a-long-name-of-its-own.jsonl")
    _ = try folder.write(header + "\n", to: "many/good.jsonl")
    let saved = try Program.run(Self.failing + ["--no-shrink", "--out", folder.path])
    #expect(saved.exitCode == 1)
  }

  @Test(
    "No line is wider than the terminal, commands and paths aside, and no word is broken", arguments: [40, 60, 80, 120])
  func widths(_ columns: Int) throws {
    let folder = try TemporaryFolder()
    try prepare(folder)
    let help = [["--help"]] + Self.names.map { $0.split(separator: " ").map(String.init) + ["--help"] }
    let commands =
      help + [
        ["--seed", "42"] + Self.quick, Self.failing + ["--no-shrink"], ["replay", "0/case.json"],
        ["replay", "0/case.json", "--step"], ["show", "0/case.json"],
        ["fuzz", "0..<4", "--bug", "ack-before-sync", "--out", "seeds"] + Self.quick,
        ["check", "bad.jsonl"], ["check", "many"], ["shrink", "bad.jsonl"], ["bugs", "list"],
        ["bugs", "show", "commits-earlier-terms"], ["bugs", "run", "ack-before-sync", "--catches", "1"],
        ["bench", "agree", "--operations", "2"],
      ]
    for command in commands {
      let lines = try Terminal.run(command, columns: columns, in: folder.path)
      #expect(lines.contains { !$0.isEmpty }, "\(command)")
      for line in lines where line.count > columns {
        let text = line.drop { $0 == " " }
        let isCommand = ["raftcheck ", "cat "].contains { text.hasPrefix($0) }
        #expect(isCommand || !text.contains(" "), "\(columns) columns, \(command): \(line)")
      }
      // The words are those of a reader with the most room: none was broken.
      guard command.last == "--help" || command[0] == "show" else { continue }
      #expect(words(lines) == words(try Terminal.run(command, columns: 160, in: folder.path)), "\(columns), \(command)")
    }
  }

  /// But for bars, which change with the width.
  private func words(_ lines: [String]) -> [String] {
    lines.flatMap { $0.split(separator: " ") }.map(String.init).filter { $0.contains { !"-|)>".contains($0) } }.sorted()
  }

  @Test("A pipe gets lines of 100 columns, whatever terminal is behind it")
  func pipe() throws {
    let lines = try Program.run(["bugs", "list"]).output.split(separator: "\n")
    #expect(lines.contains { $0.count > 80 })
    #expect(lines.allSatisfy { $0.count <= 100 })
  }
}
