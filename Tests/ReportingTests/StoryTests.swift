import Determinism
import Histories
import Invariants
import KnownBugs
import Linearizability
import Raft
import Scenarios
import Shrinking
import Testing
import Traces

@testable import Reporting
@testable import Runs
@testable import Scenarios
@testable import Simulation

@Suite("A story")
struct StoryTests {
  @Test("The sentence at its head is the rule that broke, and stands in its text")
  func sentence() {
    let story = Story(of: PageSamples.staleRead)
    #expect(story.text().contains(story.sentence))
    #expect(story.sentence.hasSuffix("."))
  }

  @Test("The clients' bars, the argument, what is needed and the command stand in the text")
  func parts() {
    let run = PageSamples.staleRead
    let text = Story(of: run).text()
    for part in ["|-", "What happened", "Why that is wrong", "This failure needs all of it", run.replay] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test("What a case file says is no command to the terminal")
  func controls() {
    var run = PageSamples.staleRead
    run.certificate[0] = CertificateLine(
      .operation, thing: "a\u{1B}[2J\u{9B}1m", without: "b\nc\r\u{202E}", isReplaceable: false)
    run.bug = ("some-bug\u{7}", "does something wrong")
    run.program = "raftcheck\u{8}"
    let text = Story(of: run).text()
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.isPrintable })
    #expect(text.contains("without a\\u{1B}[2J\\u{9B}1m: b\\u{A}c\\u{D}\\u{202E}"))
    #expect(text.contains("some-bug\\u{7}") && text.contains("raftcheck\\u{8}"))
  }

  @Test("Colours change nothing but colours")
  func colours() {
    let story = Story(of: PageSamples.figureEight)
    let lines = story.lines()
    #expect(lines.map { "\($0.parts.map(\.text).joined())\n" }.joined() == story.text())
    #expect(lines.contains { $0.parts.contains { $0.tone != nil } })
  }

  @Test(
    "No line of a story is wider than its reader's columns, but for a command or a path of its own, and no word is broken",
    arguments: PageSamples.all, [40, 60, 80, 100, 120])
  func width(_ run: FailingRun, _ columns: Int) {
    var run = run
    run.replay = "raftcheck replay /a/folder/whose/name/is/long/enough/for/no/terminal/at/all/case.json"
    let lines = Story(of: run).lines(in: Layout(width: columns))
    Widths.check(lines, columns, sameWordsAs: Story(of: run).lines())
  }

  @Test("A read by a leader that was deposed says who leads by then")
  func staleLeader() throws {
    let line = try #require(Story(of: PageSamples.staleRead).narrative.last { $0.text.hasPrefix("answers") })
    #expect(line.node == NodeID(1))
    #expect(line.text.contains("n2 leads term 2"))
  }

  @Test("Each line names an event, in the order of time, numbered from 1")
  func order() {
    for run in PageSamples.all {
      let lines = Story(of: run).narrative
      #expect(lines.map(\.number) == Array(1...lines.count))
      #expect(lines.map(\.event) == lines.map(\.event).sorted())
      for line in lines { #expect(run.outcome.trace[line.event].at == line.at) }
    }
  }

  @Test("Of what a disk lacks that is said in which it differs, though it be a start alone")
  func starts() {
    func stand(_ starts: UInt64) -> DiskStand {
      DiskStand(hardState: HardState(term: 0, votedFor: nil, starts: starts), last: .zero)
    }
    #expect(
      FindingText.sentence(.diskDiffers(NodeID(1), from: stand(1), disk: stand(0)))
        == "all is done that n1 asked of its disk, and it has term 0, no vote and no entries as of start 1, and its files "
        + "hold term 0, no vote and no entries as of start 0")
    #expect(
      FindingText.sentence(.recoveredOtherwise(NodeID(1), as: stand(1), from: nil))
        == "n1 started with term 0, no vote and no entries, and no crash leaves files such as it found")
  }

  @Test("What takes longer in the mean is not told as if it always took so long")
  func means() {
    func text(_ action: FaultAction) -> String? {
      let fault = Fault(id: 0, trigger: .time(at: .zero), duration: .milliseconds(10), action: action)
      return FaultText(fault: fault, nodes: [NodeID(1)], members: NodeID.first(3)).begin
    }
    let target = FaultTarget.nodes([NodeID(1)])
    #expect(
      text(.slowDisk(target: target, mean: .milliseconds(65)))
        == "syncs of the disk of n1 take 65 ms longer in the mean, for 10 ms")
    #expect(text(.slowNode(target: target, mean: .milliseconds(65)))?.contains("65 ms longer in the mean") == true)
    #expect(
      text(.delay(mean: .milliseconds(65), shape: .constant)) == "messages between servers take 65 ms longer, for 10 ms"
    )
  }

  @Test("An interrupted shrinking says so, and so does a failure of its own that was met")
  func interrupted() {
    var run = PageSamples.staleRead
    run.shrinking?.end = .stopped
    run.shrinking?.otherFailures = [.invariant(.electionSafety)]
    let text = Story(of: run).text()
    #expect(text.contains("ended early"))
    run.shrinking?.end = .budgetUsedUp
    #expect(Story(of: run).text().contains("the budget of work is used up"))
    #expect(text.contains("a failure of its own: invariant/ElectionSafety"))
    run.shrinking?.otherFailures.append(.linearizability)
    #expect(Story(of: run).text().contains("failures of their own: invariant/ElectionSafety and linearizability"))
  }

  @Test("A run as it was found is told in forty lines, and says how much was left out")
  func unshrunk() throws {
    var knobs = ScenarioKnobs()
    (knobs.nodes, knobs.operations, knobs.duration) = (5, 60, .seconds(4))
    let run = Run(seed: 0, knobs: knobs)
    var failing = PageSamples.figureEight
    failing.scenario = run.scenario
    failing.outcome = run.simulate(tracing: .start).outcome
    failing.outcome.failure = RunFailure(
      .appliedOtherEntries(NodeID(1), through: 3, than: nil), at: .zero, event: failing.outcome.trace.count)
    failing.signature = .invariant(.stateMachineSafety)
    let story = Story(of: failing)
    #expect(story.narrative.count <= 40)
    #expect(story.text().contains("left out\n"))
  }

  @Test("A story of a trace that begins late says so first, and its steps keep the run's numbers")
  func lateTrace() throws {
    let bug = try #require(KnownBug.named("commits-earlier-terms"))
    let run = Run(seed: 103, bug: bug)
    var report = run.traced()
    let failure = try #require(report.outcome.failure)
    report.outcome.trace =
      run.simulate(tracing: TraceWindow(first: failure.event - 500, last: failure.event)).outcome.trace
    let failing = try #require(FailingRun(report, replay: "raftcheck --seed 103"))
    let line = try #require(Story(of: failing).narrative.first)
    #expect(
      line.text == "\((failure.event - 501).grouped) events of the run came before this, and are not told one by one")
    #expect(failing.sequel == nil)
    let steps = Array(RunSteps(of: report.outcome, in: run.scenario))
    #expect(steps.map(\.number) == Array((failure.event - 501)...failure.event))
    #expect(Page(of: failing).html.contains(line.text))
  }

  @Test("However many reasons and things there are, a story has only so many lines")
  func bounded() {
    var run = PageSamples.staleRead
    let line = CertificateLine(
      .operation, thing: String(repeating: "n", count: 300), without: "held", isReplaceable: false)
    run.certificate = Array(repeating: line, count: 5_000)
    let story = Story(of: run)
    #expect(story.lines().count < 1_000)
    #expect(story.text().contains("more lines left out"))
    #expect(Page(of: run).html.utf8.count < 2 << 20)
  }

  @Test(
    "Whoever was told that nothing came of what somebody saw is in the story",
    arguments: [
      (Action.get, Answer.value(Array("1".utf8))),
      (.compareAndSet(expected: Array("0".utf8), new: Array("2".utf8)), .mismatch(seen: Array("1".utf8))),
    ])
  func deniedWriter(asked: Action, answer: Answer) throws {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    let x = Array("x".utf8)
    recorder.invoke(process: 1, at: 1_000_000, key: x, .put(Array("1".utf8)))
    recorder.complete(process: 1, at: 2_000_000, .fail)
    recorder.invoke(process: 2, at: 3_000_000, key: x, asked)
    recorder.complete(process: 2, at: 4_000_000, .ok(answer))
    let history = recorder.finish()
    let model = Model(of: history)
    guard case .notLinearizable(let counterexample) = LinearizabilityChecker(model: model).check(history) else {
      Issue.record("expected a phantom value")
      return
    }
    var run = PageSamples.staleRead
    run.outcome.history = history
    run.outcome.trace = []
    run.counterexample = counterexample
    run.essence = HistoryShrinker(model: model).shrink(history, from: [counterexample])
    #expect(Story(of: run).text().contains("put x = 1 -> failed"))
  }
}

@Suite("A story of changing members")
struct MemberStoryTests {
  @Test("It tells what an operator asks for when all has healed, and who heals with the end of the storm")
  func lastChange() throws {
    var knobs = ScenarioKnobs()
    (knobs.changesMembers, knobs.operations, knobs.duration) = (true, 10, .seconds(1))
    let found = (0..<20 as Range<UInt64>).lazy.compactMap { seed in
      var scenario = Scenario(seed: seed, knobs: knobs)
      scenario.faults = []
      let report = Run(scenario: scenario, bug: KnownBug.named("config-at-commit")).traced()
      return FailingRun(report, replay: "raftcheck replay case.json")
    }
    let run = try #require(found.first)
    let lines = Story(of: run).narrative.map(\.text)
    let healed = run.outcome.fates.nodes { $0 == .member }
    #expect(!healed.isEmpty && run.scenario.calm.members.isEmpty, "who heals was not known before")
    let end = "faults end; \(Words.list(healed.map(\.description))) heal"
    #expect(lines.contains { $0.hasPrefix(end) }, "\(lines)")
    #expect(lines.contains { $0.hasPrefix("an operator asks for other members: ") }, "\(lines)")
    #expect(lines.contains { $0.contains(" for an operator") }, "\(lines)")
  }
}

@Suite("What failures mean")
struct DemandTests {
  @Test("Every invariant has words of its own for people", arguments: Invariant.allCases)
  func invariants(_ invariant: Invariant) {
    #expect(Demand(.invariant(invariant)).title != invariant.rawValue)
  }
}

@Suite("A narrative")
struct NarrativeTests {
  private func happening(
    _ at: Int, _ node: UInt8, _ clause: Happening.Clause, vainCampaign: Term? = nil, restsOn: Int? = nil
  ) -> Happening {
    Happening(
      Happening.Occurrence(event: at, at: .milliseconds(Int64(at)), node: NodeID(node)), clauses: [clause],
      vainCampaign: vainCampaign, restsOn: restsOn)
  }

  @Test("What several servers do one after the other is one line")
  func together() {
    let clause = Happening.Clause(text: "appends entry 1", rank: .telling, plural: "append entry 1")
    let lines = Narrative([happening(1, 2, clause), happening(2, 3, clause)], limit: 40).lines
    #expect(lines.map(\.text) == ["n2 and n3 (0.002 s) append entry 1"])
    #expect(lines.map(\.node) == [nil])
  }

  @Test("Elections that nobody wins are one line")
  func vain() {
    let happenings = (1...9).map { term in
      happening(
        term, UInt8(term % 2 + 1), .init(text: "asks for votes", rank: .telling), vainCampaign: Term(UInt64(term)))
    }
    #expect(
      Narrative(happenings, limit: 40).lines.map(\.text)
        == ["n1 and n2 ask for votes 9 times until 0.009 s, in terms 1 to 9, and nobody wins"])
  }

  @Test("Where there is too much, what matters most is kept, and the latest of it")
  func limit() {
    let happenings = (1...60).map { happening($0, 1, .init(text: "step \($0)", rank: $0 == 5 ? .essential : .turning)) }
    let narrative = Narrative(happenings, limit: 10)
    #expect(narrative.lines.map(\.text) == ["step 5"] + (52...60).map { "step \($0)" })
    #expect(narrative.leftOut == 50)
    #expect(narrative.lines.map(\.number) == Array(1...10))
  }

  private let loss = Happening.Clause(text: "its append to n2 is lost", rank: .minor, isLoss: true)

  @Test("A loss is told with what was synced before the message left, and once")
  func losses() {
    let happenings = [
      happening(1, 1, .init(text: "becomes leader", rank: .turning, isSent: true)),
      happening(2, 1, .init(text: "commits entry 1", rank: .turning)),
      happening(3, 1, loss, restsOn: 1), happening(4, 1, loss, restsOn: 3),
      happening(5, 1, .init(text: "crashes", rank: .turning)),
    ]
    #expect(
      Narrative(happenings, limit: 10).lines.map(\.text)
        == ["becomes leader; its append to n2 is lost", "commits entry 1", "crashes"])
  }

  @Test("What is sent once more and lost is told by itself, at its own time")
  func repeatedLoss() {
    let happenings = [
      happening(1, 1, .init(text: "becomes leader", rank: .turning, isSent: true)),
      happening(30, 1, loss),
    ]
    let lines = Narrative(happenings, limit: 10).lines
    #expect(lines.map(\.text) == ["becomes leader", "its append to n2 is lost"])
    #expect(lines.map(\.at) == [.milliseconds(1), .milliseconds(30)])
  }

  @Test("Of what was lost is told, too, what it was, though that matters little")
  func lostRoutine() {
    var told = happening(1, 1, .init(text: "appends entry 2", rank: .routine))
    told.clauses.append(loss)
    #expect(told.text == "appends entry 2; its append to n2 is lost")
  }
}

@Suite("What led to a failure")
struct ChronicleTests {
  @Test("A server's way goes on through crashes and restarts, which come to no server")
  func crashes() {
    let node = NodeID(1)
    func event(_ kind: TracedEvent.Kind, _ node: NodeID?, _ effects: [TracedEffect]) -> TracedEvent {
      TracedEvent(hash: 0, at: .zero, kind: kind, node: node, effects: effects)
    }
    let chronicle = Chronicle([
      event(.electionTimer, node, [TracedEffect(.term(1), at: node)]),
      event(.faultBegins(1, subject: nil), nil, [TracedEffect(.crashed(lossy: false), at: node)]),
      event(.electionTimer, NodeID(2), [TracedEffect(.term(1), at: NodeID(2))]),
      event(.faultEnds(1), nil, [TracedEffect(.started, at: node)]),
      event(.electionTimer, node, [TracedEffect(.term(2), at: node)]),
    ])
    #expect(chronicle.causes(of: [4]) == [true, true, false, true, true])
  }
}
