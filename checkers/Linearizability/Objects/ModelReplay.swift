/// Goes through an order of calls and believes nothing of it: it asks the model, and shares no table with the search.
struct ModelReplay<Model: SequentialModel> {
  let model: Model
  let calls: [ModelCall<Model.Operation>]

  /// Whether `order` explains every answer, respects real time, and holds every completed call, each once.
  ///
  /// - Parameters:
  ///   - order: places among the calls.
  ///   - shouldStop: asked now and then; `true` ends it as not confirmed.
  /// - Complexity: O(n), states aside; where a result is not known, times the states that are possible.
  func confirms(_ order: [Int32], shouldStop: () -> Bool = { false }) -> Bool {
    var isPlaced = [Bool](repeating: false, count: calls.count)
    for place in order {
      guard calls.indices.contains(Int(place)), !isPlaced[Int(place)] else { return false }
      isPlaced[Int(place)] = true
    }
    guard calls.indices.allSatisfy({ isPlaced[$0] || calls[$0].end == nil }) else { return false }
    return !states(after: order, shouldStop: shouldStop).isEmpty
  }

  /// The states that are possible behind `order`; none if it does not explain every answer of what it holds, or an
  /// operation stands behind one that was called only after it had returned.
  func states(after order: [Int32], shouldStop: () -> Bool = { false }) -> [Model.State] {
    var states = [model.initial]
    var latestCall = -1
    for (number, place) in order.enumerated() {
      if number & 0xFFFF == 0xFFFF, shouldStop() { return [] }
      let call = calls[Int(place)]
      if let end = call.end, end < latestCall { return [] }
      latestCall = max(latestCall, call.call)
      var following: [Model.State] = []
      for state in states {
        for next in model.successors(of: state, by: call.operation) where !following.contains(next) {
          following.append(next)
        }
      }
      if following.isEmpty { return [] }
      states = following
    }
    return states
  }
}
