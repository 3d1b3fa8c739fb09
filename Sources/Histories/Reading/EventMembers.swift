/// A value in an event, before it is known what it means.
enum FieldValue {
  case missing
  case null
  case bool(Bool)
  case text(ValueID)
  case pair(ValueID, ValueID)
  /// A key and the two values of a compare-and-set: `[k [old new]]` or `[k old new]`.
  case keyedPair(ValueID, ValueID, ValueID)
  /// Anything, as the text that means just that.
  case whole(ValueID)
  case other
}

/// What one event's object holds, whatever the format. What the members mean together is asked when all are there, for
/// they may stand in any order. Flat, for there may be millions.
struct EventMembers {
  var time: Int64 = 0
  /// As in the file: whether it can be a process is asked later.
  var process: Int64 = -1
  /// Absent if none was named.
  var key = ValueID.absent
  var value = FieldValue.missing
  var seen = FieldValue.missing
  /// Which of these are texts in quotes: a bit each for the value or the first of two, the second one, and what was seen.
  var textBits: UInt8 = 0
  /// In an order that comes with the history; negative for none.
  var givenPlace: Int64 = -1
  var kind: HistoryEvent.Kind?
  var function: Function?
  /// Whether the function was named as registers name it.
  var isRegisterName = false
  /// Whether it is one cell's, whose answers have a few shapes. Whatever else answers something does so in its own way.
  var isCell = true
  /// One bit for each known member that occurred.
  private var occurred: UInt16 = 0

  /// A member that may occur once.
  enum Name: UInt16 {
    case process, time, type, function, key, value, seen, mismatch
  }

  /// - Returns: whether the member occurs for the first time.
  @inline(__always)
  mutating func mark(_ name: Name) -> Bool {
    let isNew = !has(name)
    occurred |= 1 << name.rawValue
    return isNew
  }

  /// Whether the member occurred.
  @inline(__always)
  func has(_ name: Name) -> Bool { occurred & 1 << name.rawValue != 0 }
}

// What the members mean together.
extension EventMembers {
  /// The event, and whether it repeats the value of its call; `nil` if the value is none that the function takes or
  /// answers.
  @inline(__always)
  func event(
    _ kind: HistoryEvent.Kind, _ function: Function, by process: Int32
  ) -> (event: HistoryEvent, repeatsCall: Bool)? {
    var event = HistoryEvent(
      time: time, process: process, line: 0, key: key, value: .absent, replacement: .absent, kind: kind,
      function: function, answer: .none)
    switch kind {
    case .invoke:
      let isRead = isCell ? readArguments(into: &event) : readWhole(into: &event)
      return isRead ? (event, false) : nil
    case .ok where !isCell: return readWhole(into: &event) ? (event, false) : nil
    case .ok: return readAnswer(into: &event).map { (event, $0) }
    case .fail, .info: return (event, false)
    }
  }

  /// - Returns: whether the value was read as a whole.
  private func readWhole(into event: inout HistoryEvent) -> Bool {
    if event.kind == .ok { event.answer = .value }
    switch value {
    case .whole(let text), .text(let text): event.value = text
    case .missing, .null: break
    case .bool, .pair, .keyedPair, .other: return false
    }
    return true
  }

  /// - Returns: whether a call of this function is given such a value.
  @inline(__always)
  private func readArguments(into event: inout HistoryEvent) -> Bool {
    switch (event.function, value) {
    case (.get, _), (.delete, .missing), (.delete, .null): return true
    case (.put, .text(let text)), (.append, .text(let text)): event.value = text
    case (.put, .whole(let text)), (.append, .whole(let text)): event.value = text
    case (.compareAndSet, .pair(let expected, let new)): (event.value, event.replacement) = (expected, new)
    default: return false
    }
    return true
  }

  /// - Returns: whether the value of the call is repeated; `nil` if this is no answer.
  @inline(__always)
  private func readAnswer(into event: inout HistoryEvent) -> Bool? {
    switch (event.function, value) {
    case (.get, .text(let text)), (.get, .whole(let text)): (event.answer, event.value) = (.value, text)
    case (.get, .null): event.answer = .value
    case (.put, .whole(let text)), (.append, .whole(let text)):
      (event.answer, event.value) = (.done, text)
      return true
    case (.put, .text(let text)), (.append, .text(let text)):
      (event.answer, event.value) = (.done, text)
      return true
    case (.put, .missing), (.put, .null), (.append, .missing), (.append, .null), (.delete, .missing), (.delete, .null):
      event.answer = .done
    case (.compareAndSet, .bool(true)): event.answer = .swapped
    case (.compareAndSet, .pair(let expected, let new)):
      (event.answer, event.value, event.replacement) = (.swapped, expected, new)
      return true
    case (.compareAndSet, .bool(false)): return readMismatch(into: &event) ? false : nil
    default: return nil
    }
    return false
  }

  /// - Returns: whether such a value can have been seen.
  private func readMismatch(into event: inout HistoryEvent) -> Bool {
    switch seen {
    case .missing: event.answer = .unseenMismatch
    case .null: event.answer = .mismatch
    case .text(let text): (event.answer, event.value) = (.mismatch, text)
    default: return false
    }
    return true
  }
}
