/// Reads a JSON array of events, as Elle's tools write it, printed in one line or in many. An event is what it is in JSON
/// Lines.
struct JSONArrayReader: Sendable {
  private var objects = JSONObjects()
  private(set) var events: NativeReader

  init(model: ModelName?, orderMember: [UInt8]) {
    events = NativeReader(model: model, orderMember: orderMember)
  }

  /// Reads the next bytes, which may end anywhere.
  mutating func read(_ bytes: UnsafeBufferPointer<UInt8>) throws(HistoryReadingError) {
    // Both are parts of this value, and only one may be changed through it at a time.
    var events = self.events
    self.events = NativeReader(model: nil, orderMember: [])
    defer { self.events = events }
    try objects.read(bytes) { (object) throws(HistoryReadingError) in try events.read(object) }
  }

  /// The history.
  func finish() throws(HistoryReadingError) -> History {
    try objects.finish()
    return events.finish()
  }
}
