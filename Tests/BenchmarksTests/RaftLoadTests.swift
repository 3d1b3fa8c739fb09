import Benchmarks
import Determinism
import Testing

@Suite("Loads on a cluster in memory")
struct RaftLoadTests {
  private static func figures(_ load: RaftLoad) -> RaftFigures { load.run(proposals: 2_000) { .zero } }

  /// What each load of the catalogue comes to.
  private static let figures = RaftLoad.all.map { figures($0) }

  @Test("Entries gather into appends where the window is full, and only there", arguments: RaftLoad.all.indices)
  func batching(_ place: Int) {
    let (load, figures) = (RaftLoad.all[place], Self.figures[place])
    #expect(figures.traffic.appendedEntries >= 2 * 2_000, "each of two followers gets every entry")
    let isFilled = load.open > load.window
    #expect(isFilled == (figures.entriesPerAppend > 2), "\(figures.entriesPerAppend) entries an append")
    #expect(figures.entriesPerAppend <= Double(load.entriesPerAppend))
  }

  @Test("Only whole servers make bytes, and only loads with snapshots make snapshots", arguments: RaftLoad.all.indices)
  func parts(_ place: Int) {
    let (load, traffic) = (RaftLoad.all[place], Self.figures[place].traffic)
    #expect((traffic.messageBytes > 0) == (load.part == .server))
    #expect((traffic.diskBytes > 3 * 2_000 * 72) == (load.part == .server))
    #expect((traffic.snapshots > 0) == (load.snapshotEntries != nil))
  }

  @Test("A load does the same again", arguments: RaftLoad.Part.allCases)
  func repeats(_ part: RaftLoad.Part) {
    let load = RaftLoad(part: part, open: 100, entriesPerAppend: 8, window: 16, snapshotEntries: 300)
    #expect(Self.figures(load) == Self.figures(load))
  }
}
