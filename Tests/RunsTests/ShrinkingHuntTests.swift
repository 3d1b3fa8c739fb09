import KnownBugs
import Runs
import Testing

@testable import Campaigns

@Suite("Shrinking what a hunt catches")
struct ShrinkingHuntTests {
  @Test("Each catch is shrunk, holds its signature and is certified, on any number of workers")
  func shrinking() throws {
    var plan = BugHuntPlan(bugs: [try #require(KnownBug.named("vote-not-persisted"))], seeds: 0..<10)
    (plan.catches, plan.shrinksCatches) = (2, true)
    for workers in [1, 3] {
      let figures = try #require(BugHunt(plan).run(workers: workers).figures.first).shrinking
      #expect(figures.seeds.map(\.seed) == [0, 1])
      #expect(figures.heldSignatures == 2 && figures.certified == 2)
      #expect(figures.median(\.nodes) == 2 && figures.median(\.faults) == 0 && figures.median(\.operations) == 0)
      #expect(figures.isWithinBound)
    }
  }

  @Test("A minimal case is saved as soon as it counts, with what it was made from")
  func saving() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/vote-not-persisted"
    var plan = BugHuntPlan(bugs: [try #require(KnownBug.named("vote-not-persisted"))], seeds: 0..<1)
    (plan.catches, plan.shrinksCatches, plan.directory) = (1, true, folder.path)
    let result = BugHunt(plan).run(
      workers: 1,
      afterEach: { progress in
        if progress.catches == 1 { #expect(Files.isFile(CaseFolder(of: 0, in: path).casePath)) }
      })
    #expect(result.problem == nil)
    let place = CaseFolder(of: 0, in: path)
    let minimal = try #require(try CaseFile(at: place.casePath).minimality)
    #expect(minimal.unshrunkEventHash == (try CaseFile(at: place.unshrunkPath)).expected.eventHash)
    #expect(Files.isFile(place.historyPath) && Files.isFile(place.unshrunkHistoryPath))
  }

  @Test("A percentile is the least element that so many are not above")
  func percentile() {
    #expect(ShrinkFigures.percentile(50, of: [3, 1, 2, 4]) == 2)
    #expect(ShrinkFigures.percentile(95, of: Array(1...20)) == 19)
    #expect(ShrinkFigures.percentile(95, of: [7]) == 7)
    #expect(ShrinkFigures.percentile(50, of: [Int]()) == nil)
  }

  @Test("Where a bug may take more than is usual, its row says why")
  func bounds() {
    for bug in KnownBug.catalogue {
      let usual = KnownBug.Bound.usual
      let takesMore =
        bug.bound.nodes > usual.nodes || bug.bound.faults > usual.faults || bug.bound.operations > usual.operations
      #expect(takesMore == (bug.bound.reason != nil), "\(bug.name)")
    }
  }
}
