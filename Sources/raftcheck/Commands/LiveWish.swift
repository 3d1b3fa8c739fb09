import Determinism
import KnownBugs
import Live
import Runs
import Scenarios
import Terminal

/// What the command line of `raftcheck live` asks for.
struct LiveWish {
  let system: String
  let options: [(name: String, value: String)]
  let bug: String?
  let plan: LivePlan?
  /// Where the plan was read.
  let planPath: String
  let seed: UInt64
  let count: Int
  let nodes: Int
  let clients: Int
  let rate: Int
  let duration: Duration
  /// `nil` for all that the system may be put through.
  let faults: [FaultKind]?
  let changesMembers: Bool
  /// `nil` if the seed decides how fast one fault follows the other.
  let faultGap: Duration?
  let reduceBudget: Duration?
  let folder: String

  static let standardNodes = 5
  static let standardRate = 300
  static let standardFolder = "out/live"
  private static let mostRuns = 1_000_000
  private static let shortestGap = Duration.milliseconds(10)

  init(_ arguments: Arguments) throws {
    planPath = arguments.value("--plan") ?? ""
    plan = try arguments.value("--plan").map { (path) throws(FileProblem) in try LivePlan(at: path) }
    if plan != nil {
      for name in [
        "--seed", "--system", "--nodes", "--clients", "--rate", "--duration", "--faults", "--every", "--members",
        "--bug",
      ]
      where arguments.has(name) {
        throw UsageError("\(name) is what the plan says; give --plan or \(name), not both.")
      }
    }
    guard let system = plan?.system ?? arguments.value("--system") else {
      throw UsageError("`raftcheck live` needs a system, as in `raftcheck live --system raftkv --seed 1`.")
    }
    guard let seed = try plan?.scenario.seed ?? arguments.seed("--seed") else {
      throw UsageError("`raftcheck live` needs a seed, as in `raftcheck live --system \(system) --seed 1`.")
    }
    count = try arguments.number("--runs", in: 1...Self.mostRuns) ?? 1
    (self.system, self.seed) = (system, seed)
    guard UInt64(count - 1) <= .max - seed else {
      throw UsageError("--seed \(seed) --runs \(count) goes beyond the last seed, 2^64 - 1.")
    }
    var options = plan?.options ?? []
    for text in arguments.values("--option") {
      guard let option = LivePlan.option(text) else {
        throw UsageError("--option is \"\(text)\"; expected NAME=VALUE, as in reads=serializable.")
      }
      options.removeAll { $0.name == option.name }
      options.append(option)
    }
    self.options = options
    let knobs = try arguments.knobs(allowing: [.transfer])
    (nodes, duration, faults) = (knobs.nodes ?? Self.standardNodes, knobs.duration ?? .seconds(30), knobs.faults)
    clients = knobs.clients ?? 2 * nodes
    rate = try arguments.number("--rate", in: 1...100_000) ?? Self.standardRate
    changesMembers = knobs.changesMembers ?? false
    bug = try Self.bug(of: plan, at: planPath) ?? arguments.bug()?.name
    guard bug == nil && !changesMembers || system == RaftkvSystem.name else {
      throw UsageError("--bug and --members are for raftkv, whose servers this program knows.")
    }
    faultGap = try arguments.duration("--every")
    guard faultGap.map({ $0 >= Self.shortestGap }) ?? true else {
      throw UsageError("--every is less than \(Self.shortestGap); no server could do anything between two faults.")
    }
    reduceBudget = try arguments.duration("--reduce-budget")
    folder = arguments.value("--out") ?? Self.standardFolder
  }

  private static func bug(of plan: LivePlan?, at path: String) throws(FileProblem) -> String? {
    guard let name = plan?.bug else { return nil }
    do throws(UsageError) { return try KnownBug.spelled(name).name } catch {
      throw FileProblem(.content, "\(path): bug: \(error)")
    }
  }

  /// All runs, ready to be made.
  ///
  /// - Parameters:
  ///   - words: the command line, should this program have to start anew in a network of its own.
  ///   - tell: told what this machine does not allow.
  func runs(enteringBy words: [String], tell: (String) -> Void) throws -> LiveRuns {
    let system = try LiveSystem.named(system, choosing: options, in: folder)
    let obstacle = system.obstacleToLinkFaults()
    var allowed = system.description.faults
    if let obstacle {
      allowed.removeAll { $0.isOfLinks }
      tell("this machine lets no links be disturbed: \(obstacle)")
    }
    if let kind = faults?.first(where: { !allowed.contains($0) }) {
      throw LiveProblem(
        .content,
        "\(system.description.name) is not put through \(kind.rawValue) here; expected some of "
          + allowed.map(\.rawValue).joined(separator: ", "))
    }
    if let plan {
      let mayChange = system.description.client == .raftkv
      try plan.check(
        for: system.description.name, allowing: allowed + (mayChange ? SystemDescription.memberFaults : []),
        at: planPath)
    }
    let kinds = plan?.kinds ?? (faults ?? allowed).filter { $0.fewestNodes <= nodes }
    var knobs = LiveKnobs(
      nodes: nodes, clients: clients, rate: rate, duration: duration, faults: kinds,
      electionTimeout: system.description.electionTimeout, heartbeatInterval: system.description.heartbeatInterval,
      changes: system.description.changes)
    knobs.faultGap = faultGap
    (knobs.reads, knobs.changesMembers) = (RaftkvSystem.reads(in: system), changesMembers)
    do throws(ScenarioError) { try knobs.validate() } catch { throw UsageError("\(error).") }
    try system.enterNetwork(words, for: kinds)
    let count = plan?.scenario.cluster.nodes ?? nodes
    if count > 1, system.description.isOfStrangers {
      tell(
        "system.json names neither {peers} nor {others}: its \(count) servers do not know of each other. A store of one "
          + "server is tested with --nodes 1.")
    }
    // A plan is run again from wherever somebody stands.
    let name = LiveSystem.builtIn.contains(self.system) ? self.system : system.folder ?? self.system
    return LiveRuns(
      system, named: name, options: options, bug: bug, plan: plan, seed: seed, knobs: knobs, in: folder)
  }
}
