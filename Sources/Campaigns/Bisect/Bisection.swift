import Determinism
import Glibc
import Runs
import System
import Traces

/// Looks for the commit with which a case began to fail, by `git bisect run` in a worktree of its own: nobody else's files
/// are touched, and nothing of it is left.
package struct Bisection {
  /// What is looked for, and how.
  package struct Plan {
    /// The case, and how it fails; `nil` if any failure counts.
    package let casePath: String
    package let signature: String?
    /// Commits at which it holds, and fails, as the user names them.
    package let good: String
    package let bad: String
    /// What makes the program in a worktree, as a shell reads it, and where the program is then.
    package let build: String
    package let program: String

    package init(casePath: String, signature: String?, good: String, bad: String, build: String, program: String) {
      (self.casePath, self.signature, self.good, self.bad) = (casePath, signature, good, bad)
      (self.build, self.program) = (build, program)
    }
  }

  /// A commit.
  package struct Commit: Hashable, Sendable {
    /// Its whole id.
    package let id: String
    /// Author, day and first line, for people.
    package let title: String
  }

  /// How it ended.
  package enum Ending: Hashable, Sendable {
    /// This is the first commit at which the case fails.
    case found(Commit)
    /// It is one of these, the others of which could not be tried.
    case undecided([Commit])
    case interrupted
  }

  /// What a try of one commit tells, by the exit code that `git bisect run` wants.
  private enum Answer: Int32 {
    case holds = 0
    case fails = 1
    case unknown = 125
  }

  package let plan: Plan
  /// The case, seen from anywhere.
  private let casePath: String
  /// The ids of both ends.
  private let good: String
  private let bad: String
  /// The repository, and the temporary folder with the worktree.
  private let repository: String
  private let scratch: String
  private var worktree: String { "\(scratch)/tree" }
  private var log: String { "\(scratch)/log" }
  /// The commits that were tried, a line each.
  private var tried: String { "\(scratch)/tried" }
  private var script: String { "\(scratch)/try" }

  /// How long a command of git may take that does next to nothing.
  private static let patience = Duration.seconds(60)
  /// How long what was interrupted has to end by itself.
  private static let endingPatience = Duration.seconds(3)

  /// Makes a worktree in a temporary folder, which `remove` takes away.
  ///
  /// - Throws: if this is no repository, or a commit is not there.
  package init(_ plan: Plan) throws(FileProblem) {
    self.plan = plan
    casePath = try Files.resolved(plan.casePath)
    repository = try Self.git(["rev-parse", "--show-toplevel"], "this folder: is not in a repository of git")
    // As they are now: what HEAD is changes with each commit that is tried.
    (good, bad) = (try Self.id(of: plan.good), try Self.id(of: plan.bad))
    scratch = try Self.makeScratch()
    do throws(FileProblem) {
      try Files.write(Array(scriptText.utf8), to: script)
      for path in [log, tried] { try Files.write([], to: path) }
      _ = try git(["worktree", "add", "--quiet", "--detach", worktree, bad], in: repository)
    } catch {
      remove()
      throw error
    }
  }

  private static func id(of commit: String) throws(FileProblem) -> String {
    try git(
      ["rev-parse", "--verify", "--quiet", "--end-of-options", "\(commit)^{commit}"],
      "\(commit): is no commit of this repository")
  }

  private static func makeScratch() throws(FileProblem) -> String {
    let parent = EnvironmentVariables["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    var bytes = "\(parent)/raftcheck-bisect-XXXXXX".systemBytes.map { CChar(bitPattern: $0) } + [0]
    guard mkdtemp(&bytes) != nil else {
      throw FileProblem(.system, "\(parent): no folder can be made in it: \(SystemError.reason(errno))")
    }
    return String(systemBytes: bytes.dropLast().map { UInt8(bitPattern: $0) })
  }

  /// Takes away the worktree and all that was made in it.
  package func remove() {
    _ = try? git(["worktree", "remove", "--force", "--force", worktree], in: repository)
    try? Folder.removeTree(scratch)
    _ = try? git(["worktree", "prune"], in: repository)
  }

  /// What tries the commit that is checked out: builds it, and replays the case.
  private var scriptText: String {
    let pattern = plan.signature.map { "\"signature\":\"\($0)\"" }
    return """
      #!/bin/sh
      cd \(worktree.shellWord) || exit 125
      exec 2>>\(log.shellWord)
      git show -s --date=short --format='%h  %ad  %an  %s' HEAD -- >>\(tried.shellWord)
      (
      \(plan.build)
      ) >&2 </dev/null || exit 125
      answer=$(\(plan.program.shellWord) replay \(casePath.shellWord) --json </dev/null)
      case $answer in
      *'"verdict":"linearizable"'*) exit 0 ;;
      *'"verdict":"unknown"'*) exit 125 ;;
      *\(pattern.map(\.shellWord) ?? "'\"verdict\":\"'")*) exit 1 ;;
      esac
      exit 125

      """
  }

  // MARK: The search

  /// Tries both ends, and then what lies between them.
  ///
  /// - Parameters:
  ///   - report: called with each commit that is tried.
  ///   - shouldStop: asked again and again; `true` ends it.
  /// - Throws: if the case fails at the good commit, too, or does not at the bad one.
  package func run(
    report: (String) -> Void, shouldStop: () -> Bool
  ) throws(FileProblem) -> Ending {
    for (commit, id, wanted) in [(plan.bad, bad, Answer.fails), (plan.good, good, .holds)] {
      _ = try git(["checkout", "--quiet", "--detach", id, "--"], in: worktree)
      guard let code = try wait(for: ["/bin/sh", script], report, shouldStop) else { return .interrupted }
      guard Answer(rawValue: code) == wanted else { throw surprise(at: commit, wanted, Answer(rawValue: code)) }
    }
    _ = try git(["bisect", "start", bad, good, "--"], in: worktree)
    let search = ["git", "-C", worktree, "bisect", "run", "/bin/sh", script]
    guard let code = try wait(for: search, report, shouldStop) else { return .interrupted }
    if code == 0 { return .found(try commit("refs/bisect/bad")) }
    let left = try git(["rev-list", "refs/bisect/bad", "--not", "--glob=refs/bisect/good-*"], in: worktree)
    let candidates = left.split(whereSeparator: \.isNewline).map(String.init)
    guard !candidates.isEmpty, code == 2 else {
      throw FileProblem(.system, "git bisect ended with \(code): \(lastLine)")
    }
    var commits: [Commit] = []
    for id in candidates { commits.append(try commit(id)) }
    return .undecided(commits)
  }

  private func surprise(at commit: String, _ wanted: Answer, _ found: Answer?) -> FileProblem {
    switch (wanted, found) {
    case (.holds, .fails?):
      FileProblem(.content, "\(commit): the case fails here, too; expected a good commit, at which it holds")
    case (.fails, .holds?):
      FileProblem(.content, "\(commit): the case holds here; expected a bad commit, at which it fails")
    default:
      FileProblem(
        .content, "\(commit): the program cannot be built here, or does not tell how the case ends: \(lastLine)")
    }
  }

  /// The last line that was written by what was started.
  private var lastLine: String { lines(of: log).last?.printableSentence ?? "it wrote nothing" }

  private func lines(of path: String) -> [String] {
    let bytes = (try? Files.read(path, limit: Files.caseLimit)) ?? []
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
  }

  private func commit(_ name: String) throws(FileProblem) -> Commit {
    let text = try git(["show", "-s", "--date=short", "--format=%H%n%h  %ad  %an  %s", name, "--"], in: worktree)
    let lines = text.split(whereSeparator: \.isNewline)
    guard lines.count > 1 else { throw FileProblem(.system, "git show \(name) does not describe a commit: \(text)") }
    return Commit(id: String(lines[0]), title: String(lines[1]))
  }

  // MARK: Programs

  /// Starts a program whose output goes into the log, and waits for its end.
  ///
  /// - Returns: its exit code; `nil` if it was interrupted.
  private func wait(
    for words: [String], _ report: (String) -> Void, _ shouldStop: () -> Bool
  ) throws(FileProblem) -> Int32? {
    var told = lines(of: tried).count
    let child: ChildProcess
    do throws(SystemError) {
      let (nothing, output) = (try Descriptor.reading("/dev/null"), try Descriptor.appending(to: log))
      defer {
        nothing.close()
        output.close()
      }
      child = try ChildProcess.start(
        words, joining: [.init(0, to: nothing), .init(1, to: output), .init(2, to: output)])
    } catch {
      throw FileProblem(.system, "\(error)")
    }
    var stopped: LocalInstant?
    var hasEnded = false
    while !hasEnded {
      // Looked at first: what it wrote before it ended is told.
      hasEnded = child.endingIfEnded != nil
      if stopped == nil, shouldStop() {
        // A build ends its compilers by itself, if it is asked to.
        child.sendToGroup(.interrupt)
        stopped = SystemClock.monotonic
      }
      if let stopped, SystemClock.monotonic > stopped + Self.endingPatience { child.sendToGroup(.kill) }
      if !hasEnded { Pause.sleep(.milliseconds(20)) }
      for line in lines(of: tried).dropFirst(told) {
        report("trying \(line)")
        told += 1
      }
    }
    // Before its number is given away.
    if stopped != nil { child.sendToGroup(.kill) }
    let ending = child.wait()
    guard stopped == nil, !shouldStop() else { return nil }
    if case .code(let code) = ending { return code }
    throw FileProblem(.system, "\(words[0]) \(ending)")
  }

  private func git(_ words: [String], in folder: String) throws(FileProblem) -> String {
    try Self.git(["-C", folder] + words, nil)
  }

  /// - Parameter sentence: what it means if git ends with another code than 0; what git says unless given.
  private static func git(_ words: [String], _ sentence: String?) throws(FileProblem) -> String {
    do throws(SystemError) {
      let result = try ChildProcess.run(["git"] + words, within: patience)
      guard result.isSuccess else {
        throw SystemError(sentence ?? "git \(words.joined(separator: " ")): \(result.complaint)", code: 0)
      }
      return String(result.output.reversed().drop(while: \.isNewline).reversed())
    } catch {
      throw FileProblem(sentence == nil ? .system : .content, "\(error)")
    }
  }
}
