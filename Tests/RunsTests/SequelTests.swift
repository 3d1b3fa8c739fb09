import Determinism
import Foundation
import KnownBugs
import Raft
import Runs
import Scenarios
import Testing

@Suite("Sequels")
struct SequelTests {
  /// A minimal run in which an entry is committed that a server which lacks it could overwrite.
  private static func failing() throws -> RunReport {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../ReportingTests/Stories/commits-earlier-terms.json")
    var scenario = try JSONDecoder().decode(Scenario.self, from: Data(contentsOf: file))
    scenario.scenarioVersion = Scenario.currentVersion
    return Run(scenario: scenario, bug: KnownBug.named("commits-earlier-terms")).traced()
  }

  @Test("Saved, it replays to its event hash, and an entry is removed that was committed")
  func replays() throws {
    let sequel = try #require(Sequel(of: Self.failing()))
    let written = CaseFile(sequel.report).encoded()
    let saved = try CaseFile(reading: written, path: "sequel.json")
    #expect(saved.run.checks == .damage && !saved.isEdited)
    let replayed = saved.run.simulate(tracing: .start).outcome
    #expect(replayed.eventHash.hexadecimal == saved.expected.eventHash)
    #expect(replayed.trace == sequel.outcome.trace && replayed.failure?.finding.isDamage == true)

    // Entry 1 was committed in one term, and is removed in the sequel from a log that holds it.
    let before = replayed.trace.prefix(sequel.start).flatMap(\.effects).map(\.what)
    let first = LogIndex.zero.next
    #expect(before.contains(.committed(through: first)) || before.contains(.committed(through: first.next)))
    let after = replayed.trace.dropFirst(sequel.start).flatMap(\.effects)
    let loser = try #require(after.first { $0.what == .truncated(from: first) }?.node)
    let appended = replayed.trace.prefix(sequel.start).flatMap(\.effects).filter { $0.node == loser }
      .compactMap { effect in if case .appended(let entries) = effect.what { entries.first } else { nil } }
    #expect(appended.last?.index == first && appended.last?.term == Term(1))
  }

  @Test("It is found again beside its case, and not beside another one")
  func isHeld() throws {
    let folder = try TemporaryFolder()
    let report = try Self.failing()
    let sequel = try #require(Sequel(of: report))
    #expect(CaseFolder(folder.path).path(of: sequel) == nil)
    let path = CaseFolder(folder.path).sequelPath
    try Files.write(CaseFile(sequel.report).encoded(), to: path)
    #expect(CaseFolder(folder.path).path(of: sequel) == path)
    try Files.write(CaseFile(report).encoded(), to: path)
    #expect(CaseFolder(folder.path).path(of: sequel) == nil)
  }
}
