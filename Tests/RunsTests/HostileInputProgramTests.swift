import Foundation
import Runs
import Testing

@Suite(
  "The program on hostile input", .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct HostileInputProgramTests {
  @Test(
    "A short try of each kind finds nothing, and leaves nothing behind", arguments: ["histories", "cases", "commands"])
  func kinds(kind: String) throws {
    let folder = try TemporaryFolder()
    let result = try Program.run(
      ["bench", "hostile", "--inputs", "3", "--kinds", kind, "--seed", "5", "--out", "\(folder.path)/out"],
      after: "export TMPDIR=\(folder.path)")
    #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
    #expect(result.output.hasPrefix("NOTHING FOUND   seed 5   3 inputs"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["out"])
  }

  @Test("What cannot be asked for is refused")
  func refusals() throws {
    let refused = try Program.run(["bench", "hostile", "--kinds", "histories,dogs"])
    #expect(refused.exitCode == 64 && refused.errors.contains("--kinds names \"dogs\""))
    #expect(try Program.run(["bench", "hostile", "--inputs", "1", "--time", "1s"]).exitCode == 64)
  }

  @Test("The files of a run's folder are held against each other")
  func folders() throws {
    let folder = try TemporaryFolder()
    let quick = ["--operations", "20", "--clients", "2", "--duration", "500ms", "--out", folder.path]
    #expect(try Program.run(["--seed", "0", "--bug", "ack-before-sync"] + quick).exitCode == 1)
    #expect(try Program.run(["--seed", "1"] + quick).exitCode == 0)
    let (failed, held) = (CaseFolder("\(folder.path)/0"), CaseFolder("\(folder.path)/1"))
    #expect(failed.faults() == [] && held.faults() == [])

    // The minimal case beside the history of the run that it was made from.
    try Files.write(Files.read(failed.unshrunkHistoryPath, limit: .max), to: failed.historyPath)
    let faults = failed.faults()
    #expect(faults.count == 2 && faults[0].hasPrefix("case.json has the history of another run: of "))
    #expect(faults.last == "history.jsonl is not what the manifest names")
    try Files.write(Array("{".utf8), to: failed.unshrunkPath)
    try Files.write([], to: "\(failed.path)/case.json.unfinished")
    try Files.write(Array(Files.read(failed.pagePath, limit: .max).dropLast(20)), to: failed.pagePath)
    for fault in ["unshrunk.json", "case.json.unfinished is no file of a run", "report.html ends amid the page"] {
      #expect(failed.faults().contains { $0.contains(fault) }, "\(fault)")
    }
    try FileManager.default.removeItem(atPath: held.historyPath)
    #expect(held.faults() == ["case.json has no history", "history.jsonl is not what the manifest names"])
  }
}
