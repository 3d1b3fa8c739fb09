import Determinism
import Raft
import Testing
import Traces

@testable import Reporting

@Suite("What is told of members and of transfers")
struct MembersStoryTests {
  private typealias Samples = PageSamples

  /// The story of a run that ends with the last event.
  private func story(of run: TraceBuilder, _ finding: Finding) throws -> Story {
    let last = try #require(run.trace.last)
    var failing = Samples.failing(
      run, seed: 1, bug: nil, fault: nil, nodes: [],
      failure: RunFailure(finding, at: last.at, event: run.trace.count), certificate: [])
    failing.sequel = nil
    return Story(of: failing)
  }

  private static let two = Members(voters: [1, 2])
  private static let one = Members(voters: [2])

  /// An entry that holds a configuration.
  private func configuration(_ index: UInt64, _ term: UInt64, _ members: Members) -> TracedEntry {
    TracedEntry(index: LogIndex(index), term: Term(term), content: .configuration(members))
  }

  private func leader(in run: inout TraceBuilder) {
    run.event(10_000, node: 1, .role(.leader, term: 1), .appended([Samples.entry(1, 1)]))
  }

  private static let twoUncommitted = Finding.changesUncommitted(
    NodeID(1), term: 1, LoggedMembers(index: 2, members: two), LoggedMembers(index: 3, members: one))

  @Test("Two decisions of one moment that read alike are one step of the argument")
  func sameDecision() throws {
    let follows = RuleDecision(
      by: .mayFollow,
      .members(
        .mayFollow(
          latest: LoggedMembers(index: 2, members: Self.two), commitIndex: 1, isPromotion: false,
          .init(inForce: true, published: false))), differs: true)
    var run = TraceBuilder(nodes: 2)
    leader(in: &run)
    run.decide(follows, in: run.event(20_000, node: 1, .appended([configuration(2, 1, Self.two)])))
    run.decide(follows, in: run.event(20_100, node: 1, .appended([configuration(3, 1, Self.one)])))
    let steps = try story(of: run, Self.twoUncommitted).reasons
    #expect(steps.count { $0.contains("the published rule decides otherwise") } == 1, "\(steps)")
  }
}

extension NodeSet: ExpressibleByArrayLiteral {
  /// The servers of these numbers.
  public init(arrayLiteral numbers: UInt8...) { self.init(numbers.map { NodeID($0) }) }
}
