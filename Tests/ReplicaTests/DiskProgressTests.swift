import Determinism
import Raft
import Testing

@testable import Replica

@Suite("Progress of the disk")
struct DiskProgressTests {
  private func envelope(_ term: UInt64) -> Ready.Envelope {
    .init(to: NodeID(2), message: .requestVoteReply(RequestVoteReply(term: Term(term), isGranted: true)))
  }

  private func disk() -> DiskProgress { DiskProgress(storage: Storage(rules: PaperStorageRules.self)) }

  private func write(_ term: UInt64, to disk: inout DiskProgress) {
    let failure = disk.storage.persist(hardState: HardState(term: Term(term), votedFor: nil), entries: nil)
    #expect(failure == nil)
  }

  private func finishFlush(_ disk: inout DiskProgress) {
    let failure = disk.storage.finishFlush(.done(freeBytes: .max))
    #expect(failure == nil)
  }

  @Test("A message leaves when all that was written before it is durable, in order, and not with an earlier flush")
  func order() {
    var disk = disk()
    write(1, to: &disk)
    disk.hold(envelope(1), isForSelf: false)
    let departure1 = disk.nextDeparture()
    #expect(departure1 == nil)
    let starts = [disk.storage.startFlush(), disk.storage.startFlush()]
    #expect(starts == [true, false], "one is under way")
    write(2, to: &disk)
    disk.hold(envelope(2), isForSelf: false)
    finishFlush(&disk)
    let departure2 = disk.nextDeparture()
    #expect(departure2 == envelope(1))
    let departure3 = disk.nextDeparture()
    #expect(departure3 == nil, "the flush began before this was written")
    _ = disk.storage.startFlush()
    finishFlush(&disk)
    disk.hold(envelope(3), isForSelf: false)
    let departure4 = disk.nextDeparture()
    #expect(departure4 == envelope(2))
    let departure5 = disk.nextDeparture()
    #expect(departure5 == envelope(3), "nothing is left to wait for")
    let startsAgain = disk.storage.startFlush()
    #expect(!startsAgain, "there is nothing to make durable")
  }

  @Test("Beyond its limit messages for others are dropped, and those for the server itself kept")
  func limit() {
    var disk = disk()
    write(1, to: &disk)
    for term in 0..<(DiskProgress.maxHeldMessages + 5) { disk.hold(envelope(UInt64(term)), isForSelf: false) }
    disk.hold(envelope(9_999), isForSelf: true)
    _ = disk.storage.startFlush()
    finishFlush(&disk)
    var left: [Ready.Envelope] = []
    while let envelope = disk.nextDeparture() { left.append(envelope) }
    #expect(left.count == DiskProgress.maxHeldMessages + 1)
    #expect(left.last == envelope(9_999))
  }
}
