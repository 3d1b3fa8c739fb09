import Determinism

/// The tags of encoded operations.
private enum OperationTag {
  static let put: UInt8 = 1
  static let append: UInt8 = 2
  static let delete: UInt8 = 3
  static let compareAndSet: UInt8 = 4
}

/// The tags of encoded results.
private enum ResultTag {
  static let done: UInt8 = 1
  static let swapped: UInt8 = 2
  static let mismatch: UInt8 = 3
  static let refused: UInt8 = 4
}

extension KeyValueOperation {
  /// How many bytes `ByteWriter.write(operation:)` writes.
  package var encodedBytes: Int {
    switch self {
    case .put(let key, let value), .append(let key, let value): 1 + 4 + key.count + 4 + value.count
    case .delete(let key): 1 + 4 + key.count
    case .compareAndSet(let key, let expected, let new):
      1 + 4 + key.count + 1 + (expected.map { 4 + $0.count } ?? 0) + 4 + new.count
    }
  }
}

extension ByteWriter {
  /// Writes a flag (1 byte) and, where there is a string, its length and bytes.
  package mutating func write(optional string: [UInt8]?) {
    guard let string else { return write(UInt8(0)) }
    write(UInt8(1))
    write(lengthPrefixed: string)
  }

  /// Writes a tag, the key, and what else the operation has.
  package mutating func write(operation: KeyValueOperation) {
    switch operation {
    case .put(let key, let value):
      write(OperationTag.put)
      write(lengthPrefixed: key)
      write(lengthPrefixed: value)
    case .append(let key, let value):
      write(OperationTag.append)
      write(lengthPrefixed: key)
      write(lengthPrefixed: value)
    case .delete(let key):
      write(OperationTag.delete)
      write(lengthPrefixed: key)
    case .compareAndSet(let key, let expected, let new):
      write(OperationTag.compareAndSet)
      write(lengthPrefixed: key)
      write(optional: expected)
      write(lengthPrefixed: new)
    }
  }

  /// Writes a tag and, of a mismatch, the value seen.
  package mutating func write(result: KeyValueResult) {
    switch result {
    case .done: write(ResultTag.done)
    case .swapped: write(ResultTag.swapped)
    case .mismatch(let seen):
      write(ResultTag.mismatch)
      write(optional: seen)
    case .refused: write(ResultTag.refused)
    }
  }
}

extension ByteReader {
  /// Reads a flag, which is 0 or 1 and nothing else.
  package mutating func readFlag() throws(ByteCodingError) -> Bool {
    let flag = try readTag()
    guard flag.tag <= 1 else { throw .unknownTag(offset: flag.offset, tag: flag.tag) }
    return flag.tag == 1
  }

  /// Reads what `ByteWriter.write(optional:)` wrote.
  package mutating func readOptional(limit: Int) throws(ByteCodingError) -> [UInt8]? {
    try readFlag() ? try readLengthPrefixed(limit: limit) : nil
  }

  /// Reads a sequence number, which is at least 1.
  package mutating func readSequenceNumber() throws(ByteCodingError) -> SequenceNumber {
    let number = SequenceNumber(try read())
    guard number >= .first else { throw .unknownTag(offset: offset - 8, tag: 0) }
    return number
  }

  /// Reads an operation.
  ///
  /// - Parameters:
  ///   - maxKeyBytes: the limit of the key; a server reads clients' requests with a wider one than the store's, so that
  ///     it can say what was wrong.
  ///   - maxValueBytes: the limit of each value.
  package mutating func readOperation(
    maxKeyBytes: Int, maxValueBytes: Int
  ) throws(ByteCodingError) -> KeyValueOperation {
    let kind = try readTag()
    switch kind.tag {
    case OperationTag.put:
      let key = try readLengthPrefixed(limit: maxKeyBytes)
      return .put(key: key, value: try readLengthPrefixed(limit: maxValueBytes))
    case OperationTag.append:
      let key = try readLengthPrefixed(limit: maxKeyBytes)
      return .append(key: key, value: try readLengthPrefixed(limit: maxValueBytes))
    case OperationTag.delete:
      return .delete(key: try readLengthPrefixed(limit: maxKeyBytes))
    case OperationTag.compareAndSet:
      let key = try readLengthPrefixed(limit: maxKeyBytes)
      let expected = try readOptional(limit: maxValueBytes)
      return .compareAndSet(key: key, expected: expected, new: try readLengthPrefixed(limit: maxValueBytes))
    default:
      throw .unknownTag(offset: kind.offset, tag: kind.tag)
    }
  }

  /// Reads a result; a value in it is within `KeyValueLimits`.
  package mutating func readResult() throws(ByteCodingError) -> KeyValueResult {
    let kind = try readTag()
    switch kind.tag {
    case ResultTag.done: return .done
    case ResultTag.swapped: return .swapped
    case ResultTag.mismatch: return .mismatch(seen: try readOptional(limit: KeyValueLimits.maxValueBytes))
    case ResultTag.refused: return .refused
    default: throw .unknownTag(offset: kind.offset, tag: kind.tag)
    }
  }
}
