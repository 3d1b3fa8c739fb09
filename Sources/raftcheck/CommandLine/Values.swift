import Determinism
import KnownBugs
import Raft
import Scenarios
import Terminal
import Traces

// What options mean. Every reader names the option, what it found and what it expected.
extension Arguments {
  /// A seed, from 0 to 2^64 - 1.
  func seed(_ name: String) throws(UsageError) -> UInt64? {
    guard let text = value(name) else { return nil }
    return try Self.seed(text, named: name)
  }

  /// Reads a seed.
  ///
  /// - Parameter name: what was typed, as a sentence begins with it.
  static func seed(_ text: String, named name: String) throws(UsageError) -> UInt64 {
    guard let seed = UInt64(text) else {
      throw UsageError("\(name) is \"\(text)\"; expected a whole number from 0 to 2^64 - 1.")
    }
    return seed
  }

  /// What `Syntax.maxExpansions` says, in every command that judges.
  func maxExpansions() throws(UsageError) -> Int? { try number("--max-expansions", in: 1...Int.max) }

  /// A known bug by its name.
  func bug() throws(UsageError) -> KnownBug? {
    guard let text = value("--bug") else { return nil }
    return try KnownBug.spelled(text)
  }

  /// What was given of `Syntax.knobs` and `Syntax.maxExpansions`, as it is typed.
  func scenarioWords(besides others: [Option] = []) -> [String] {
    (Syntax.knobs + [Syntax.maxExpansions]).filter { option in !others.contains { $0.name == option.name } }
      .compactMap { option in
        value(option.name).map { option.value == nil ? option.name : "\(option.name) \($0)" }
      }
  }

  /// What ends a run.
  func checks() throws(UsageError) -> RunChecks {
    switch (has("--no-invariants"), has("--as-operator")) {
    case (false, false): .all
    case (true, false): .none
    case (false, true): .outside
    case (true, true):
      throw UsageError("--as-operator sees all that --no-invariants sees, and more; give one of them.")
    }
  }

  /// What the user fixes of every scenario.
  ///
  /// - Parameter more: kinds of faults that `--faults` may name here, beside those that occur by themselves.
  func knobs(allowing more: [FaultKind] = []) throws(UsageError) -> ScenarioKnobs {
    var knobs = ScenarioKnobs()
    knobs.nodes = try number("--nodes", in: 1...ScenarioLimits.maxNodes)
    knobs.clients = try number("--clients", in: 1...ScenarioLimits.maxClients)
    knobs.keys = try number("--keys", in: 1...ScenarioLimits.maxKeys)
    knobs.operations = try number("--operations", in: 0...ScenarioLimits.maxOperations)
    knobs.duration = try duration("--duration")
    knobs.faults = try faults(more)
    knobs.reads = try choice("--reads", ReadMode.self)
    knobs.snapshotEntries = try number("--snapshot-entries", in: 1...ScenarioLimits.maxSnapshotEntries)
    knobs.changesMembers = try choice("--members", Membership.self).map { $0 == .changing }
    knobs.hasMeasuredSpeeds = try choice("--speeds", Speeds.self).map { $0 == .measured }
    if has("--drift-beyond-bound") { knobs.driftsBeyondBound = true }
    do {
      try knobs.validate()
    } catch {
      throw UsageError("\(error).")
    }
    return knobs
  }

  /// Whether the cluster's members change.
  private enum Membership: String, CaseIterable {
    case fixed, changing
  }

  /// How long messages and syncs take.
  private enum Speeds: String, CaseIterable {
    case drawn, measured
  }

  private func faults(_ more: [FaultKind]) throws(UsageError) -> [FaultKind]? {
    guard let text = value("--faults") else { return nil }
    if text == "none" { return [] }
    let known = FaultKind.allCases.filter { $0.isPlannable || more.contains($0) }
    var kinds: [FaultKind] = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let kind = known.first(where: { $0.rawValue == name }) else {
        let names = known.map(\.rawValue)
        throw UsageError(
          "--faults names \"\(name)\"; expected none, or some of \(names.joined(separator: ","))."
            + Suggestion.clause(for: String(name), among: names))
      }
      if !kinds.contains(kind) { kinds.append(kind) }
    }
    return kinds
  }
}

extension Syntax {
  /// How long the judge may search.
  static let maxExpansions = Option(
    "--max-expansions", "N", "configurations for each key; two million and 1,000 an operation unless given")

  static let bug = Option("--bug", "NAME", "switch on a known bug (see `raftcheck bugs list`)")

  /// The options that fix a part of every scenario.
  static let knobs = [
    Option("--nodes", "N", "servers, 1 to \(ScenarioLimits.maxNodes)"),
    Option("--clients", "N", "clients, 1 to \(ScenarioLimits.maxClients)"),
    Option("--keys", "N", "keys, 1 to \(ScenarioLimits.maxKeys)"),
    Option("--operations", "N", "operations of all clients together"),
    Option("--duration", "TIME", "simulated time until the faults end, as in 5s"),
    Option("--faults", "LIST", "kinds that may occur, as in kill,one-way; or none"),
    Option("--reads", "MODE", ReadMode.allCases.map(\.rawValue).joined(separator: ", ")),
    Option("--snapshot-entries", "N", "servers take a snapshot after so many entries"),
    Option("--members", "WHETHER", "fixed, or changing by operators; one seed of four has them change"),
    Option("--speeds", "WHICH", "drawn, or measured: messages and syncs as between processes on one machine"),
    Option("--drift-beyond-bound", nil, "clocks run far faster and slower than the servers assume"),
    bug,
    Option("--no-invariants", nil, "look only at what the clients saw"),
    Option("--as-operator", nil, "look also at servers that stop and a cluster that does not answer"),
  ]
}
