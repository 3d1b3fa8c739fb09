import Runs

/// What the program tells the shell.
enum ExitCode: Int32 {
  case held = 0
  case violation = 1
  case undecided = 2
  case nondeterminism = 3
  case nothingRan = 4
  case usage = 64
  case badInput = 65
  case internalError = 70
  case inputOutput = 74
  case interrupted = 130

  init(_ severity: Severity) {
    self =
      switch severity {
      case .pass: .held
      case .undecided: .undecided
      case .violation: .violation
      case .nondeterminism: .nondeterminism
      case .internalError: .internalError
      }
  }

  init(_ problem: FileProblem) {
    switch problem.kind {
    case .system: self = .inputOutput
    case .content: self = .badInput
    case .limit: self = .undecided
    }
  }
}
