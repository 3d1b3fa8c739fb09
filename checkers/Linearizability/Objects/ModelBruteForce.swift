/// Tries every order of the calls of an object. So slow that it is of use for a few calls only, and so simple that it is
/// surely right: the search is tested against it. The two share nothing but the model.
package enum ModelBruteForce {
  /// Whether some order explains every answer.
  ///
  /// - Complexity: factorial in the number of calls.
  package static func isLinearizable<Model: SequentialModel>(
    _ model: Model, _ calls: [ModelCall<Model.Operation>]
  ) -> Bool {
    canFinish(model, calls, from: model.initial)
  }

  /// Whether some order of `remaining`, in which those of unknown result may be missing, explains every answer.
  private static func canFinish<Model: SequentialModel>(
    _ model: Model, _ remaining: [ModelCall<Model.Operation>], from state: Model.State
  ) -> Bool {
    if remaining.allSatisfy({ $0.end == nil }) { return true }
    for (place, call) in remaining.enumerated() {
      guard remaining.allSatisfy({ $0.end ?? .max > call.call }) else { continue }
      var rest = remaining
      rest.remove(at: place)
      for next in model.successors(of: state, by: call.operation) where canFinish(model, rest, from: next) {
        return true
      }
    }
    return false
  }
}
