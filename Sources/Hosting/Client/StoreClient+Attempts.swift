import Determinism
import KeyValue
import System

// Asking one server after the other until there is an answer that decides, or time is up.

extension StoreClient {
  /// How a request ends.
  enum Ending {
    case ended(StoreResult)
    case opened(SessionID)
    case sessionEnded
  }

  /// What is known of a request between its attempts.
  private struct Progress {
    /// How many attempts there were.
    var attempts = 0
    /// Whether one of them may have been carried out.
    var mayHaveBegun = false
    /// Whether a server took a connection.
    var hasMetSomebody = false
    /// What came of each server's last attempt.
    var problems: [String?]
  }

  /// Asks until it is known what became of a request, or until the deadline.
  mutating func carryOut(_ request: StoreRequest, by deadline: LocalInstant) -> Ending {
    let start = network.now
    var progress = Progress(problems: Array(repeating: nil, count: servers.count))
    while network.now < deadline {
      switch attempt(request, by: deadline, &progress) {
      case .result(let result):
        isProven = true
        return .ended(judged(result, of: request, progress))
      case .opened(let session):
        isProven = true
        return .opened(session)
      case .sessionEnded: return .sessionEnded
      case .notNow(let problem), .stranger(let problem): progress.problems[current] = problem
      case .lost(let problem):
        progress.problems[current] = problem
        if request.changes { progress.mayHaveBegun = true }
        if progress.mayHaveBegun, !request.mayBeSentAgain { return .ended(outOfTime(progress)) }
      }
      isProven = false
      current = (current + 1) % servers.count
      guard progress.attempts % servers.count == 0 else { continue }
      // Nothing was sent, and nothing will be.
      if !progress.hasMetSomebody, network.now - start >= Self.lonelyTime { break }
      let pause = doubled(Self.firstPause, progress.attempts / servers.count - 1, upTo: Self.longestPause)
      network.pause(min(pause, max(.zero, deadline - network.now)))
    }
    return .ended(outOfTime(progress))
  }

  /// One attempt at the server whose turn it is.
  private mutating func attempt(
    _ request: StoreRequest, by deadline: LocalInstant, _ progress: inout Progress
  ) -> AnswerMeaning {
    let round = progress.attempts / servers.count
    progress.attempts += 1
    if !isProven {
      switch send(.health, by: deadline, round, &progress) {
      case .result: break
      // It was asked for nothing else.
      case .lost(let problem): return .notNow(problem)
      case let meaning: return meaning
      }
    }
    return send(request, by: deadline, round, &progress)
  }

  private mutating func send(
    _ request: StoreRequest, by deadline: LocalInstant, _ round: Int, _ progress: inout Progress
  ) -> AnswerMeaning {
    let server = servers[current]
    guard let host = HostAndPort("\(server)") else { return .stranger("\(server) is no address") }
    let patience = min(max(.zero, deadline - network.now), patience(for: request, round))
    do throws(HTTPConnection.Failure) {
      let response = try network.exchange(request.http(to: host), with: server, within: patience)
      progress.hasMetSomebody = true
      return AnswerMeaning(of: response, to: request, from: "\(server)")
    } catch {
      switch error {
      case .notSent(let problem): return .notNow(problem)
      case .noAnswer(let problem):
        progress.hasMetSomebody = true
        return .lost(problem)
      }
    }
  }

  private func patience(for request: StoreRequest, _ round: Int) -> Duration {
    // It is sent once, and so it has all the time there is.
    guard request.mayBeSentAgain else { return timeout }
    let first = if case .change = request { Self.firstChangePatience } else { Self.firstPatience }
    return doubled(first, round, upTo: Self.longestPatience)
  }

  private func doubled(_ span: Duration, _ times: Int, upTo longest: Duration) -> Duration {
    var span = span
    for _ in 0..<min(times, 32) where span < longest { span = span * 2 }
    return min(span, longest)
  }

  /// A refusal is about its attempt. It says of an earlier one only where that would have been refused alike.
  private func judged(_ result: StoreResult, of request: StoreRequest, _ progress: Progress) -> StoreResult {
    guard progress.mayHaveBegun, case .refused(let sentence, let reason) = result else { return result }
    // The session answers for all attempts, and what is too long always was.
    if case .write = request, reason == StoreResult.tooLarge { return result }
    return .unknown("an attempt may have been carried out, and a later one is refused: \(sentence)")
  }

  private func outOfTime(_ progress: Progress) -> StoreResult {
    var problems: [String] = []
    for problem in progress.problems.compactMap({ $0 }) where !problems.contains(problem) { problems.append(problem) }
    let shown = problems.prefix(Self.maxToldProblems).joined(separator: "; ")
    let rest = problems.count > Self.maxToldProblems ? "; and \(problems.count - Self.maxToldProblems) more" : ""
    let told = problems.isEmpty ? "there was no time to ask" : shown + rest
    return progress.mayHaveBegun ? .unknown(told) : .unavailable(told)
  }

  /// Sentences about servers in one message.
  private static var maxToldProblems: Int { 4 }
}
