import Campaigns
import Reporting
import System
import Terminal

// Which seeds are run, and which of them here.
extension Arguments {
  /// A range of seeds, as `seedRange(_:named:)` reads it.
  func seedRange(_ name: String) throws(UsageError) -> SeedRange? {
    guard let text = value(name) else { return nil }
    return try Self.seedRange(text, named: name)
  }

  /// A range of seeds without its end, for commands that need not reach the last seed that there is.
  ///
  /// - Parameter limit: how many there may be.
  func seeds(_ name: String, atMost limit: UInt64 = .max) throws(UsageError) -> Range<UInt64>? {
    guard let text = value(name), let range = try seedRange(name) else { return nil }
    guard let seeds = range.halfOpen else {
      throw UsageError("\(name) is \"\(text)\"; expected an end below 2^64 - 1, the last seed.")
    }
    guard seeds.upperBound - seeds.lowerBound <= limit else {
      let count = seeds.upperBound - seeds.lowerBound
      throw UsageError("\(name) is \"\(text)\", which holds \(count) seeds; expected at most \(limit).")
    }
    return seeds
  }

  /// The line that says what a range means whose spelling leaves that open; `nil` if it does not, or there is none.
  func seedsNote(_ name: String) throws(UsageError) -> String? {
    guard let text = value(name), let range = try seedRange(name) else { return nil }
    return Self.note(on: range, typed: text, named: name)
  }

  /// Reads a range of seeds: `0..<100` without its end, `0..100` and `0-100` with it.
  ///
  /// - Parameter name: what was typed, as a sentence begins with it: an option, or "the range".
  static func seedRange(_ text: String, named name: String) throws(UsageError) -> SeedRange {
    for mark in ["..<", "...", "..", "-"] {
      guard let place = text.firstRange(of: mark) else { continue }
      guard let first = UInt64(text[..<place.lowerBound]), let end = UInt64(text[place.upperBound...]) else { break }
      let isHalfOpen = mark == "..<"
      guard isHalfOpen ? first < end : first <= end else {
        let example = isHalfOpen ? "its start below its end, as in 0..<2000" : "its start no greater than its end"
        throw UsageError("\(name) is \"\(text)\", which holds no seed; expected \(example).")
      }
      return SeedRange(first, through: isHalfOpen ? end - 1 : end)
    }
    if let seed = UInt64(text), seed < .max {
      throw UsageError(
        "\(name) is \"\(text)\"; expected a range of seeds such as 0..<2000, or for this one \(seed)..<\(seed + 1).")
    }
    throw UsageError("\(name) is \"\(text)\"; expected a range of seeds such as 0..<2000.")
  }

  /// The line that says what a range means whose spelling leaves that open.
  static func note(on range: SeedRange, typed text: String, named name: String) -> String? {
    guard text.firstRange(of: "..<") == nil else { return nil }
    let count = range.count.map { Words.count(Int(clamping: $0), "seed") } ?? "all 2^64 seeds"
    let other = range.first < range.last ? "; \(range.first)..<\(range.last) would leave it out" : ""
    return "\(name) \(text) includes seed \(range.last): \(count)\(other)."
  }

  /// Where a campaign begins that has no range of seeds: at `--start`, at what `--seed-from` makes, or at today's.
  func seedOrigin() throws(UsageError) -> SeedOrigin {
    let text = value("--seed-from")
    guard let start = try seed("--start") else { return text.map { .text($0) } ?? .today }
    guard text == nil else { throw UsageError("--start and --seed-from both name the first seed; give one of them.") }
    return .seed(start)
  }

  /// Whether the environment says which shard is run here.
  var findsShard: Bool { value("--shard")?.hasPrefix("auto") ?? false }

  /// What `--shard` names; `nil` if it is not given.
  ///
  /// - Parameter environment: the value of a variable of the environment.
  func shard(in environment: (String) -> String? = { EnvironmentVariables[$0] }) throws(UsageError) -> Shard? {
    guard let text = value("--shard") else { return nil }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if parts.first == "auto", parts.count <= 2 {
      let total = parts.count == 2 ? UInt64(parts[1]) : nil
      guard parts.count == 1 || total ?? 0 > 0 else {
        throw UsageError("--shard is \"\(text)\"; expected auto, or auto/N with the number of shards.")
      }
      do {
        return try Shard.found(of: total, in: environment)
      } catch {
        throw UsageError("\(error)")
      }
    }
    guard parts.count == 2, let index = UInt64(parts[0]), let total = UInt64(parts[1]), total > 0 else {
      throw UsageError("--shard is \"\(text)\"; expected I/N, as in 0/8 for the first of eight, or auto.")
    }
    guard index < total else {
      throw UsageError("--shard is \"\(text)\"; expected one from 0/\(total) to \(total - 1)/\(total).")
    }
    return Shard(index: index, total: total)
  }
}

extension Syntax {
  /// The part of a campaign that is run here.
  static let shard = Option(
    "--shard", "I/N", "of the seeds those whose remainder by N is I, from 0 to N - 1; or auto, by the environment")
  /// Where a campaign begins.
  static let seedFrom = Option("--seed-from", "TEXT", "with --count or --time: the first seed is made from this text")
}

/// The runner of GitHub, if this program is started by one.
enum GitHubRunner {
  static var isThis: Bool { EnvironmentVariables["GITHUB_ACTIONS"] == "true" }
  /// The file that is shown on the page of the step.
  static var stepSummary: String? { EnvironmentVariables["GITHUB_STEP_SUMMARY"].flatMap { $0.isEmpty ? nil : $0 } }
}
