import Histories
import Linearizability

/// Checks whole histories, key by key, on the machine's cores and within limits of work, memory and time.
package struct Judge: Sendable {
  private let model: Model?
  private let limits: JudgingLimits
  private let algorithm: Algorithm
  private let threads: Int

  /// - Parameters:
  ///   - model: what the operations mean; `nil` believes each history's header.
  ///   - algorithm: which engine decides.
  ///   - threads: how many keys are judged at once, at most; `nil` for one a core. The judgement does not depend on it.
  package init(
    model: Model? = nil, limits: JudgingLimits = JudgingLimits(), algorithm: Algorithm = .auto, threads: Int? = nil
  ) {
    self.model = model
    self.limits = limits
    self.algorithm = algorithm
    self.threads = threads ?? Workers.cores
  }

  /// Checks every key of `history`.
  ///
  /// The judgement is the same every time unless the clock, the process's memory or `shouldStop` ended it.
  ///
  /// - Parameter shouldStop: asked now and then, on any thread; `true` ends the check, undecided keys as unknown.
  package func judge(
    _ history: History, shouldStop: @escaping @Sendable () -> Bool = { false }
  ) -> Judgement {
    let watch = Watch(limits, shouldStop: shouldStop)
    let model = model ?? Model(of: history)
    let checker = LinearizabilityChecker(model: model, algorithm: algorithm)
    guard watch.hasRoom(for: Session.bytes(for: history)),
      let parts = Subhistories(of: history, shouldStop: watch.isOver)
    else { return Judgement(model, unsplit: history, limits, watch) }
    let splittingTime = watch.elapsed
    var session = Session(parts, checker, limits, threads: threads, watch)
    session.decide()
    watch.look()
    let decidedAfter = watch.elapsed
    let (keys, counterexamples) = session.told()
    watch.look()
    return Judgement(
      model: model, keys: keys, counterexamples: counterexamples, splittingTime: splittingTime,
      tellingTime: watch.elapsed - decidedAfter, watch)
  }
}
