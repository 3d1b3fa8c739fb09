import Determinism
import Scenarios

// Shorter and rounder times.
extension ShrinkSession {
  /// Lets everything come sooner, from the first thing to the last, and at times that are easy to tell.
  mutating func shortenTimes() {
    pass = "shortening times"
    guard best.scenario.moments.count <= Self.fewMoments else { return }
    var place = 0
    while !isOver {
      let scenario = best.scenario
      let moments = scenario.moments
      guard place < moments.count else { break }
      let before = place == 0 ? .zero : moments[place - 1]
      let candidates = Self.targets(for: moments[place], behind: before).map { target in
        scenario.shifting(from: moments[place], by: moments[place] - target)
      }
      takeFirst(of: candidates)
      place += 1
    }
    roundTimes()
    simplifyEach({ $0.scenario.faults.count }) { best, place in
      [best.scenario.changingFault(at: place) { $0.duration = best.scenario.timeLeft(for: $0) ?? $0.duration }]
    }
  }

  /// Only so many times are looked at one by one.
  private static var fewMoments: Int { 60 }

  /// Times to try in place of one, the best first.
  private static func targets(for time: Duration, behind before: Duration) -> [Duration] {
    let round = before.roundedUp(to: .milliseconds(10))
    let tens: [Int64] = [0, 10, 20, 30, 50, 80, 100, 110, 120, 150, 200, 250, 300, 400, 500, 700, 1_000, 1_500]
    let ones: [Int64] = [0, 1, 2, 3, 4, 5, 7]
    let fine = before.roundedUp(to: .milliseconds(1))
    var all = tens.map { round + .milliseconds($0) }
    all += ones.map { fine + .milliseconds($0) }
    all += [time.roundedDown(to: .milliseconds(10)), time.roundedDown(to: .milliseconds(1))]
    return all.filter { $0 < time && $0 >= before }
  }

  /// Rounds single times, and leaves the others.
  private mutating func roundTimes() {
    pass = "rounding times"
    simplifyEach({ $0.scenario.singleTimes }) { best, number in
      let scenario = best.scenario
      return [Duration.milliseconds(10), .milliseconds(1), .microseconds(100)].flatMap { unit in
        [
          scenario.changingTime(number) { $0.roundedUp(to: unit) },
          scenario.changingTime(number) { $0.roundedDown(to: unit) },
        ]
      }
    }
  }
}

extension Duration {
  /// The greatest multiple of a unit that is not more.
  func roundedDown(to unit: Duration) -> Duration {
    .nanoseconds(nanoseconds / unit.nanoseconds * unit.nanoseconds)
  }
}

extension Scenario {
  /// When something begins, each once, in order.
  fileprivate var moments: [Duration] {
    var all = (overrides?.elections ?? []).map(\.at) + workload.clients.flatMap(\.operations).map(\.at)
    for fault in faults {
      guard case .time(let at) = fault.trigger else { continue }
      all.append(at)
      if at + fault.duration < stormEnd { all.append(at + fault.duration) }
    }
    all.append(stormEnd)
    all.sort()
    return zip(all, [.nanoseconds(-1)] + all).filter { $0 != $1 }.map(\.0)
  }

  /// The same with all that comes from some time on coming sooner.
  fileprivate func shifting(from time: Duration, by shift: Duration) -> Scenario {
    var scenario = self
    func moved(_ at: Duration) -> Duration { at >= time ? at - shift : at }
    for place in operationPlaces { scenario[place].at = moved(scenario[place].at) }
    for place in faults.indices {
      guard case .time(let at) = faults[place].trigger else { continue }
      scenario.faults[place].trigger = .time(at: moved(at))
      // One that goes on to the end of the run and longer does so still.
      let end = at + faults[place].duration
      if end < stormEnd { scenario.faults[place].duration = moved(end) - moved(at) }
    }
    scenario.stormEnd = moved(stormEnd)
    return scenario.fixing { overrides in
      overrides.elections = overrides.elections?.map { ForcedElection(node: $0.node, at: moved($0.at)) }.sorted()
    }
  }

  /// How long a fault may last that goes on to the end of the run or longer, rounded up.
  fileprivate func timeLeft(for fault: Fault) -> Duration? {
    guard case .time(let at) = fault.trigger, at + fault.duration >= stormEnd else { return nil }
    return (stormEnd - at).roundedUp(to: .milliseconds(10))
  }

  /// How many times `changingTime` can change.
  fileprivate var singleTimes: Int { operationPlaces.count + 2 * faults.count + (overrides?.elections?.count ?? 0) }

  /// The same with one time changed: an operation's, a fault's, a fault's duration, an election's.
  fileprivate func changingTime(_ number: Int, _ change: (Duration) -> Duration) -> Scenario {
    var scenario = self
    let places = operationPlaces
    if number < places.count {
      scenario[places[number]].at = change(scenario[places[number]].at)
      return scenario
    }
    let fault = (number - places.count) / 2
    if fault < faults.count {
      if (number - places.count) % 2 == 1 {
        scenario.faults[fault].duration = change(faults[fault].duration)
      } else if case .time(let at) = faults[fault].trigger {
        scenario.faults[fault].trigger = .time(at: change(at))
      }
      return scenario
    }
    return fixing { overrides in
      guard var elections = overrides.elections else { return }
      let place = number - places.count - 2 * faults.count
      elections[place].at = min(stormEnd, change(elections[place].at))
      overrides.elections = elections.sorted()
    }
  }
}
