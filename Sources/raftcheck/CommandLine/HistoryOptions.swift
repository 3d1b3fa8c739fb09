import Determinism
import Histories
import Judging
import Linearizability
import Runs
import Terminal

extension Syntax {
  /// The options that say how a history is read, and within which limits it is judged.
  ///
  /// - Parameter purpose: what the time is for.
  static func history(timed purpose: String) -> [Option] {
    [
      model,
      Option(
        "--initial", "VALUE", "what every key holds at first, '' for the empty text; nothing unless given",
        mayBeEmpty: true),
      Option("--nil", "MEANING", "a read of nil: " + names(NothingMeaning.self) + "; absent unless given"),
      Option("--by-time", nil, "events happened in the order of their times, not in that of their lines"),
      Option("--format", "NAME", "auto, " + names(HistoryFormat.self)),
      Option("--timeout", "TIME", "wall time \(purpose); 60s unless given"),
      Option("--memory", "SIZE", "memory of the whole process, as in 512M; 1G unless given"),
    ]
  }

  /// What the operations mean.
  static let model = Option("--model", "NAME", names(ModelName.self) + "; where the history does not say")

  /// Whether shrinking leaves the fewest operations, whichever event they end with.
  static let fewest = Option(
    "--fewest", nil, "of a history: the fewest operations without an order, whichever event they end with")

  /// The names of all choices.
  static func names<Name: RawRepresentable & CaseIterable>(_ type: Name.Type) -> String
  where Name.RawValue == String {
    Name.allCases.map(\.rawValue).joined(separator: ", ")
  }
}

/// What it says that a read returned nothing.
enum NothingMeaning: String, CaseIterable {
  /// There was no value.
  case absent
  /// Nobody knows what was read, as in Knossos's models of registers.
  case unknown
}

extension Arguments {
  private static let defaultTime = Duration.seconds(60)
  private static let defaultBytes = 1 << 30
  private static let defaultExpansions = 1_000_000_000

  /// What `Syntax.history` says.
  func historyOptions() throws -> CheckOptions {
    var options = CheckOptions()
    options.model = try choice("--model", ModelName.self)
    options.initial = value("--initial").map { Array($0.utf8) }
    if value("--format") != "auto" { options.format = try choice("--format", HistoryFormat.self) }
    options.takesNothingAsUnknown = try choice("--nil", NothingMeaning.self) == .unknown
    options.ordersByTime = has("--by-time")
    let time = try duration("--timeout") ?? Self.defaultTime
    options.limits = JudgingLimits(
      expansions: Self.defaultExpansions, bytes: .max, residentBytes: try memoryLimit() ?? Self.defaultBytes,
      time: .nanoseconds(time.nanoseconds))
    return options
  }
}
