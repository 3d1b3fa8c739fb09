import Reporting
import Runs
import System
import Terminal

/// A case as it is typed: its file, or a folder in which it is the only one.
enum CaseOperand {
  /// So many cases are named of a folder that holds several.
  private static let shown = 5

  /// The path of the case.
  ///
  /// - Parameters:
  ///   - operand: what was typed.
  ///   - command: the words to type before the case.
  ///   - asFound: whether of a run that was made small the larger case is meant.
  static func path(_ operand: String, for command: String, asFound: Bool = false) throws -> String {
    guard Files.isFolder(operand) else { return operand }
    let found = CaseSearch(in: operand, asFound: asFound).paths
    guard let first = found.first else {
      throw FileProblem(.system, "\(operand): is a folder without a case; expected a case, as in out/42/case.json")
    }
    guard found.count > 1 else { return first }
    let more = found.count > shown ? " and \(Words.count(found.count - shown, "other"))" : ""
    throw UsageError(
      "\"\(operand)\" holds \(Words.count(found.count, "case")); expected one of them, as in `raftcheck \(command) "
        + "\(first.shellWord)`: \(found.prefix(shown).map(\.shellWord).joined(separator: ", "))\(more).")
  }
}
