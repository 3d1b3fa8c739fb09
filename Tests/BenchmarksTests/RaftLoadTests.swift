import Benchmarks
import Determinism
import Testing

@Suite("Loads on a cluster in memory")
struct RaftLoadTests {
  private static let proposals = 1_000

  private static func figures(_ load: RaftLoad) -> RaftFigures { load.run(proposals: proposals) { .zero } }

  /// What each load of the catalogue comes to.
  private static let figures = RaftLoad.all.map { figures($0) }

  @Test("Entries gather into appends where many proposals are open, and nowhere else", arguments: RaftLoad.all.indices)
  func batching(_ place: Int) {
    let (load, figures) = (RaftLoad.all[place], Self.figures[place])
    #expect(figures.traffic.appendedEntries >= 2 * Self.proposals, "each of two followers gets every entry")
    #expect((load.open > 1) == (figures.entriesPerAppend > 2), "\(figures.entriesPerAppend) entries an append")
    #expect(figures.entriesPerAppend <= Double(load.entriesPerAppend))
  }

  @Test("Only whole servers make bytes, and only loads with snapshots make snapshots", arguments: RaftLoad.all.indices)
  func parts(_ place: Int) {
    let (load, traffic) = (RaftLoad.all[place], Self.figures[place].traffic)
    #expect((traffic.messageBytes > 0) == (load.part == .server))
    #expect((traffic.diskBytes > 3 * Self.proposals * 72) == (load.part == .server))
    #expect((traffic.snapshots > 0) == (load.snapshotEntries != nil))
  }

  @Test("A leader of 64 clients syncs dozens of proposals at once; one by one it would have a thousand a second")
  func syncs() throws {
    let places = RaftLoad.all.indices.filter { RaftLoad.all[$0].delays != nil }
    #expect(places.count == 1)
    for place in RaftLoad.all.indices where !places.contains(place) {
      #expect(Self.figures[place].proposalsPerSync == nil && Self.figures[place].proposalsPerSimulatedSecond == nil)
    }
    let figures = Self.figures[try #require(places.first)]
    #expect(try #require(figures.proposalsPerSync) > 16)
    #expect(try #require(figures.proposalsPerSimulatedSecond) > 16_000)
    #expect(figures.entriesPerAppend > 16, "they travel together, too")
  }

  @Test("A load does the same again", arguments: RaftLoad.Part.allCases)
  func repeats(_ part: RaftLoad.Part) {
    var load = RaftLoad(part: part, open: 100, entriesPerAppend: 8, window: 16, snapshotEntries: 300)
    #expect(Self.figures(load) == Self.figures(load))
    load.delays = RaftDelays(sync: .milliseconds(3), message: .microseconds(50))
    #expect(Self.figures(load) == Self.figures(load))
  }
}
