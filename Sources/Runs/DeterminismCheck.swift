import Determinism
import Reporting
import Scenarios
import Traces

/// An event of a run as it is compared with that of another process.
package struct EventLine: Hashable, Sendable {
  /// The identity of the run up to and with this event.
  package var hash: UInt64
  package var at: Duration
  /// What happened, in one line.
  package var text: String

  package init(hash: UInt64, at: Duration, text: String) {
    (self.hash, self.at, self.text) = (hash, at, text)
  }
}

/// Where two runs of one scenario part.
package struct RunDifference: Hashable, Sendable {
  /// The first event that differs, in one sentence.
  package let sentence: String

  /// - Parameters:
  ///   - one: all events of a run, and last its end.
  ///   - other: those of another run of the same scenario, or what was made of them.
  package init(between one: [EventLine], and other: [EventLine]) {
    let common = min(one.count, other.count)
    let place = (0..<common).first { one[$0].hash != other[$0].hash } ?? common
    guard place < max(one.count, other.count) else {
      sentence = "two runs of the same scenario differed, and two further ones did not: \(one.count.grouped) events"
      return
    }
    guard place + 1 < max(one.count, other.count) else {
      sentence = "two runs of the same scenario have the same \(place.grouped) events and end in different states"
      return
    }
    let looksSame = place < common && one[place].text == other[place].text && one[place].at == other[place].at
    func story(_ events: [EventLine]) -> String {
      guard place < events.count else { return "nothing" }
      let event = events[place]
      // Not all that is in a message has words.
      let hash = looksSame ? ", by its hash \(event.hash.hexadecimal)" : ""
      return "\"\(event.text)\" at \(Self.exact(event.at))\(hash)"
    }
    sentence =
      "two runs of the same scenario differ first at event \((place + 1).grouped): "
      + "one has \(story(one)), the other \(story(other))"
  }

  /// To the nanosecond: a microsecond may be all that differs.
  private static func exact(_ time: Duration) -> String { "\(time.nanoseconds.description) ns" }
}

/// What a second run of the same scenario was like.
package enum SecondRun: Hashable, Sendable {
  /// There was none to compare with.
  case none
  case same
  /// How they differ, in a sentence.
  case differed(String)
  /// It could not be made.
  case failed(FileProblem)

  /// Whether it was the same; `nil` if there was none.
  package var isSame: Bool? {
    switch self {
    case .none, .failed: nil
    case .same: true
    case .differed: false
    }
  }

  /// Why there was none, if there should have been.
  package var problem: FileProblem? {
    if case .failed(let problem) = self { problem } else { nil }
  }
}

/// Makes a run once more and compares.
package struct DeterminismCheck: Sendable {
  /// Where the second run is made.
  package enum Place: Sendable {
    /// In another process of this program, where hashes are seeded otherwise. Only the program itself can do that.
    case otherProcess
    case thisProcess
  }

  /// The first argument of the process that makes a second run; it is no command for people.
  package static let word = "second-run"
  /// Its second argument if it is to tell every event.
  package static let tracing = "--trace"

  private let place: Place

  package init(in place: Place) {
    self.place = place
  }

  /// Makes the second run. That it cannot be made takes nothing from what the first one showed, so nothing is thrown.
  package func secondRun(of run: Run, after first: RunOutcome) -> SecondRun {
    do {
      return try difference(of: run, from: first).map { .differed($0.sentence) } ?? .same
    } catch {
      return .failed(error)
    }
  }

  private func difference(of run: Run, from first: RunOutcome) throws(FileProblem) -> RunDifference? {
    switch place {
    case .thisProcess:
      if run.simulate().outcome.eventHash == first.eventHash { return nil }
      return RunDifference(between: Self.trace(of: run), and: Self.trace(of: run))
    case .otherProcess:
      let input = CaseFile(run, expecting: first).encoded()
      let answer = try OtherProcess.output(of: [Self.word], input: input)
      if String(decoding: answer, as: UTF8.self) == first.eventHash.hexadecimal + "\n" { return nil }
      let other = try OtherProcess.output(of: [Self.word, Self.tracing], input: input)
      return RunDifference(between: Self.trace(of: run), and: Self.decode(other))
    }
  }

  /// What the other process prints: the event hash, or a line for every event.
  ///
  /// - Parameter input: a case.
  package static func answer(to input: [UInt8], tracing: Bool) throws(FileProblem) -> String {
    let run = try CaseFile(reading: input, path: "standard input").run
    guard tracing else { return run.simulate().outcome.eventHash.hexadecimal + "\n" }
    return trace(of: run).map { "\($0.hash.hexadecimal) \($0.at.nanoseconds) \($0.text)\n" }.joined()
  }

  /// The events, as far as a trace goes, and behind them the whole run's identity.
  private static func trace(of run: Run) -> [EventLine] {
    var outcome = run.simulate(tracing: .start).outcome
    let events = outcome.trace.map { EventLine(hash: $0.hash, at: $0.at, text: EventText.of($0)) }
    if outcome.isCut { outcome = run.simulate().outcome }
    return events + [
      EventLine(hash: outcome.eventHash, at: outcome.statistics.virtualTime, text: "the end of the run")
    ]
  }

  private static func decode(_ bytes: [UInt8]) -> [EventLine] {
    String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
      let words = line.split(separator: " ", maxSplits: 2)
      let hash = words.first.flatMap { UInt64($0, radix: 16) } ?? 0
      let at = words.count > 1 ? Int64(words[1]) ?? 0 : 0
      return EventLine(hash: hash, at: .nanoseconds(at), text: words.count > 2 ? String(words[2]) : "?")
    }
  }
}
