import Histories

// Histories as others write them.
extension History {
  /// As Jepsen's `history.txt`. A compare-and-set that found another value did not happen there.
  ///
  /// - Precondition: as of `jepsenLines`.
  package func jepsenText() -> [UInt8] {
    jepsenLines().split(separator: 0x0A).flatMap { Array($0.dropFirst(Self.console.utf8.count)) + [0x0A] }
  }

  /// As the log of a later version of Jepsen, with lines of other loggers.
  ///
  /// - Precondition: as of `jepsenLines`.
  package func jepsenLog() -> [UInt8] {
    var log =
      "2026-01-02 03:04:05,006{GMT}\tINFO\t[jepsen test runner] jepsen.core: Running test:\n{:name \"hostile\"}\n"
    for line in jepsenText().split(separator: 0x0A) {
      let event = String(decoding: line, as: UTF8.self)
      log += "2026-01-02 03:04:05,006{GMT}\tINFO\t[jepsen worker 0] jepsen.util: \(event)\n"
    }
    return Array(log.utf8)
  }

  private static let console = "INFO  jepsen.util - "

  /// As an array of events in JSON, some of them over several lines.
  package func jsonArray() -> [UInt8] {
    let lines = jsonLines().split(separator: 0x0A).map { Array($0) }
    let spread = lines.enumerated().map { number, line in
      number.isMultiple(of: 5) ? Array("{\n  ".utf8) + line.dropFirst() : line
    }
    return Array("[".utf8) + spread.joined(separator: Array(",\n".utf8)) + Array("]\n".utf8)
  }

  /// As the `operations.json` of etcd's robustness tests.
  ///
  /// - Precondition: there are only gets, puts and deletes, and keys and values are plain text.
  package func etcdOperations() -> [UInt8] {
    func text(_ id: ValueID) -> String { values[id].map { String(decoding: $0, as: UTF8.self) } ?? "" }
    var lines = ""
    for (number, operation) in operations().enumerated() {
      let key = text(operation.key)
      let none = #"{"Start":"","End":"","Limit":0}"#
      let (type, range, put, delete) =
        switch operation.function {
        case .get: ("range", #"{"Start":"\#(key)","End":"","Limit":0}"#, "", "")
        case .delete: ("delete", none, "", key)
        default: ("put", none, key, "")
        }
      let value = #"{"Value":"\#(text(operation.argument))","Hash":0}"#
      let step =
        #"{"Type":"\#(type)-operation","Range":\#(range),"Put":{"Key":"\#(put)","Value":\#(value),"LeaseID":0},"#
        + #""Delete":{"Key":"\#(delete)"}}"#
      let found = #"{"Key":"\#(key)","Value":{"Value":"\#(text(operation.seen))"},"ModRevision":2}"#
      let hasFound = operation.function == .get && operation.seen != .absent
      let error = operation.kind == .ok ? "" : operation.kind == .fail ? #","ClientError":"refused""# : ""
      let end = operation.end ?? events.count + number
      lines +=
        #"{"ClientId":\#(operation.process),"Input":{"Type":"txn","Txn":{"Conditions":null,"OperationsOnSuccess":[\#(step)],"#
        + #""OperationsOnFailure":null}},"Call":\#(operation.call),"Output":{"Txn":{"Failure":false,"Results":["#
        + #"{"KVs":[\#(hasFound ? found : "")],"Count":\#(hasFound ? 1 : 0),"Deleted":0}]},"Revision":2\#(error),"#
        + #""PartialResponse":false,"Error":"\#(operation.isUnknown ? "timeout" : "")"},"Return":\#(end)}"# + "\n"
    }
    return Array(lines.utf8)
  }
}

/// Files as compressing programs write them, without making anything smaller: so nothing is needed to write them.
package enum StoredFile {
  /// A gzip file (RFC 1952) of blocks that hold what they stand for.
  package static func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var file: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]
    var rest = bytes[...]
    repeat {
      let block = rest.prefix(60_000)
      rest = rest.dropFirst(block.count)
      file.append(rest.isEmpty ? 1 : 0)
      file += littleEndian(UInt64(block.count), bytes: 2) + littleEndian(UInt64(~UInt16(block.count)), bytes: 2) + block
    } while !rest.isEmpty
    var check = CyclicRedundancyCheck()
    bytes.withUnsafeBufferPointer { check.add($0) }
    return file + littleEndian(UInt64(check.value), bytes: 4) + littleEndian(UInt64(bytes.count), bytes: 4)
  }

  /// A zstd file (RFC 8878) of raw blocks.
  package static func zstandard(_ bytes: [UInt8]) -> [UInt8] {
    // One segment, and its size in four bytes.
    var file: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xA0] + littleEndian(UInt64(bytes.count), bytes: 4)
    var rest = bytes[...]
    repeat {
      let block = rest.prefix(100_000)
      rest = rest.dropFirst(block.count)
      file += littleEndian(UInt64(block.count) << 3 | (rest.isEmpty ? 1 : 0), bytes: 3) + block
    } while !rest.isEmpty
    return file
  }

  private static func littleEndian(_ number: UInt64, bytes count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
  }
}
