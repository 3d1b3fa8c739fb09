import Determinism
import Raft
import Replica
import Reporting
import Scenarios
import Simulation
import Synchronization
import Testing
import Traces

@testable import Runs

/// Draws its timeouts from what the process has done before.
private enum DriftingTimeouts: RaftRules {
  private static let calls = Atomic<Int64>(0)

  static func electionTimeout(from interval: ClosedRange<Duration>) -> ClosedRange<Duration> {
    let calls = calls.wrappingAdd(1, ordering: .relaxed).newValue
    return interval.lowerBound...(interval.upperBound + .microseconds(calls))
  }
}

@Suite("Two runs of one scenario")
struct DeterminismTests {
  private func lines(_ trace: [TracedEvent]) -> [EventLine] {
    trace.map { EventLine(hash: $0.hash, at: $0.at, text: EventText.of($0)) }
  }

  private func trace(_ rules: RuleSet) -> [TracedEvent] {
    var simulation = Simulation(
      Scenario(seed: 3, knobs: smallKnobs()), rules: rules, options: SimulationOptions(tracing: .start))
    return simulation.run().trace
  }

  @Test("A rule that is not deterministic: the first event that differs is named, with its number and its times")
  func unrepeatableRule() throws {
    let rules = RuleSet(raft: DriftingTimeouts.self)
    let (one, other) = (lines(trace(rules)), lines(trace(rules)))
    let place = try #require(one.indices.first { other.count <= $0 || one[$0] != other[$0] })
    let sentence = RunDifference(between: one, and: other).sentence
    let start = "two runs of the same scenario differ first at event \((place + 1).grouped): one has \""
    #expect(sentence.hasPrefix(start))
    #expect(sentence.contains("\"\(one[place].text)\" at \(one[place].at.nanoseconds) ns, the other"))
    #expect(sentence.contains("election timer"), "it is a timer that runs out at another time: \(sentence)")
  }

  @Test("The rules as published: every event is the same, and to trace them changes nothing")
  func paper() {
    let one = trace(.paper)
    #expect(one == trace(.paper) && one.count > 500)
    let run = Run(seed: 3, knobs: smallKnobs())
    #expect(run.simulate(tracing: .start).outcome.eventHash == run.simulate().outcome.eventHash)
    #expect(run.simulate().outcome.trace.isEmpty)
    #expect(run.simulate(tracing: .start).outcome.trace == one)
  }

  @Test("A run that ends sooner, ends in another state, or differs no more")
  func ends() {
    func event(_ hash: UInt64, _ text: String) -> EventLine { EventLine(hash: hash, at: .seconds(1), text: text) }
    let whole = [event(1, "a"), event(2, "b"), event(3, "the end")]
    #expect(
      RunDifference(between: whole, and: [event(1, "a"), event(9, "the end")]).sentence
        == "two runs of the same scenario differ first at event 2: one has \"b\" at 1000000000 ns, "
        + "the other \"the end\" at 1000000000 ns")
    #expect(
      RunDifference(between: whole, and: Array(whole.dropLast()) + [event(4, "the end")]).sentence
        == "two runs of the same scenario have the same 2 events and end in different states")
    #expect(RunDifference(between: whole, and: whole).sentence.hasSuffix("two further ones did not: 3 events"))
  }

  @Test("What the other process prints is the hash, or a line for every event and one for the end")
  func answer() throws {
    let run = Run(seed: 3, knobs: smallKnobs())
    let outcome = run.simulate(tracing: .start).outcome
    let input = CaseFile(run, expecting: outcome).encoded()
    #expect(try DeterminismCheck.answer(to: input, tracing: false) == outcome.eventHash.hexadecimal + "\n")
    let lines = try DeterminismCheck.answer(to: input, tracing: true).split(separator: "\n")
    #expect(lines.count == outcome.statistics.events + 1)
    #expect(lines.last?.hasPrefix(outcome.eventHash.hexadecimal) == true)
  }
}
