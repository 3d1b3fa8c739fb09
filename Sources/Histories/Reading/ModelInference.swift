/// Finds out what the operations of a file mean: from its first line or, where that does not say, from the names of the
/// functions. `read` and `write` are a register's, and so is whatever names no key.
struct ModelInference: Sendable {
  /// What the file or its reader says.
  var model: ModelName?
  private var isRegister = false
  private var isKeyValue = false
  private var hasCompareAndSet = false

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
    isRegister = isRegister || isRegisterName || !hasKey
    isKeyValue = isKeyValue || function == .append || function == .delete
    hasCompareAndSet = hasCompareAndSet || function == .compareAndSet
    guard isRegister, isKeyValue else { return nil }
    return isRegisterName ? .keyValue : .compareAndSetRegister
  }

  /// What the operations mean.
  var conclusion: ModelName {
    model ?? (!isRegister ? .keyValue : hasCompareAndSet ? .compareAndSetRegister : .register)
  }
}
