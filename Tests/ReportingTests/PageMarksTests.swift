import Determinism
import Raft
import Testing
import Traces

@testable import Reporting

@Suite("Marks of a page's diagram")
struct PageMarksTests {
  /// What an event does to a server, as far as every picture must show it.
  private static func kind(of effect: TracedEffect.What) -> PageMark.Kind? {
    switch effect {
    case .crashed: .crash
    case .started: .restart
    case .stopped: .stop
    case .paused: .pause
    case .resumed: .resume
    case .role(.leader, _): .election
    default: nil
    }
  }

  private static func turns(_ trace: some Collection<TracedEvent>) -> [String] {
    trace.enumerated().flatMap { place, event in
      event.effects.compactMap { effect in
        kind(of: effect.what).map { "\($0.rawValue) \(place + 1) \(event.at) \(effect.node?.description ?? "")" }
      }
    }
  }

  private static func trace(_ run: FailingRun) -> [TracedEvent] { run.sequel?.outcome.trace ?? run.outcome.trace }

  @Test("Crashes, restarts, pauses and elections are all drawn, at their events, and no others")
  func turns() throws {
    let kinds: [PageMark.Kind] = [.crash, .restart, .stop, .pause, .resume, .election]
    for one in try PageCases.minimal.get() + [PageCases.unshrunk()] {
      let (name, run, page) = (one.name, one.run, one.page)
      let drawn = page.marks.filter { kinds.contains($0.kind) }
      let last = page.marks.map { max($0.event, $0.until ?? 0) }.max() ?? 0
      let told = drawn.map { "\($0.kind.rawValue) \($0.event) \($0.at) \($0.nodes.map(\.description).joined())" }
      let turns = Self.turns(Self.trace(run).prefix(last))
      let isShortened = page.html.contains("crashes, restarts, elections and faults are not drawn")
      #expect(isShortened == (turns.count > drawn.count), "\(name)")
      if isShortened {
        #expect(Set(told).isSubset(of: turns) && Set(turns.suffix(150)).isSubset(of: told), "\(name)")
      } else {
        #expect(told.sorted() == turns.sorted(), "\(name)")
      }
      for mark in drawn { #expect(page.html.contains("data-event=\"\(mark.event)\""), "\(name) \(mark)") }
    }
  }

  @Test("A server that is down, however shortly, is drawn as down from its crash to its restart")
  func down() throws {
    for one in try PageCases.minimal.get() {
      let (name, run, page) = (one.name, one.run, one.page)
      let last = page.marks.map { max($0.event, $0.until ?? 0) }.max() ?? 0
      let stretches = page.marks.filter { $0.kind == .down }.map { [$0.nodes[0].offset, $0.event, $0.until ?? 0] }
      var since: [Int: Int] = [:]
      for (place, event) in Self.trace(run).prefix(last).enumerated() {
        for effect in event.effects {
          guard let node = effect.node?.offset else { continue }
          switch effect.what {
          case .crashed, .stopped: since[node] = since[node] ?? place + 1
          case .started:
            guard let crash = since.removeValue(forKey: node), crash < place + 1 else { continue }
            #expect(stretches.contains([node, crash, place + 1]), "\(name): n\(node + 1), \(crash) to \(place + 1)")
          default: break
          }
        }
      }
    }
  }

  @Test("A server that crashes with the last event is drawn as down below it")
  func lastCrash() throws {
    var builder = TraceBuilder(nodes: 2)
    builder.event(1_000, node: 1, .term(1))
    let crash = builder.event(2_000, node: 1, .crashed(lossy: false))
    let failure = RunFailure(
      .electableLacksCommitted(NodeID(1), index: 1, voters: [NodeID(1)], members: 2), at: .milliseconds(2),
      event: crash + 1)
    let run = PageSamples.failing(
      builder, seed: 1, bug: nil, fault: nil, nodes: [], failure: failure, certificate: [])
    let mark = try #require(Page(of: run).marks.first { $0.kind == .down })
    #expect(mark.event == crash + 1 && mark.nodes == [NodeID(1)])
  }

  @Test("A fault's begin and end are drawn where they happen, in the words of the story")
  func faults() throws {
    for one in try PageCases.minimal.get() {
      let (name, run, page) = (one.name, one.run, one.page)
      let faults = PageFaults(of: run, Self.trace(run))
      let last = page.marks.map { max($0.event, $0.until ?? 0) }.max() ?? 0
      for (place, event) in run.outcome.trace.prefix(last).enumerated() {
        let here = page.marks.filter { $0.event == place + 1 && $0.at == event.at }
        switch event.kind {
        case .faultBegins(let id, _):
          guard let text = faults.text(of: event, at: place) else { continue }
          // What is done to single servers shows on their lanes.
          let isOnLanes = event.effects.contains { Self.kind(of: $0.what) != nil }
          #expect(isOnLanes || here.contains { $0.kind == .faultBegins && $0.text == text }, "\(name): \(text)")
          for node in faults.cutOff(by: id, at: place) ?? [] {
            let bands = here.filter { $0.kind == .cutOff && $0.text == text }
            #expect(bands.contains { $0.nodes.contains(node) }, "\(name): \(text)")
          }
        case .stormEnds: #expect(here.contains { $0.kind == .stormEnds && $0.text == "faults end" }, "\(name)")
        default: break
        }
      }
      let story = (try? MinimalCases.told(name).story) ?? Story(of: run)
      for line in story.narrative where line.node == nil {
        guard case .faultBegins = run.outcome.trace[line.event].kind, line.events.count == 1 else { continue }
        let banners = page.marks.filter { $0.kind == .faultBegins && $0.event == line.event + 1 }
        #expect(banners.map(\.text) == [line.text], "\(name)")
      }
    }
  }

  @Test("The lane of a server that comes later begins when it starts, and each lane says what its server becomes")
  func members() throws {
    var builder = TraceBuilder(nodes: 2)
    builder.event(1_000, node: 1, .role(.leader, term: 1))
    let start = builder.event(2_000)
    builder.start(2, in: start)
    builder.event(2_500, node: 2, .term(1))
    func configuration(_ index: UInt64, _ members: Members) -> TracedEffect.What {
      .appended([TracedEntry(index: LogIndex(index), term: 1, content: .configuration(members))])
    }
    builder.event(3_000, node: 1, configuration(1, Members(voters: [1], learners: [2])))
    builder.event(4_000, node: 1, configuration(2, Members(voters: [2], outgoing: [1])))
    let last = builder.event(5_000, node: 1, configuration(3, Members(voters: [2])))
    let failure = RunFailure(
      .leadsThoughRemoved(NodeID(1), term: 1, LoggedMembers(index: 3, members: Members(voters: [2]))),
      at: .milliseconds(5), event: last + 1)
    var run = PageSamples.failing(
      builder, seed: 1, bug: nil, fault: nil, nodes: [], failure: failure, certificate: [])
    run.scenario.cluster.founders = 1
    let marks = Page(of: run).marks
    #expect(
      marks.filter { $0.kind == .absent }.map { [$0.nodes[0].offset, $0.event, $0.until ?? 0] } == [[1, 0, start + 1]])
    #expect(marks.filter { $0.kind == .restart }.map(\.text) == ["starts"])
    let parts = marks.filter { $0.kind == .part }.map { "\($0.nodes[0]) \($0.text)" }
    #expect(
      parts.sorted() == ["n1 outgoing voter by 2/1", "n1 removed by 3/1", "n2 learner by 1/1", "n2 voter by 2/1"])
    #expect(StoryAgreement(of: run).disagreements.filter { $0.place == "the picture" }.isEmpty)
  }

  @Test("Terms have colours of their own while there are enough of them, and the caption says when there are not")
  func colours() {
    let few = PageTerms(PageSpaceTime(), (1...10).map { Self.line(in: Term($0)) })
    #expect(Set(few.terms.map(few.hue)).count == 10)
    let many = PageTerms(PageSpaceTime(), (1...11).map { Self.line(in: Term($0 * 6)) })
    #expect(many.hue(Term(6)) == many.hue(Term(66)))
    #expect(Set(many.terms.map(many.hue)).count == 10)
    #expect(few.hue(.zero) == "t-zero")
    #expect("\(PageStyle.text)".contains(".t-zero { --term: "))
    for hue in 0..<PageTerms.colours { #expect("\(PageStyle.text)".contains(".t\(hue) { --term: var(--t\(hue)) }")) }
  }

  private static func line(in term: Term) -> NarrativeLine {
    NarrativeLine(number: 1, at: .zero, term: term, text: "", events: [0])
  }

  @Test("The wrong answer says what was answered, and that it is wrong")
  func wrongAnswer() throws {
    let page = Page(of: PageSamples.staleRead)
    let mark = try #require(page.marks.first { $0.kind == .wrongAnswer })
    #expect(mark.text == "c3 get x → 1: wrong")
    #expect(page.html.contains("no order explains c3's get x → 1<"))
  }
}
