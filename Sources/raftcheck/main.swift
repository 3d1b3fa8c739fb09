import Glibc
import Judging

/// Ends with the exit code of the command line.
@Sendable
func runCommandLine() {
  exit(CommandLineProgram.main(Array(CommandLine.arguments.dropFirst()), on: Console()).rawValue)
}

// How much stack the first thread has is for the shell to say.
if let thread = WorkerThread(runCommandLine) { thread.join() } else { runCommandLine() }
