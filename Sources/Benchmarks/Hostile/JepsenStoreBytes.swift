import Histories

extension History {
  /// The history as a `test.jepsen` of jepsen.store.format holds it: a test whose history is a vector of streams of events.
  ///
  /// - Parameter spoil: may change the data of each block before its checksum is made, which else would be all that a reader
  ///   looks at.
  package func jepsenStore(spoil: (inout [UInt8]) -> Void = { _ in }) -> [UInt8] {
    var file = JepsenStoreBytes()
    var chunks: [(first: Int, block: UInt32)] = []
    var calls: [Int32: HistoryEvent] = [:]
    for first in stride(from: 0, to: events.count, by: 50) {
      var stream = FressianBytes()
      for place in first..<min(events.count, first + 50) {
        let event = events[place]
        if event.kind == .invoke { calls[event.process] = event }
        stream.write(event, calledBy: calls[event.process] ?? event, number: place, of: self)
      }
      spoil(&stream.bytes)
      chunks.append((first, file.add(stream.bytes, type: 4)))
    }
    var vector = bigEndian(UInt64(events.count), bytes: 8)
    for chunk in chunks {
      vector += bigEndian(UInt64(chunk.first), bytes: 8) + bigEndian(UInt64(chunk.block), bytes: 4)
    }
    spoil(&vector)
    let history = file.add(vector, type: 5)
    var test = FressianBytes()
    // A map is a list of keys and values.
    test.bytes += [0xC0, 0xE4 + 4]
    test.writeKeyword("name")
    test.writeString("hostile")
    test.writeKeyword("history")
    test.writeTag("block-ref", parts: 1)
    test.writeInteger(Int64(history))
    var root = bigEndian(0, bytes: 4) + test.bytes
    spoil(&root)
    let block = file.add(root, type: 3)
    return file.finished(root: block, spoil: spoil)
  }
}

private func bigEndian(_ number: UInt64, bytes count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * (count - 1 - $0))) }
}

/// A file that grows by blocks.
private struct JepsenStoreBytes {
  private var bytes = Array("JEPSEN".utf8) + bigEndian(1, bytes: 4) + bigEndian(0, bytes: 8)
  private var places: [Int] = []

  /// - Returns: the number of the block.
  mutating func add(_ data: [UInt8], type: UInt64) -> UInt32 {
    places.append(bytes.count)
    let length = bigEndian(UInt64(28 + data.count), bytes: 8)
    let rest = bigEndian(type, bytes: 2) + [UInt8](repeating: 0, count: 14)
    var check = CyclicRedundancyCheck()
    (data + length + [0, 0, 0, 0] + rest).withUnsafeBufferPointer { check.add($0) }
    bytes += length + bigEndian(UInt64(check.value), bytes: 4) + rest + data
    return UInt32(places.count)
  }

  /// The file, with an index of all blocks at its end.
  func finished(root: UInt32, spoil: (inout [UInt8]) -> Void) -> [UInt8] {
    var index = bigEndian(UInt64(root), bytes: 4)
    for (number, place) in places.enumerated() {
      index += bigEndian(UInt64(number + 1), bytes: 4) + bigEndian(UInt64(place), bytes: 8)
    }
    spoil(&index)
    var file = self
    let place = file.bytes.count
    _ = file.add(index, type: 1)
    file.bytes.replaceSubrange(10..<18, with: bigEndian(UInt64(place), bytes: 8))
    return file.bytes
  }
}

/// Values as Fressian writes them, as far as events need it.
private struct FressianBytes {
  var bytes: [UInt8] = []
  private var words: [String] = []
  private var hasType = false

  /// - Parameter call: that of the operation, which may be the event itself.
  mutating func write(_ event: HistoryEvent, calledBy call: HistoryEvent, number: Int, of history: History) {
    if hasType { bytes.append(0xA0) } else { writeTag("jepsen.history.Op", parts: 7) }
    hasType = true
    writeInteger(Int64(number))
    writeInteger(event.time)
    let isMismatch = event.answer == .mismatch || event.answer == .unseenMismatch
    writeCachedKeyword(isMismatch ? "fail" : event.kind.name)
    writeInteger(Int64(event.process))
    let isRegister = history.header.model != .keyValue
    writeCachedKeyword(event.function.name(in: isRegister ? .compareAndSetRegister : .keyValue))
    writeValue(of: event, call, in: history)
    bytes.append(0xF7)
  }

  private mutating func writeValue(of event: HistoryEvent, _ call: HistoryEvent, in history: History) {
    // A pair of a key and a value is an entry of a map.
    if call.key != .absent {
      writeTag("map-entry", parts: 2)
      write(call.key, of: history)
    }
    if event.function == .compareAndSet {
      bytes.append(0xE4 + 2)
      write(call.value, of: history)
      write(call.replacement, of: history)
    } else {
      write(event.function == .get ? event.value : call.value, of: history)
    }
  }

  private mutating func write(_ id: ValueID, of history: History) {
    guard let text = history.values[id] else { return bytes.append(0xF7) }
    if let number = Int64(String(decoding: text, as: UTF8.self)) { writeInteger(number) } else { writeString(text) }
  }

  mutating func writeInteger(_ number: Int64) {
    if (0..<64).contains(number) {
      bytes.append(UInt8(number))
    } else if (-4_096..<4_096).contains(number) {
      bytes += [UInt8(0x50 + number >> 8), UInt8(truncatingIfNeeded: number)]
    } else {
      bytes += [0xF8] + bigEndian(UInt64(bitPattern: number), bytes: 8)
    }
  }

  mutating func writeString(_ text: String) { writeString(Array(text.utf8)) }

  private mutating func writeString(_ text: [UInt8]) {
    if text.count < 8 {
      bytes.append(0xDA + UInt8(text.count))
    } else {
      bytes.append(0xE3)
      writeInteger(Int64(text.count))
    }
    bytes += text
  }

  /// A name that has no space.
  mutating func writeKeyword(_ name: String) {
    bytes += [0xCA, 0xF7]
    writeString(name)
  }

  /// From the second time on it is named by its number.
  private mutating func writeCachedKeyword(_ name: String) {
    if let number = words.firstIndex(of: name) { return bytes.append(0x80 + UInt8(number)) }
    words.append(name)
    bytes.append(0xCD)
    writeKeyword(name)
  }

  mutating func writeTag(_ name: String, parts: Int64) {
    bytes.append(0xEF)
    writeString(name)
    writeInteger(parts)
  }
}
