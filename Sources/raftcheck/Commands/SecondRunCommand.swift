import Runs

/// What the program does for another process of itself: a run once more, as `DeterminismCheck` asks for it.
enum SecondRunCommand {
  /// - Parameter words: what stands behind the first word.
  static func run(_ words: [String], on console: Console) throws -> CommandOutcome {
    let input = try Files.read("-", limit: Files.caseLimit)
    let answer = try DeterminismCheck.answer(to: input, tracing: words.contains(DeterminismCheck.tracing))
    console.print(String(answer.dropLast()))
    return .done
  }
}
