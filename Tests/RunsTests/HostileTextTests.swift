import Determinism
import Foundation
import Testing

@Suite(
  "Text of strangers in what is printed",
  .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct HostileTextTests {
  private static let quick = ["--operations", "20", "--clients", "2", "--duration", "500ms"]
  /// What turns a terminal's colours, its title, the direction of words or a line's end; what nobody sees; half a flood.
  private static let texts = [
    "\u{9B}31m", "a\u{1B}]0;title\u{7}", "\u{85}next", "x\u{2028}y\u{2029}", "\u{202E}RTL\u{2066}", "\u{200B}\u{FEFF}",
    "\u{E0041}\u{FFFFE}\u{E000}", "\u{301}", "back\\slash \"quote\"\n", String(repeating: "\u{1100}", count: 9_000),
    "a" + String(repeating: "\u{301}", count: 20_000),
  ]

  /// A history without an order whose key and values are the text.
  private func history(of text: String) throws -> String {
    func line(_ event: [String: Any]) throws -> String {
      String(decoding: try JSONSerialization.data(withJSONObject: event, options: .sortedKeys), as: UTF8.self)
    }
    let events: [[String: Any]] = [
      ["process": 0, "type": "invoke", "f": "put", "key": text, "value": text],
      ["process": 0, "type": "ok", "f": "put"],
      ["process": 1, "type": "invoke", "f": "get", "key": text],
      ["process": 1, "type": "ok", "f": "get", "value": "\(text)2"],
    ]
    return try ([#"{"format":"raftcheck-history","version":1,"model":"kv"}"#] + events.map(line)).map { "\($0)\n" }
      .joined()
  }

  private func expectClean(_ result: Program.Result, _ words: [String]) {
    for text in [result.output, result.errors] {
      #expect(text.unicodeScalars.allSatisfy { $0.value == 0x0A || $0.isPrintable }, "\(words)")
      #expect(text.utf8.count < 8_000, "\(words)")
    }
  }

  @Test("Keys, values and names of files reach no terminal as they are, and are shown in bounded length")
  func histories() throws {
    for text in Self.texts {
      let folder = try TemporaryFolder()
      let content = try history(of: text)
      // The name of a file has at most 255 bytes, and no slash.
      let name = text.utf8.count < 200 ? "\(text).jsonl" : "history.jsonl"
      let path = try folder.write(content, to: name)
      for words in [["check", path], ["shrink", path], ["check", "\(path)/none"]] {
        let result = try Program.run(words)
        #expect(result.exitCode == (words[1] == path ? 1 : 74))
        expectClean(result, words)
      }
    }
  }

  @Test("JSON says the name of a file as it is, with escapes, and what is data loses nothing")
  func data() throws {
    for text in Self.texts where text.utf8.count < 200 {
      let folder = try TemporaryFolder()
      let path = try folder.write(try history(of: text), to: "\(text).jsonl")
      let result = try Program.run(["check", path, "--json"])
      expectClean(result, [path])
      let object = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
      let file = try #require((object["files"] as? [[String: Any]])?.first)
      #expect((file["file"] as? String)?.utf8.elementsEqual(path.utf8) == true)
      let written = try Program.run(["convert", path, "-", "--to", "jsonl"]).output
      let again = try Program.run(["convert", "-", "-", "--to", "edn"], input: written).output
      #expect(try Program.run(["convert", "-", "-", "--to", "jsonl"], input: again).output == written)
      let put = try #require(
        JSONSerialization.jsonObject(with: Data(written.split(separator: "\n")[1].utf8)) as? [String: Any])
      #expect((put["value"] as? String)?.utf8.elementsEqual(text.utf8) == true)
    }
  }

  @Test("A case with such keys is told, walked through, drawn and shrunk as clean text")
  func cases() throws {
    let folder = try TemporaryFolder()
    _ = try Program.run(["--seed", "0", "--bug", "ack-before-sync", "--no-shrink", "--out", folder.path] + Self.quick)
    let saved = try String(contentsOfFile: "\(folder.path)/0/case.json", encoding: .utf8)
    let text = #"\u009b31m\u202e\u001b[2J\u0301"#
    let hostile = saved.replacing(#/"(key|value)" : "[^"]*"/#) { "\"\($0.1)\" : \"\(text)\"" }
      .replacing(#/"keys" : \[[^\]]*\]/#, with: "\"keys\" : [\"\(text)\"]")
      .replacing(#/"program" : "[^"]*"/#, with: "\"program\" : \"\(text)\"")
    let path = try folder.write(hostile, to: "hostile.json")
    for words in [["show", path], ["show", path, "--json"], ["replay", path]] {
      let result = try Program.run(words)
      #expect(result.exitCode == (words[0] == "show" ? 0 : 1), "\(result.errors)")
      expectClean(result, words)
    }
    let steps = try Program.run(["replay", path, "--step"]).output
    #expect(steps.unicodeScalars.allSatisfy { $0.value == 0x0A || $0.isPrintable })
    let page = try Program.run(["show", path, "--html", "-"]).output
    #expect(page.unicodeScalars.allSatisfy { $0.value == 0x0A || $0.isPrintable } && page.contains(#"\u{9B}31m"#))
  }

  @Test("What somebody typed is quoted clean and short")
  func arguments() throws {
    for text in Self.texts {
      for words in [
        [text], ["--seed", text], ["bugs", "show", text], ["run", "--seed", "1", "--faults", text],
        ["fuzz", "--\(text)"],
        ["check", "x", "--initial", "", "--model", text], ["bench", "check", text],
      ] {
        let result = try Program.run(words)
        #expect(result.exitCode == 64 || result.exitCode == 74 || result.exitCode == 65, "\(words)")
        expectClean(result, words)
      }
    }
  }

  @Test("A progress line and colours on a terminal are the program's own")
  func terminal() throws {
    let folder = try TemporaryFolder()
    _ = try folder.write(try history(of: "\u{9B}31m\u{202E}"), to: "\u{1B}[2J\n.jsonl")
    let lines = try Terminal.run(["check", folder.path], columns: 80, in: folder.path)
    #expect(lines.contains { $0.contains(#"\u{9B}31m\u{202E}"#) })
    #expect(lines.allSatisfy { $0.unicodeScalars.allSatisfy(\.isPrintable) })
  }

  @Test("The initial value may be the empty text, and other values may not be empty")
  func emptyValues() throws {
    let folder = try TemporaryFolder()
    let lines = [
      #"{"format":"raftcheck-history","version":1,"model":"kv"}"#,
      #"{"process":1,"type":"invoke","f":"get","key":"x"}"#, #"{"process":1,"type":"ok","f":"get","value":""}"#,
    ]
    let path = try folder.write(lines.joined(separator: "\n") + "\n", to: "empty.jsonl")
    for command in ["check", "shrink"] {
      #expect(try Program.run([command, path]).exitCode == 1)
      #expect(try Program.run([command, path, "--initial", ""]).exitCode == 0)
      #expect(try Program.run([command, path, "--initial="]).exitCode == 0)
      #expect(try Program.run([command, path, "--initial"]).exitCode == 64)
    }
    let other = lines[0].replacingOccurrences(of: "}", with: ",\"initial\":\"\"}")
    let told = try folder.write(([other] + lines.dropFirst()).joined(separator: "\n") + "\n", to: "told.jsonl")
    #expect(try Program.run(["check", told, "--initial", ""]).exitCode == 0)
    #expect(
      try Program.run(["check", told, "--initial", "a"]).errors
        == "\(told): every key holds \"\" at first, --initial says \"a\"\n")
    #expect(
      try Program.run(["convert", told, "-", "--to", "jsonl"]).output.hasPrefix(#"{"format":"raftcheck-history""#))
    #expect(try Program.run(["convert", told, "-", "--to", "jsonl"]).output.contains(#""initial":"""#))
    for words in [
      ["check", path, "--model", ""], ["check", path, "--timeout="], ["run", "--seed", "1", "--out", ""],
      ["fuzz", "--count", "1", "--faults", ""], ["show", path, "--html", ""], ["run", "--seed="],
    ] {
      let result = try Program.run(words)
      #expect(result.exitCode == 64 && result.errors.contains("needs a value"), "\(words): \(result.errors)")
    }
    let empty = try Program.run(["check", ""])
    #expect(empty.exitCode == 64 && empty.errors == "raftcheck: `raftcheck check FILE...` takes no empty operand.\n")
  }
}
