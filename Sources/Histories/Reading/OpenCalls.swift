import Determinism

/// The call that each client has open: its place in some list.
struct OpenCalls: Sendable {
  /// Of the clients with small numbers, which is nearly all: the place + 1, or 0 for none.
  private var near: [UInt32] = []
  /// Of the others.
  private var far = LookupTable<Int32, Int>()
  private static let nearLimit: Int32 = 1 << 20

  /// The place of the call that `process` has open; `nil` if it has none. Places are below 2³² − 1.
  subscript(process: Int32) -> Int? {
    get {
      guard process >= 0, process < Self.nearLimit else { return far[process] }
      guard process < near.count, near[Int(process)] > 0 else { return nil }
      return Int(near[Int(process)]) - 1
    }
    set {
      guard process >= 0, process < Self.nearLimit else {
        far[process] = newValue
        return
      }
      while near.count <= process { near.append(0) }
      near[Int(process)] = newValue.map { UInt32($0 + 1) } ?? 0
    }
  }
}
