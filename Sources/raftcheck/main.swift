import Glibc
import Judging
import System
import Terminal

/// Ends with the exit code of the command line.
@Sendable
func runCommandLine() {
  exit(CommandLineProgram.main(CommandLineProgram.words, on: Console()).rawValue)
}

StandardDescriptors.claim()
// How much stack the first thread has is for the shell to say.
if let thread = WorkerThread(runCommandLine) { thread.join() } else { runCommandLine() }
