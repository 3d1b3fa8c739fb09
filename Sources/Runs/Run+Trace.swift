import Simulation

extension Run {
  /// Runs and judges it, with the trace that a story needs: of a run that is longer than a trace may be, the events
  /// before its failure, and before its end if nothing failed.
  package func traced() -> RunReport {
    let short = simulate(tracing: .start)
    guard short.outcome.isCut else { return short.judged() }
    var report = simulate().judged()
    report.outcome.trace = simulate(tracing: TraceWindow(endingWith: report.decisiveEvent)).outcome.trace
    return report
  }
}

extension RunReport {
  /// The number of the event in which it shows how the run ends.
  fileprivate var decisiveEvent: Int {
    if let failure = outcome.failure { return failure.event }
    let operations = counterexample.map { [$0.culprit] + $0.certificate } ?? []
    let ends = operations.compactMap(\.end).filter(outcome.historyEvents.indices.contains)
    return ends.map { outcome.historyEvents[$0] }.max() ?? outcome.statistics.events
  }
}
