import Determinism
import Runs
import Scenarios
import Testing

@testable import Live

@Suite("Plans of live runs")
struct LivePlanTests {
  private let folder: TemporaryFolder
  private let plan = LivePlan(
    system: "raftkv", options: [("reads", "lease"), ("path", "a=b")], bug: "no-sessions",
    scenario: Scenario(seed: 4, live: .plain(faults: [.kill, .pause, .halves])))

  init() throws { folder = try TemporaryFolder() }

  private var text: String { String(decoding: plan.bytes, as: UTF8.self) }

  /// Why a file with this text is refused; `nil` if it is not.
  private func refusal(of text: String) throws -> String? {
    let path = try folder.write(text, to: "plan.json")
    do throws(FileProblem) {
      _ = try LivePlan(at: path)
      return nil
    } catch {
      #expect(error.kind == .content)
      return error.description.replacing(folder.path + "/", with: "")
    }
  }

  @Test("A plan is saved and read back as it was")
  func coding() throws {
    let read = try LivePlan(at: folder.write(text, to: "plan.json"))
    #expect(read.system == plan.system)
    #expect(read.options.map { "\($0.name)=\($0.value)" } == ["reads=lease", "path=a=b"])
    #expect(read.bug == plan.bug)
    #expect(read.scenario == plan.scenario)
    #expect(read.bytes == plan.bytes)
  }

  @Test("A plan in which leaders hand over is read back")
  func transfers() throws {
    let scenario = try #require(
      (0..<50 as Range<UInt64>).lazy.map { Scenario(seed: $0, live: .plain(faults: [.transfer])) }
        .first { !$0.faults.isEmpty })
    let text = String(decoding: plan.with(scenario).bytes, as: UTF8.self)
    #expect(try LivePlan(at: folder.write(text, to: "plan.json")).scenario == scenario)
  }

  @Test("A file that is no plan is refused with its place")
  func refusals() throws {
    let changes: [(from: String, to: String, refusal: String)] = [
      ("raftcheck-live", "raftcheck-case", "plan.json: format: expected \"raftcheck-live\", found \"raftcheck-case\""),
      ("\"reads=lease\"", "\"reads\"", "plan.json: options[0]: expected NAME=VALUE, found \"reads\""),
      ("\"system\"", "\"sistem\"", "plan.json: system: expected a value, found nothing"),
    ]
    for change in changes {
      let text = text.replacing(change.from, with: change.to)
      #expect(text != self.text)
      let refusal = try refusal(of: text)
      #expect(refusal == change.refusal)
    }
    #expect(try refusal(of: String(text.prefix(text.count / 2))) != nil)
    #expect(try refusal(of: "") != nil)
    #expect(try refusal(of: "[]") != nil)
    #expect(try refusal(of: text) == nil)
  }

  private func objection(to fault: Fault) -> String? {
    var scenario = plan.scenario
    scenario.faults = [fault]
    do throws(LiveProblem) {
      try plan.with(scenario).check(for: "raftkv", allowing: [.kill, .powerLoss, .halves], at: "p")
      return nil
    } catch {
      return error.description
    }
  }

  @Test("Faults that would not be carried out are refused")
  func simulatorFaults() {
    func fault(_ action: FaultAction, at trigger: FaultTrigger = .time(at: .seconds(1))) -> Fault {
      Fault(id: 0, trigger: trigger, duration: .seconds(1), action: action)
    }
    let target = FaultTarget.nodes([NodeID(1)])
    #expect(objection(to: fault(.kill(target: target, tearing: false))) == nil)
    #expect(objection(to: fault(.partition(shape: .halves, side: target, direction: .both))) == nil)
    #expect(
      objection(to: fault(.bitFlip(target: target)))
        == "p: scenario.faults[0]: raftkv is not put through bit-flip here; expected some of kill, power-loss, halves")
    #expect(
      objection(to: fault(.powerLoss(tearing: true)))
        == "p: scenario.faults[0]: only simulated disks tear writes; expected \"tearing\" to be false")
    #expect(
      objection(
        to: fault(
          .kill(target: target, tearing: false), at: .moment(kind: .leadership, ordinal: 1, after: .zero)))
        == "p: scenario.faults[0]: it begins at a moment of the protocol, which only simulated servers tell; expected a time"
    )
  }
}
