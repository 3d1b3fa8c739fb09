/// Which values of a JSON file stand in quotes, where the file is not this project's own: then `"4"` is another value than
/// `4`, as it is for whoever wrote it. Where both occur the text keeps its quotes as a part of it, as in EDN; where only one
/// does there is nothing to tell apart.
struct ValueTypes: Sendable {
  /// Where values in quotes stand: twice the number of the event, and one more for the new value of a compare-and-set.
  private var texts: [UInt32] = []
  /// By number of a value: whether it stands somewhere without quotes.
  private var isBare: [Bool] = []

  /// Notes the value of an event, or the new one of its compare-and-set.
  mutating func note(_ value: ValueID, isText: Bool, ofEvent number: Int, isReplacement: Bool) {
    guard value != .absent else { return }
    if isText { return texts.append(UInt32(number) << 1 | (isReplacement ? 1 : 0)) }
    let place = Int(value.rawValue)
    if place >= isBare.count {
      isBare += Array(repeating: false, count: max(place + 1, 2 * isBare.count) - isBare.count)
    }
    isBare[place] = true
  }

  /// Gives each text its quotes back that also stands there without them. Not where anything is appended: the parts of a
  /// text have no type.
  func settle(_ builder: inout HistoryBuilder) {
    guard isBare.contains(true), !texts.isEmpty, !builder.events.contains(where: { $0.function == .append }) else {
      return
    }
    for text in texts {
      let (number, isReplacement) = (Int(text >> 1), text & 1 == 1)
      let value = isReplacement ? builder.events[number].replacement : builder.events[number].value
      guard Int(value.rawValue) < isBare.count, isBare[Int(value.rawValue)], let bytes = builder.values[value] else {
        continue
      }
      builder.setValue(builder.values.intern(EDNText.bytes(ofString: bytes[...])), ofEvent: number, isReplacement)
    }
  }
}
