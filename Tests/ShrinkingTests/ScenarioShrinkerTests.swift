import Determinism
import Histories
import Scenarios
import Shrinking
import Testing

@Suite("Shrinking a scenario, by a predicate that knows no simulator")
struct ScenarioShrinkerTests {
  private func shrink(
    _ toy: ToyBench, seed: UInt64 = 11, width: Int = 1, budget: ShrinkingBudget = .usual,
    shouldStop: @escaping () -> Bool = { false }
  ) throws -> ShrunkScenario {
    try ScenarioShrinker(bench: toy.bench(width: width), budget: budget).shrink(
      Scenario(seed: seed), failingWith: ToyBench.signature, shouldStop: shouldStop)
  }

  private func operations(_ scenario: Scenario) -> [Int] {
    scenario.workload.clients.flatMap(\.operations).map(\.id).sorted()
  }

  @Test("What the failure does not need is gone, and what it needs is there", arguments: [5, 11, 42] as [UInt64])
  func minimal(seed: UInt64) throws {
    let ids = operations(Scenario(seed: seed))
    let toy = ToyBench(faults: [3, 17], operations: [ids[20], ids[200]], nodes: 2)
    let shrunk = try shrink(toy, seed: seed)
    #expect(shrunk.scenario.faults.map(\.id) == [3, 17])
    #expect(operations(shrunk.scenario) == [ids[20], ids[200]])
    #expect(shrunk.scenario.cluster.nodes == 2)
    #expect(shrunk.after.faults == 2, "no loss, no jitter, ordinary clocks")
    #expect(shrunk.isCertified && shrunk.end == .minimal)
    #expect(shrunk.original == Scenario(seed: seed))
  }

  @Test("The certificate says of each fault, operation and node what happens without it")
  func certificate() throws {
    let ids = operations(Scenario(seed: 11))
    let shrunk = try shrink(ToyBench(faults: [3], operations: [ids[7]], nodes: 2))
    let lines = shrunk.certificate
    #expect(lines.allSatisfy { $0.need == .needed && $0.without == .held })
    #expect(lines.contains { if case .fault(let fault) = $0.thing { fault.id == 3 } else { false } })
    #expect(
      lines.contains { if case .operation(let operation, _) = $0.thing { operation.id == ids[7] } else { false } })
    #expect(lines.count { if case .node = $0.thing { true } else { false } } == 2)
  }

  @Test("Another failure is never taken for this one; the first scenario that shows it is kept")
  func slipping() throws {
    let ids = operations(Scenario(seed: 11))
    let shrunk = try shrink(ToyBench(faults: [3], slipsWithout: [ids[4]]))
    #expect(operations(shrunk.scenario) == [ids[4]])
    #expect(shrunk.otherFailures.map(\.signature) == [ToyBench.otherSignature])
    for other in shrunk.otherFailures {
      #expect(!operations(other.scenario).contains(ids[4]))
    }
  }

  @Test("What is undecided does not fail")
  func undecided() throws {
    let ids = operations(Scenario(seed: 11))
    let shrunk = try shrink(ToyBench(faults: [3], undecidedWithout: [ids[4]]))
    #expect(operations(shrunk.scenario) == [ids[4]])
    #expect(shrunk.certificate.contains { $0.without == .undecided })
  }

  @Test("What fails on the correct rules, too, is not taken")
  func correctRules() throws {
    let shrunk = try shrink(ToyBench(faults: [3], correctFailsWithout: [9]))
    #expect(shrunk.scenario.faults.map(\.id) == [3, 9])
    #expect(shrunk.certificate.contains { $0.onCorrectRules == .failed(ToyBench.signature) })
  }

  @Test("A fault that takes hold only with the bug is dropped, or there is no certificate")
  func idleFaults() throws {
    #expect(try shrink(ToyBench(faults: [3], idle: [9])).isCertified)
    let shrunk = try shrink(ToyBench(faults: [3, 9], idle: [9]))
    #expect(shrunk.scenario.faults.map(\.id) == [3, 9])
    #expect(!shrunk.isCertified)
  }

  @Test("Trying several at once comes to the same, and counts the same", arguments: [0, 2, 3] as [UInt64])
  func width(seed: UInt64) throws {
    let ids = operations(Scenario(seed: seed))
    let toy = ToyBench(
      faults: [1, 5], operations: [ids[3], ids[90]], nodes: 2, slipsWithout: [ids[30]], undecidedWithout: [ids[60]])
    let alone = try shrink(toy, seed: seed)
    let together = try shrink(toy, seed: seed, width: 4)
    #expect(alone.scenario == together.scenario)
    #expect(alone.trials == together.trials)
    #expect(alone.certificate == together.certificate)
    #expect(alone.otherFailures.map(\.signature) == together.otherFailures.map(\.signature))
    #expect(alone.otherFailures.map(\.scenario) == together.otherFailures.map(\.scenario))
  }

  @Test("No scenario is tried twice")
  func memory() throws {
    let counter = ToyBench.Counter()
    let ids = operations(Scenario(seed: 11))
    let toy = ToyBench(faults: [3], operations: [ids[7]], nodes: 2)
    let shrunk = try ScenarioShrinker(bench: toy.bench(counting: counter)).shrink(
      Scenario(seed: 11), failingWith: ToyBench.signature)
    #expect(counter.count >= shrunk.trials)
    #expect(counter.count < 2 * shrunk.trials, "but for those that are refused")
  }

  @Test("Whoever ends it gets the smallest so far, without a certificate", arguments: [0, 20, 100])
  func interruption(after count: Int) throws {
    var asked = 0
    let ids = operations(Scenario(seed: 11))
    let toy = ToyBench(faults: [3, 17], operations: [ids[7]], nodes: 2)
    let shrunk = try shrink(toy) {
      asked += 1
      return asked > count
    }
    #expect(shrunk.end == .stopped && !shrunk.isCertified && shrunk.certificate.isEmpty)
    #expect(toy.trial(shrunk.scenario).verdict == .failed(ToyBench.signature))
    #expect((shrunk.scenario == shrunk.original) == (count == 0))
  }

  @Test("A budget ends it with the smallest so far, the same on any number of threads", arguments: [0, 1, 9, 60])
  func budget(trials: Int) throws {
    let ids = operations(Scenario(seed: 11))
    let toy = ToyBench(faults: [3, 17], operations: [ids[7]], nodes: 2)
    let whole = try shrink(toy)
    let budget = ShrinkingBudget(events: trials * ToyBench.work)
    let alone = try shrink(toy, budget: budget)
    let together = try shrink(toy, width: 4, budget: budget)
    #expect(alone.scenario == together.scenario && alone.trials == together.trials && alone.end == together.end)
    #expect(alone.end == .budgetUsedUp && !alone.isCertified && alone.certificate.isEmpty)
    #expect(alone.trials <= 1 + trials && trials < whole.trials)
    #expect(toy.trial(alone.scenario).verdict == .failed(ToyBench.signature))
    #expect((alone.scenario == alone.original) == (trials == 0))
  }

  @Test("What just comes to its end within its budget is minimal")
  func enough() throws {
    let toy = ToyBench(faults: [3], operations: [operations(Scenario(seed: 11))[7]])
    let whole = try shrink(toy, budget: .unlimited)
    #expect(whole.end == .minimal)
    // A part of it is for the certificate.
    let enough = try shrink(toy, width: 3, budget: ShrinkingBudget(events: 4 * whole.trials * ToyBench.work))
    #expect(enough.end == .minimal && enough.scenario == whole.scenario && enough.certificate == whole.certificate)
  }

  @Test("A scenario that does not fail as it is said to, or runs otherwise, is not shrunk")
  func refusals() {
    let toy = ToyBench(faults: [3])
    let shrinker = ScenarioShrinker(bench: toy.bench())
    let scenario = Scenario(seed: 11)
    #expect(throws: ScenarioShrinker.Refusal.differs(expected: .linearizability, found: .failed(ToyBench.signature))) {
      try shrinker.shrink(scenario, failingWith: .linearizability)
    }
    #expect(throws: ScenarioShrinker.Refusal.isAnotherRun(expected: 12, found: 11)) {
      try shrinker.shrink(scenario, failingWith: ToyBench.signature, eventHash: 12)
    }
    let everywhere = ScenarioShrinker(bench: ToyBench(correctFailsWithout: [99_999]).bench())
    #expect(throws: ScenarioShrinker.Refusal.notForTheBug(onCorrectRules: .failed(ToyBench.signature))) {
      try everywhere.shrink(scenario, failingWith: ToyBench.signature)
    }
  }
}
