/// What the program tells the shell. `CommandOutcome` decides which.
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
}
