import Determinism
import Hosting
import Reporting
import System
import Terminal

// What the commands of a client print, for people or as one JSON object, and the exit code that goes with it.

extension StoreResult {
  /// What the program tells the shell.
  var exitCode: ExitCode {
    switch self {
    case .done, .facts, .value(.some): .done
    case .value(.none), .mismatch, .refused: .failed
    case .unavailable: .unavailable
    case .unknown: .unknown
    }
  }
}

extension ClientContext {
  /// Prints what came of a request.
  ///
  /// - Parameter key: of which it was, for sentences.
  func report(_ result: StoreResult, of key: [UInt8]? = nil) -> ExitCode {
    if isJSON {
      print(result.json)
      return result.exitCode
    }
    let name = key.map(Self.quoted) ?? "it"
    switch result {
    case .done, .facts, .value(.some): console.print("ok")
    case .value(.none): complain("\(name) is absent")
    case .mismatch(.none): complain("not done: \(name) is absent")
    case .mismatch(let seen?):
      complain("not done: \(name) is \(Self.quoted(seen))")
    case .refused(let sentence, _): complain("not done: \(sentence)")
    case .unavailable(let sentence):
      complain(
        "nothing was done: \(sentence); expected a running cluster (`raftkv serve`), or its addresses with --endpoints")
    case .unknown(let sentence):
      let hint = key == nil ? "`raftkv members` shows what is so now" : "`raftkv get` shows what is there now"
      complain("it is not known whether this was done: \(sentence); \(hint)")
    }
    return result.exitCode
  }

  /// Bytes between quotes, shortened.
  private static func quoted(_ bytes: [UInt8]) -> String {
    "\"\(String(systemBytes: bytes).displayed.printable(columns: 60))\""
  }

  /// Prints who takes part.
  func show(members result: StoreResult) -> ExitCode {
    guard !isJSON, case .facts(let facts) = result else { return report(result) }
    console.print("cluster \(Self.text(facts["cluster"])), term \(Self.text(facts["term"])), \(Self.leader(in: facts))")
    for (list, role) in [("voters", "voter"), ("learners", "learner"), ("outgoing", "on its way out")] {
      guard case .array(let members)? = facts[list] else { continue }
      for member in members {
        let isLeader = member["id"] != nil && member["id"] == facts["leader"]
        console.print(
          Layout.padded("n\(Self.text(member["id"]))", to: 5) + Layout.padded(isLeader ? "leader" : role, to: 16)
            + "clients \(Layout.padded(Self.text(member["http"]), to: 24))servers \(Self.text(member["peer"]))")
      }
    }
    return .done
  }

  /// Prints what servers have answered. Done if any of them has.
  func show(_ reports: [ServerReport]) -> ExitCode {
    let isDone = reports.contains { $0.result.outcome == .ok }
    if isJSON {
      let outcome = isDone ? APIOutcome.ok : .failed
      print(
        .object([
          JSONMember("outcome", .string(outcome.rawValue)), JSONMember("servers", .array(reports.map(Self.json))),
        ]))
      return isDone ? .done : .unavailable
    }
    for report in reports {
      guard case .facts(let facts) = report.result else { continue }
      console.print("\(Layout.padded("\(report.server)", to: 24))\(Self.line(of: facts))")
    }
    for report in reports {
      switch report.result {
      case .unavailable(let problem), .refused(let problem, _), .unknown(let problem): complain(problem)
      case .done, .value, .mismatch, .facts: break
      }
    }
    if !isDone {
      complain("no server answers; expected a running cluster (`raftkv serve`), or its addresses with --endpoints")
    }
    return isDone ? .done : .unavailable
  }

  private static func json(_ report: ServerReport) -> JSONValue {
    var members = [JSONMember("endpoint", .string("\(report.server)"))]
    if case .object(let all) = report.result.json { members += all.filter { $0.name != "endpoint" } }
    return .object(members)
  }

  /// The facts of a server in one line: those that are there.
  private static func line(of facts: JSONValue) -> String {
    var words: [String] = []
    guard facts["id"] != nil else {
      return "asked to take a snapshot; the last one ends with entry \(text(facts["snapshotIndex"]))"
    }
    if let id = facts["id"] { words.append(Layout.padded("n\(text(id))", to: 4)) }
    if let role = facts["role"] { words.append(Layout.padded(text(role), to: 9)) }
    if let term = facts["term"] { words.append("term \(text(term))") }
    if facts["leader"] != nil { words.append(leader(in: facts)) }
    let counts = [
      ("commitIndex", "committed"), ("appliedIndex", "applied"), ("lastIndex", "last"), ("snapshotIndex", "snapshot"),
    ]
    for (name, word) in counts { if let count = facts[name] { words.append("\(word) \(text(count))") } }
    return words.joined(separator: "  ")
  }

  private static func leader(in facts: JSONValue) -> String {
    guard case .integer(let number)? = facts["leader"] else { return "no leader is known" }
    return "leader n\(number)"
  }

  private static func text(_ value: JSONValue?) -> String {
    switch value {
    case .string(let text)?: text
    case .integer(let number)?: "\(number)"
    case .number(let number)?: "\(number)"
    case .bool(let flag)?: "\(flag)"
    case .null?, .array?, .object?, nil: "-"
    }
  }

  /// Prints an object in one line.
  func print(_ object: JSONValue) { console.print(String(decoding: object.bytes, as: UTF8.self).printableJSON) }

  /// A sentence about what was not done.
  func complain(_ sentence: String) { console.complain("\(place)\(sentence).") }
}
