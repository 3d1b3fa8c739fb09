import Determinism

/// The calls of one part, as flat tables: what `ModelSearch` walks over.
///
/// Operations are numbered: first the completed ones in the order of their calls, then those of unknown result in the
/// order of theirs.
struct ModelProblem<Model: SequentialModel> {
  /// The position of each call.
  private(set) var calls: [Int32] = []
  /// The position of each return; the largest number if the result is unknown.
  private(set) var ends: [Int32] = []
  /// Which operation it is: equal ones have the same number.
  private(set) var classes: [Int32] = []
  /// Its place among the calls that the problem was made from.
  private(set) var sources: [Int32] = []
  /// How many of them are completed.
  private(set) var completedCount = 0
  /// The operation of each class.
  private(set) var operations: [Model.Operation] = []

  /// - Parameters:
  ///   - calls: of any objects.
  ///   - places: those that count, by place.
  /// - Complexity: O(n log n).
  init(_ model: Model, _ calls: [ModelCall<Model.Operation>], places: [Int32]) {
    let sorted = places.sorted { calls[Int($0)].call < calls[Int($1)].call }
    var numbers = LookupTable<Model.Operation, Int32>()
    for isUnknown in [false, true] {
      for place in sorted where (calls[Int(place)].end == nil) == isUnknown {
        let call = calls[Int(place)]
        // Whether it happened makes no difference.
        if isUnknown, model.onlyLooks(call.operation, from: model.initial) { continue }
        let number = numbers[call.operation] ?? Int32(operations.count)
        if Int(number) == operations.count {
          numbers[call.operation] = number
          operations.append(call.operation)
        }
        self.calls.append(Int32(call.call))
        ends.append(call.end.map { Int32($0) } ?? .max)
        classes.append(number)
        sources.append(place)
      }
      if !isUnknown { completedCount = self.calls.count }
    }
  }

  /// How many operations there are.
  var count: Int { calls.count }

  /// The memory that the tables of a search over so many calls take, in bytes.
  static func bytes(forCalls count: Int) -> Int {
    count * (96 + 2 * MemoryLayout<Model.Operation>.stride)
  }
}
