import Determinism

/// The calls of an object, part by part. What holds of each part holds of all together, for they have nothing to do with
/// each other (P-compositionality, Horn & Kroening 2015).
struct ModelParts {
  /// The places of each part's calls, the parts in the order in which they are first met.
  let places: [[Int32]]

  /// - Complexity: O(n).
  init<Model: SequentialModel>(_ model: Model, _ calls: [ModelCall<Model.Operation>]) {
    guard let parts = model.parts(of: calls.map(\.operation)) else {
      places = calls.isEmpty ? [] : [Array(0..<Int32(calls.count))]
      return
    }
    precondition(parts.count == calls.count, "\(parts.count) parts were given for \(calls.count) operations")
    var numbers = LookupTable<Int32, Int>()
    var places: [[Int32]] = []
    for (place, part) in parts.enumerated() {
      let number = numbers[part] ?? places.count
      if number == places.count {
        numbers[part] = number
        places.append([])
      }
      places[number].append(Int32(place))
    }
    self.places = places
  }

  /// One order of all, from one of each part.
  ///
  /// Every operation is put at the latest call among those before it in its order and its own. That lies before its
  /// return, for what is called behind that stands behind it; so an operation that returned before another was called
  /// comes first.
  ///
  /// - Complexity: O(n log n).
  static func merged<Operation>(_ orders: [[Int32]], _ calls: [ModelCall<Operation>]) -> [Int32] {
    if orders.count == 1 { return orders[0] }
    var points: [(position: Int, place: Int32)] = []
    for order in orders {
      var latest = -1
      for place in order {
        latest = max(latest, calls[Int(place)].call)
        points.append((latest, place))
      }
    }
    // Only operations of one part share a position: they keep their order.
    return points.indices.sorted { (points[$0].position, $0) < (points[$1].position, $1) }.map { points[$0].place }
  }
}
