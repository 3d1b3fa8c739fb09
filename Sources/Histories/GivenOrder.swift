/// The places of operations in an order that whoever recorded the history believes explains it, such as indices of a
/// log or revisions of a store. By event: on an operation's call or on its return. Takes no memory where no event has
/// one.
struct GivenOrder: Sendable {
  /// What stands in files before the place unless told otherwise.
  static let member = "order"

  /// By the event's offset, up to the last event that has one; −1 for none.
  private var places: [Int64] = []

  /// Whether no event has a place.
  var isEmpty: Bool { places.isEmpty }

  /// The place on the event of this offset, from 0; `nil` if it has none. Offsets beyond the history's are fine.
  subscript(offset: Int) -> Int64? {
    guard offset < places.count, places[offset] >= 0 else { return nil }
    return places[offset]
  }

  /// The memory that it takes for a moment besides its own if so many events come.
  func growth(byEvents count: Int) -> Int {
    places.isEmpty || places.count + count <= places.capacity ? 0 : places.count * MemoryLayout<Int64>.stride
  }

  /// Puts a place on the event of this offset; a negative one is none.
  @inline(__always)
  mutating func note(_ place: Int64, at offset: Int) {
    if place >= 0 { set(place, at: offset) }
  }

  private mutating func set(_ place: Int64, at offset: Int) {
    while places.count <= offset { places.append(-1) }
    places[offset] = place
  }
}

extension History {
  /// Whether some operation has a place in an order that came with the history.
  public var hasGivenOrder: Bool { !givenOrder.isEmpty }

  /// The place of this operation in the order that came with the history; `nil` if it has none. On its return, or else
  /// on its call. Nobody has checked that order: see `Subhistory.confirmedGivenOrder`.
  public func givenPlace(of operation: Operation) -> Int64? {
    operation.end.flatMap { givenOrder[$0] } ?? givenOrder[operation.call]
  }
}

extension History {
  /// The same history with another order, as if it had come with it.
  ///
  /// - Parameter place: of each operation, from 0; `nil` for none.
  package func placing(_ place: (Operation) -> Int64?) -> History {
    var order = GivenOrder()
    for operation in operations() {
      if let place = place(operation) { order.note(place, at: operation.end ?? operation.call) }
    }
    return History(header: header, values: values, events: events, givenOrder: order)
  }
}
