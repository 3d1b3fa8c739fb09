import Foundation
import System
import Testing

@testable import Runs

@Suite("Files of strangers")
struct FilesTests {
  private func problem(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch { return "\(error)" }
  }

  @Test(
    "A name that is no text is given back to the system as it came, and is shown with escapes",
    arguments: [
      (Array("plain".utf8), "plain"), ([0x61, 0xFF, 0x62], #"a\xffb"#), ([0xC3], #"\xc3"#), ([0xC3, 0xA9], "é"),
      ([0xED, 0xA0, 0x80], #"\xed\xa0\x80"#), ([0xF4, 0x8F, 0xBC, 0x80], #"\xf4\x8f\xbc\x80"#),
      ([0x80, 0x0A], "\\x80\n"),
    ] as [([UInt8], String)])
  func names(bytes: [UInt8], shown: String) {
    let text = String(systemBytes: bytes)
    #expect(text.systemBytes == bytes)
    #expect(text.displayed == shown)
  }

  @Test("A word for a shell is the name again")
  func shellWords() throws {
    let texts = ["it's", "a\nb", "-é c", "a\u{202E}b"].map { Array($0.utf8) }
    for name in texts + [[0x61, 0xFF, 0x62], [0x27, 0x5C, 0xC3]] {
      let word = String(systemBytes: name).shellWord
      let shell = Process()
      shell.executableURL = URL(fileURLWithPath: "/bin/bash")
      shell.arguments = ["-c", "printf %s \(word)"]
      let output = Foundation.Pipe()
      shell.standardOutput = output
      try shell.run()
      #expect(try output.fileHandleForReading.readToEnd().map { Array($0) } == name)
      shell.waitUntilExit()
    }
    // Nobody takes it for an option.
    #expect(CaseFile.replayCommand(for: "-x/case.json") == "raftcheck replay ./-x/case.json")
  }

  @Test("What is found beside a case must be a plain file: no link is followed, and no pipe waited for")
  func beside() throws {
    let folder = try TemporaryFolder()
    let secret = try folder.write("secret", to: "secret")
    #expect(symlink(secret, "\(folder.path)/sequel.json") == 0)
    #expect(mkfifo("\(folder.path)/unshrunk.json", 0o600) == 0)
    for (name, reason) in [("sequel.json", "is a link, which is not followed"), ("unshrunk.json", "is no plain file")] {
      #expect(
        problem { _ = try Files.read(name, in: folder.path, limit: 100) } == "\(folder.path)/\(name): \(reason)")
    }
    #expect(try Files.read("secret", in: folder.path, limit: 6) == Array("secret".utf8))
    #expect(problem { _ = try Files.read("secret", in: folder.path, limit: 5) } != nil)
  }

  @Test("A search finds names that are no text, and tells what it cannot look at, follows or reads")
  func search() throws {
    let folder = try TemporaryFolder()
    let odd = String(systemBytes: Array("\(folder.path)/odd".utf8) + [0xFF] + Array(".jsonl".utf8))
    try Files.write([], to: odd)
    #expect(symlink("\(folder.path)/nothing", "\(folder.path)/dangling.jsonl") == 0)
    #expect(symlink("/", "\(folder.path)/root") == 0)
    #expect(mkfifo("\(folder.path)/pipe.edn", 0o600) == 0)
    let deep = (0...50).map { _ in "d" }.joined(separator: "/")
    try Files.makeFolder("\(folder.path)/\(deep)")
    try Files.write([], to: "\(folder.path)/\u{301}x.jsonl")
    let search = HistorySearch(in: folder.path)
    let start = folder.path.unicodeScalars.count + 1
    let found: [String] = search.findings.map { finding in
      switch finding {
      case .success(let found): String(found.path.unicodeScalars.dropFirst(start))
      case .failure(let problem): String(problem.description.unicodeScalars.dropFirst(start))
      }
    }
    #expect(search.linkedFolders == ["\(folder.path)/root"])
    let expected: [String] = [
      "\(deep): lies more than 50 folders deep",
      "dangling.jsonl: is a link, which is not followed; name what it leads to",
      String(odd.dropFirst(folder.path.count + 1)),
      "pipe.edn: is no plain file",
      // By its unicode scalars: a slash and an accent are one character.
      String("\(folder.path)/\u{301}x.jsonl".unicodeScalars.dropFirst(folder.path.unicodeScalars.count + 1)),
    ]
    #expect(found == expected)
    #expect(HistorySearch(in: "\(folder.path)/no").findings.count == 1)
  }

  @Test("What is found in a folder is read through no link, also if one of its folders becomes a link")
  func exchanged() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/in/a/h.jsonl"
    for place in ["in/a", "elsewhere"] {
      try Files.makeFolder("\(folder.path)/\(place)")
      try Files.write(Array(place.utf8), to: "\(folder.path)/\(place)/h.jsonl")
    }
    func read() throws -> [UInt8] {
      var bytes: [UInt8] = []
      try Files.readParts(of: path, below: "\(folder.path)/in", limit: 100) { part, _ in bytes += part }
      return bytes
    }
    #expect(try read() == Array("in/a".utf8))
    try FileManager.default.removeItem(atPath: "\(folder.path)/in/a")
    #expect(symlink("\(folder.path)/elsewhere", "\(folder.path)/in/a") == 0)
    #expect(problem { _ = try read() } == "\(folder.path)/in/a: is a link, which is not followed; expected a folder")
    // The folder that a user names may be one.
    #expect(try HistorySearch(in: "\(folder.path)/in/a").findings.map { try $0.get().path } == [path])
  }

  @Test("A pipe that nobody writes to is waited for as long as the limits allow")
  func limits() throws {
    let folder = try TemporaryFolder()
    let pipe = "\(folder.path)/pipe"
    #expect(mkfifo(pipe, 0o600) == 0)
    var asked = 0
    #expect(
      problem {
        try Files.readParts(
          of: pipe, limit: 100,
          checkLimits: { () throws(FileProblem) in
            asked += 1
            if asked > 3 { throw FileProblem(.limit, "enough") }
          }
        ) { _, _ in }
      } == "enough")
    // What a writer has written is read to its end.
    let reader = open(pipe, O_RDWR)
    defer { close(reader) }
    _ = write(reader, "tea", 3)
    var bytes: [UInt8] = []
    #expect(
      problem {
        try Files.readParts(
          of: pipe, limit: 100,
          checkLimits: { () throws(FileProblem) in
            if bytes.count == 3 { throw FileProblem(.limit, "enough") }
          }
        ) { part, _ in bytes += part }
      } == "enough")
  }

  @Test("A path that a user types is followed: what a link leads to is written, and the link stays")
  func typed() throws {
    let folder = try TemporaryFolder()
    let target = try folder.write("old", to: "target")
    let link = "\(folder.path)/link"
    #expect(symlink("target", link) == 0)
    try Files.write(Array("new".utf8), to: link)
    #expect(try String(contentsOfFile: target, encoding: .utf8) == "new")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == "target")
    try FileManager.default.removeItem(atPath: target)
    #expect(problem { try Files.write([], to: link) } == "\(link): is a link to something that is not there")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["link"])
  }
}
