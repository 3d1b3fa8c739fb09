import Determinism
import Testing
import Traces

@testable import Simulation

@Suite("The event queue")
struct EventQueueTests {
  @Test(
    "Events come out by time, and of one instant in the order in which they went in",
    arguments: 0..<30 as Range<UInt64>)
  func totalOrder(seed: UInt64) throws {
    var draws = Dice(seed: seed).sequence(Purpose(rawValue: 1))
    var queue = EventQueue<Int>()
    var model: [(time: Int64, event: Int)] = []
    for event in 0..<300 {
      if draws.next().below(3) == 0, !model.isEmpty {
        // The first of the earliest ones.
        let earliest = model.map(\.time).min()
        let first = model.firstIndex { $0.time == earliest }
        let place = try #require(first)
        let expected = model.remove(at: place)
        let next = queue.next()
        #expect(next?.event == expected.event && next?.instant.nanoseconds == expected.time, "seed \(seed)")
      } else {
        let time = Int64(draws.next().below(20)) - 3
        queue.schedule(event, at: VirtualInstant(nanoseconds: time))
        model.append((time, event))
      }
    }
    // Events are numbered in the order in which they went in.
    let rest = model.sorted { ($0.time, $0.event) < ($1.time, $1.event) }.map(\.event)
    var drained: [Int] = []
    while let next = queue.next() { drained.append(next.event) }
    #expect(drained == rest, "seed \(seed)")
    let isEmpty = queue.isEmpty
    #expect(isEmpty)
  }
}

@Suite("An event queue that is thinned out")
struct ThinnedQueueTests {
  @Test("What is unwanted and late goes, all else comes out in its order")
  func removal() {
    var queue = EventQueue<Int>()
    for event in 0..<200 { queue.schedule(event, at: VirtualInstant(nanoseconds: Int64(event * 37 % 50))) }
    let removed = queue.removeAll(after: VirtualInstant(nanoseconds: 20)) { $0 % 3 == 0 }
    func isKept(_ event: Int) -> Bool { event % 3 != 0 || event * 37 % 50 <= 20 }
    let expected = (0..<200).filter(isKept).sorted { ($0 * 37 % 50, $0) < ($1 * 37 % 50, $1) }
    #expect(removed == 200 - expected.count && removed > 0)
    // The places that became free are used again.
    queue.schedule(1_000, at: VirtualInstant(nanoseconds: 49))
    var drained: [Int] = []
    while let next = queue.next() { drained.append(next.event) }
    #expect(drained == expected + [1_000])
  }
}

@Suite("The alarms of an event queue")
struct AlarmTests {
  @Test(
    "An alarm goes off once, at its last setting, among all other events in the order of time and of asking",
    arguments: 0..<30 as Range<UInt64>)
  func lastSetting(seed: UInt64) throws {
    var draws = Dice(seed: seed).sequence(Purpose(rawValue: 4))
    var queue = EventQueue<Int>(alarms: Array(0..<5))
    // With what was asked last at the end.
    var model: [(time: Int64, event: Int)] = []
    for event in 5..<600 {
      let time = Int64(draws.next().below(20)) - 3
      switch draws.next().below(4) {
      case 0:
        queue.schedule(event, at: VirtualInstant(nanoseconds: time))
        model.append((time, event))
      case 1:
        let alarm = draws.next().below(5)
        let isOn = draws.next().below(4) > 0
        queue.setAlarm(alarm, at: isOn ? VirtualInstant(nanoseconds: time) : nil)
        model.removeAll { $0.event == alarm }
        if isOn { model.append((time, alarm)) }
      default:
        let earliest = model.map(\.time).min()
        let expected = model.firstIndex { $0.time == earliest }.map { model.remove(at: $0) }
        let next = queue.next()
        #expect(next?.event == expected?.event && next?.instant.nanoseconds == expected?.time, "seed \(seed)")
        let isEmpty = queue.isEmpty
        #expect(isEmpty == model.isEmpty, "seed \(seed)")
      }
    }
  }
}

@Suite("A node's clocks")
struct SimulatedClockTests {
  private static let drifts = [-500_000, -50_000, -1, 0, 1, 200, 500_000]

  @Test("The monotonic clock never goes back, however its rate changes", arguments: 0..<20 as Range<UInt64>)
  func monotonic(seed: UInt64) {
    var draws = Dice(seed: seed).sequence(Purpose(rawValue: 2))
    var clock = SimulatedClock(driftPartsPerMillion: 0, wallOffset: .zero)
    var now = VirtualInstant.start
    var last = clock.local(at: now)
    for _ in 0..<200 {
      now = now + .nanoseconds(Int64(draws.next().below(1 << (draws.next().below(40) + 1))))
      if draws.next().below(3) == 0 { clock.setDrift(partsPerMillion: draws.pick(Self.drifts), at: now) }
      if draws.next().below(5) == 0 { clock.jumpWall(by: .seconds(Int64(draws.next().within(-9...9)))) }
      let local = clock.local(at: now)
      #expect(local >= last, "seed \(seed)")
      last = local
    }
  }

  @Test("A drift is exact: so many nanoseconds more a millisecond", arguments: drifts)
  func drift(partsPerMillion: Int) {
    let clock = SimulatedClock(driftPartsPerMillion: partsPerMillion, wallOffset: .zero)
    let hour = VirtualInstant.start + .seconds(3_600)
    #expect(clock.local(at: hour).nanoseconds == 3_600 * (1_000_000_000 + 1_000 * Int64(partsPerMillion)))
  }

  @Test("After the true time of a span the clock has gone on by the span, and not a moment earlier", arguments: drifts)
  func trueTime(partsPerMillion: Int) {
    var draws = Dice(seed: 1).sequence(Purpose(rawValue: 3))
    let clock = SimulatedClock(driftPartsPerMillion: partsPerMillion, wallOffset: .zero)
    for _ in 0..<500 {
      let span = Duration.nanoseconds(Int64(draws.next().below(1 << (draws.next().below(40) + 1)) + 1))
      let wait = clock.trueTime(for: span)
      // Measured from the anchor, where the division leaves nothing over.
      let local = clock.local(at: .start + wait).nanoseconds
      #expect(local >= span.nanoseconds, "\(span.nanoseconds) ns")
      // At half rate one true nanosecond is half a local one.
      #expect(local <= span.nanoseconds + 2, "\(span.nanoseconds) ns")
    }
    #expect(clock.trueTime(for: .zero) > .zero, "a timer that ran out still takes an event")
  }

  @Test("A jump moves the wall clock and leaves the monotonic one")
  func jump() {
    var clock = SimulatedClock(driftPartsPerMillion: 0, wallOffset: .milliseconds(5))
    let now = VirtualInstant.start + .seconds(1)
    #expect(clock.wall(at: now).nanoseconds == 1_005_000_000)
    clock.jumpWall(by: .seconds(-3))
    #expect(clock.wall(at: now).nanoseconds == -1_995_000_000)
    #expect(clock.local(at: now).nanoseconds == 1_000_000_000)
  }
}
