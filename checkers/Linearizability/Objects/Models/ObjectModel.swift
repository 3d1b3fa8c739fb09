import Histories

/// A model of this project: it also reads its operations from histories.
protocol ObjectModel: SequentialModel {
  /// A model whose first state is as `initial` says; absent if nothing was said.
  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit)

  /// What an operation of the history means.
  func operation(_ operation: Histories.Operation, _ reader: inout ObjectReader) throws(ModelMisfit) -> Operation

  /// The state as far as the operation has to do with it, as a clause.
  func description(of state: State, facing operation: Operation) -> String

  /// The names and values behind its numbers, given when all operations have been read.
  var names: ObjectNames { get set }
  /// The names of what holds the values, where these have numbers of their own.
  var keys: ObjectNames { get set }
}

extension ObjectModel {
  /// All of it.
  func description(of state: State, facing operation: Operation) -> String { description(of: state) }

  /// None.
  var keys: ObjectNames {
    get { ObjectNames() }
    set {}
  }
}

/// The calls of a part, as its model reads them.
struct DecodedCalls<Model: ObjectModel> {
  let model: Model
  let calls: [ModelCall<Model.Operation>]
  /// Where each of them stands among the operations of the part: those that failed never happened.
  let offsets: [Int32]
}

extension ObjectModel {
  /// Reads the operations of a part.
  ///
  /// - Throws: `ModelMisfit` at the first value that is none of the model.
  /// - Complexity: O(operations + what they hold).
  static func decode(_ part: Subhistory, _ initial: PlainValue) throws(ModelMisfit) -> DecodedCalls<Self> {
    var reader = ObjectReader(part)
    var model = try Self(initial, &reader)
    var calls: [ModelCall<Operation>] = []
    var offsets: [Int32] = []
    for (offset, operation) in part.operations.enumerated() where operation.kind != .fail {
      let end = operation.isUnknown ? nil : operation.end
      calls.append(ModelCall(call: operation.call, end: end, try model.operation(operation, &reader)))
      offsets.append(Int32(offset))
    }
    (model.names, model.keys) = (reader.names, reader.keys)
    return DecodedCalls(model: model, calls: calls, offsets: offsets)
  }
}
