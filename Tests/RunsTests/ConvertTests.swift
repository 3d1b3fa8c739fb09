import Foundation
import Testing

@Suite("`raftcheck convert`", .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct ConvertTests {
  private let console = """
    INFO  jepsen.util - 0\t:invoke\t:cas\t[3 0]
    INFO  jepsen.util - 0\t:fail\t:cas\t[3 0]
    INFO  jepsen.util - 1\t:invoke\t:read\tnil
    INFO  jepsen.util - 1\t:ok\t:read\t3

    """

  @Test("Each format is written from each that is read, and means the same")
  func formats() throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(console, to: "etcd.log")
    let (edn, lines) = ("\(folder.path)/a.edn", "\(folder.path)/a.jsonl")
    let written = try Program.run(["convert", log, edn])
    #expect(written.exitCode == 0)
    #expect(written.output + written.errors == "")
    #expect(try Program.run(["convert", edn, lines]).exitCode == 0)
    // 3 was read and never written, whoever wrote the file.
    for path in [log, edn, lines] { #expect(try Program.run(["check", path]).exitCode == 1) }
    let direct = try Program.run(["convert", "--to", "jsonl", "-", "-"], input: console)
    #expect(try direct.output == String(contentsOfFile: lines, encoding: .utf8))
    #expect(direct.output.contains(#""f":"cas","value":false}"#))
    #expect(try Program.run(["check", folder.path]).output.contains("not linearizable       3"))
  }

  @Test("A model that was only found is not written, one that was given is")
  func models() throws {
    let folder = try TemporaryFolder()
    let edn = try folder.write(
      """
      {:process 0, :type :invoke, :f :acquire, :value nil}
      {:process 0, :type :ok, :f :acquire, :value nil}
      {:process 1, :type :invoke, :f :acquire, :value nil}
      {:process 1, :type :ok, :f :acquire, :value nil}

      """, to: "lock.edn")
    let lines = "\(folder.path)/lock.jsonl"
    #expect(try Program.run(["convert", edn, lines]).exitCode == 0)
    let found = try Program.run(["check", lines])
    #expect(found.exitCode == 1)
    #expect(found.output.contains("fenced-lock, semaphore (--model)"))
    // So many may hold one at once as have acquired it.
    #expect(try Program.run(["check", "--model", "semaphore", lines]).exitCode == 0)
    #expect(try Program.run(["convert", "--model", "semaphore", edn, lines]).exitCode == 0)
    let given = try Program.run(["check", lines])
    #expect(given.output.contains("semaphore") && !given.output.contains("--model"))
  }

  @Test("A case becomes its history; in EDN each fault and each request of an operator begins and ends as the nemesis")
  func cases() throws {
    let folder = try TemporaryFolder()
    let small = ["--operations", "20", "--clients", "2", "--duration", "1500ms"]
    for (seed, options, exitCode) in [
      ("2", ["--members", "changing"], 0), ("6", ["--bug", "reads-any-node", "--no-invariants"], 1),
    ] as [(String, [String], Int32)] {
      let run = ["run", "--seed", seed, "--no-shrink", "--out", folder.path] + small + options
      #expect(try Program.run(run).exitCode == exitCode)
      let (saved, edn) = ("\(folder.path)/\(seed)", "\(folder.path)/\(seed).edn")
      #expect(try Program.run(["convert", "\(saved)/case.json", edn]).exitCode == 0)
      #expect(try Program.run(["check", edn]).exitCode == exitCode)
      let history = try String(contentsOfFile: "\(saved)/history.jsonl", encoding: .utf8)
      for source in ["\(saved)/case.json", edn] {
        #expect(try Program.run(["convert", "--to", "jsonl", source, "-"]).output == history)
      }
      let deeds = try String(contentsOfFile: edn, encoding: .utf8).split(separator: "\n").filter {
        $0.contains(":process :nemesis, :type :info")
      }
      // The run holds to its end, so that whatever began has ended.
      if exitCode == 0 {
        let faults = deeds.compactMap { $0.contains(":fault ") ? $0.split(separator: " ").last : nil }
        #expect(!faults.isEmpty && Set(faults).allSatisfy { fault in faults.count { $0 == fault } == 2 })
        #expect(deeds.contains { $0.contains("an operator asks") } && deeds.contains { $0.contains(#":value "done""#) })
      }
      #expect(!deeds.isEmpty)
    }
  }

  @Test("What cannot be done is said, and the file to read stays as it was")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(console, to: "a.edn")
    for (arguments, exitCode, sentence) in [
      ([log, log], 64, "is the file to read"), ([log, "\(folder.path)/./a.edn"], 64, "is the file to read"),
      ([log, "b.txt"], 64, "say what to write with --to: jsonl or edn"), ([log], 64, "needs two files"),
      (["--to", "porcupine-kv", log, "b"], 65, "has no name in a log of Porcupine"),
      (["--to", "jepsen-log", log, "b"], 64, "only read"), (["--json", "--to", "edn", log, "-"], 64, "cannot both"),
      (["missing.edn", "\(folder.path)/b.edn"], 74, "there is no such file"),
    ] as [([String], Int32, String)] {
      let result = try Program.run(["convert"] + arguments)
      #expect(result.exitCode == exitCode)
      #expect(result.errors.contains(sentence), "\(arguments)")
    }
    #expect(try String(contentsOfFile: log, encoding: .utf8) == console)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.edn"])
  }

  @Test("`--json` tells what was written")
  func json() throws {
    let folder = try TemporaryFolder()
    let log = try folder.write(console, to: "etcd.log")
    let result = try Program.run(["convert", "--json", log, "\(folder.path)/a.edn"])
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(object["events"] as? Int == 4)
    #expect(object["to"] as? String == "edn")
    #expect(object["model"] as? String == "cas-register")
  }
}
