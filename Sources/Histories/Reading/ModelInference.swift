/// Finds out what the operations of a file mean: from its first line or, where that does not say, from the names of the
/// functions. `read` and `write` are a register's, and so is whatever names no key.
struct ModelInference: Sendable {
  /// What the file or its reader says.
  var model: ModelName?
  private var isRegister = false
  private var isKeyValue = false
  private var hasCompareAndSet = false
  /// What the functions of objects that were named say.
  private var object: ModelName?
  /// Whether something was written to a register.
  private var hasPut = false

  /// - Parameter model: what the operations mean, if that is known.
  init(model: ModelName?) {
    self.model = model
  }

  /// Notes a function that was named.
  ///
  /// - Parameter hasKey: whether it names a key; `true` where that is not known.
  /// - Returns: what a function would have to be, if this one is none of the model.
  @inline(__always)
  mutating func note(_ function: Function, isRegisterName: Bool, hasKey: Bool) -> ModelName? {
    if let model { return model.allows(function) ? nil : model }
    return infer(function, isRegisterName: isRegisterName, hasKey: hasKey)
  }

  private mutating func infer(_ function: Function, isRegisterName: Bool, hasKey: Bool) -> ModelName? {
    if case .object(let function) = function { return infer(function) }
    hasPut = hasPut || function == .put
    if let object { return object.allows(function) ? nil : object }
    isRegister = isRegister || isRegisterName || !hasKey
    isKeyValue = isKeyValue || function == .append || function == .delete
    hasCompareAndSet = hasCompareAndSet || function == .compareAndSet
    guard isRegister, isKeyValue else { return nil }
    return isRegisterName ? .keyValue : .compareAndSetRegister
  }

  private mutating func infer(_ function: ObjectFunction) -> ModelName? {
    let meant: ModelName =
      switch function {
      case .acquire, .release: .mutex
      case .add, .remove, .contains: .set
      case .generate: .uniqueIDs
      case .enqueue, .dequeue, .drain: .unorderedQueue
      case .push, .pop: .stack
      case .transaction: .multiRegister
      case .transfer: .bank
      }
    if let object, object != meant { return object }
    if object == nil {
      if isKeyValue || hasCompareAndSet { return conclusion }
      if hasPut, !meant.allows(.put) { return conclusion }
    }
    object = meant
    return nil
  }

  /// What the operations mean, as far as it was told by their functions.
  private var conclusion: ModelName {
    model ?? object ?? (!isRegister ? .keyValue : hasCompareAndSet ? .compareAndSetRegister : .register)
  }

  /// Whether other models have the functions that were named.
  var isOneOfSeveral: Bool { model == nil && object != nil }

  /// What the operations mean. Whatever is added to and reads as a number is a sum and no set.
  func conclusion(of builder: HistoryBuilder) -> ModelName {
    guard model == nil, object == .set else { return conclusion }
    let isCounter = builder.events.contains { event in
      event.function == .get && event.kind == .ok && event.value != .absent
        && EDNText.value(of: builder.values[event.value]).isNumber
    }
    return isCounter ? .counter : .set
  }
}
