extension EtcdOperation {
  /// Reads one object of an `operations.json`.
  init(reading object: LineScanner) throws(HistoryReadingError) {
    var object = object
    self.init(
      client: 0, call: 0, end: 0, request: .defragment, response: Response(), line: object.line)
    var (request, response) = (RequestMembers(), Response())
    var (client, call, end): (Int64?, Int64?, Int64?)
    try object.readObject { (object, key) throws(HistoryReadingError) in
      if object.matches(key, "ClientId") {
        client = try object.readInteger("a client's number")
      } else if object.matches(key, "Call") {
        call = try object.readInteger("a time in nanoseconds")
      } else if object.matches(key, "Return") {
        end = try object.readInteger("a time in nanoseconds")
      } else if object.matches(key, "Input") {
        try request.read(from: &object)
      } else if object.matches(key, "Output") {
        try response.read(from: &object)
      } else {
        try object.skipValue()
      }
    }
    guard let client, let call, let end, let request = request.request else {
      let missing = client == nil ? "ClientId" : call == nil ? "Call" : end == nil ? "Return" : "Input"
      throw object.error(at: max(0, object.end - 1), expected: "a \"\(missing)\" in the operation")
    }
    guard call <= end else {
      throw object.error(at: max(0, object.end - 1), expected: "a \"Return\" that is not before its \"Call\"")
    }
    (self.client, self.call, self.end) = (client, call, end)
    (self.request, self.response) = (request, response)
  }

  /// The members of `Input`, of which the type says which one counts.
  private struct RequestMembers {
    private var type: [UInt8] = []
    private var range = (range: Range(), revision: Int64(0))
    private var conditions: [Condition] = []
    private var onSuccess: [Step] = []
    private var onFailure: [Step] = []
    private var lease: Int64 = 0
    private var compactRevision: Int64 = 0
    private(set) var request: Request?

    mutating func read(from scanner: inout LineScanner) throws(HistoryReadingError) {
      let place = scanner.offset
      var members = self
      try scanner.readObject { (scanner, key) throws(HistoryReadingError) in
        if scanner.matches(key, "Type") {
          members.type = try scanner.readStringBytes("the type of a request")
        } else if scanner.matches(key, "Txn") {
          try members.readTransaction(from: &scanner)
        } else if scanner.matches(key, "Range") {
          members.range = try Range.read(from: &scanner)
        } else if scanner.matches(key, "LeaseGrant") || scanner.matches(key, "LeaseRevoke") {
          let lease = try scanner.readNumber(behind: "LeaseID")
          members.lease = lease == 0 ? members.lease : lease
        } else if scanner.matches(key, "Compact") {
          members.compactRevision = try scanner.readNumber(behind: "Revision")
        } else {
          try scanner.skipValue()
        }
      }
      self = members
      let types: [(name: StaticString, request: Request)] = [
        ("range", .range(range.range, revision: range.revision)),
        ("txn", .transaction(conditions: conditions, onSuccess: onSuccess, onFailure: onFailure)),
        ("leaseGrant", .leaseGrant(lease: lease)), ("leaseRevoke", .leaseRevoke(lease: lease)),
        ("defragment", .defragment), ("compact", .compact(revision: compactRevision)),
      ]
      request = types.first { $0.name.withUTF8Buffer { type.elementsEqual($0) } }?.request
      guard request != nil else {
        throw scanner.error(
          at: place,
          expected: "a request of \"Type\" range, txn, leaseGrant, leaseRevoke, defragment or compact",
          found: String(decoding: type.prefix(1_000), as: UTF8.self).quoted(columns: 40))
      }
    }

    private mutating func readTransaction(from scanner: inout LineScanner) throws(HistoryReadingError) {
      var members = self
      try scanner.readObject { (scanner, key) throws(HistoryReadingError) in
        if scanner.matches(key, "Conditions") {
          try scanner.readArray { (scanner) throws(HistoryReadingError) in
            members.conditions.append(try Condition(reading: &scanner))
          }
        } else if scanner.matches(key, "OperationsOnSuccess") {
          try scanner.readArray { (scanner) throws(HistoryReadingError) in
            members.onSuccess.append(try Step(reading: &scanner))
          }
        } else if scanner.matches(key, "OperationsOnFailure") {
          try scanner.readArray { (scanner) throws(HistoryReadingError) in
            members.onFailure.append(try Step(reading: &scanner))
          }
        } else {
          try scanner.skipValue()
        }
      }
      self = members
    }
  }
}

extension EtcdOperation.Range {
  /// Reads a range, and the revision that it names.
  fileprivate static func read(
    from scanner: inout LineScanner
  ) throws(HistoryReadingError) -> (range: Self, revision: Int64) {
    var (range, revision) = (Self(), Int64(0))
    try scanner.readObject { (scanner, key) throws(HistoryReadingError) in
      if scanner.matches(key, "Start") {
        range.start = try scanner.readStringBytes("a key")
      } else if scanner.matches(key, "End") {
        range.end = try scanner.readStringBytes("a key, or an empty text")
      } else if scanner.matches(key, "Limit") {
        range.limit = try scanner.readInteger("a limit")
      } else if scanner.matches(key, "Revision") {
        revision = try scanner.readInteger("a revision")
      } else {
        try scanner.skipValue()
      }
    }
    return (range, revision)
  }
}

extension EtcdOperation.Condition {
  fileprivate init(reading scanner: inout LineScanner) throws(HistoryReadingError) {
    var condition = Self()
    try scanner.readObject { (scanner, key) throws(HistoryReadingError) in
      if scanner.matches(key, "Key") {
        condition.key = try scanner.readStringBytes("a key")
      } else if scanner.matches(key, "ExpectedRevision") {
        condition.revision = try scanner.readInteger("a revision")
      } else if scanner.matches(key, "ExpectedVersion") {
        condition.version = try scanner.readInteger("a version")
      } else {
        try scanner.skipValue()
      }
    }
    self = condition
  }
}

extension EtcdOperation.Step {
  fileprivate init(reading scanner: inout LineScanner) throws(HistoryReadingError) {
    let place = scanner.offset
    var type: [UInt8] = []
    var range = EtcdOperation.Range()
    var (putKey, deleteKey): ([UInt8], [UInt8]) = ([], [])
    var (value, lease) = (EtcdOperation.Value.text([]), Int64(0))
    try scanner.readObject { (scanner, key) throws(HistoryReadingError) in
      if scanner.matches(key, "Type") {
        type = try scanner.readStringBytes("the type of an operation")
      } else if scanner.matches(key, "Range") {
        range = try EtcdOperation.Range.read(from: &scanner).range
      } else if scanner.matches(key, "Delete") {
        try scanner.readObject { (scanner, key) throws(HistoryReadingError) in
          if scanner.matches(key, "Key") {
            deleteKey = try scanner.readStringBytes("a key")
          } else {
            try scanner.skipValue()
          }
        }
      } else if scanner.matches(key, "Put") {
        try scanner.readObject { (scanner, key) throws(HistoryReadingError) in
          if scanner.matches(key, "Key") {
            putKey = try scanner.readStringBytes("a key")
          } else if scanner.matches(key, "Value") {
            value = try EtcdOperation.Value(reading: &scanner)
          } else if scanner.matches(key, "LeaseID") {
            lease = try scanner.readInteger("a lease")
          } else {
            try scanner.skipValue()
          }
        }
      } else {
        try scanner.skipValue()
      }
    }
    let types: [(name: StaticString, step: Self)] = [
      ("range-operation", .range(range)), ("put-operation", .put(key: putKey, value, lease: lease)),
      ("delete-operation", .delete(key: deleteKey)),
    ]
    guard let step = types.first(where: { $0.name.withUTF8Buffer { type.elementsEqual($0) } })?.step else {
      throw scanner.error(
        at: place, expected: "an operation of \"Type\" range-operation, put-operation or delete-operation",
        found: String(decoding: type.prefix(1_000), as: UTF8.self).quoted(columns: 40))
    }
    self = step
  }
}

extension EtcdOperation.Value {
  fileprivate init(reading scanner: inout LineScanner) throws(HistoryReadingError) {
    var (text, hash): ([UInt8], UInt32) = ([], 0)
    try scanner.readObject { (scanner, key) throws(HistoryReadingError) in
      let place = scanner.offset
      if scanner.matches(key, "Value") {
        text = try scanner.readStringBytes("a value")
      } else if scanner.matches(key, "Hash") {
        let expected = "a hash from 0 to \(UInt32.max)"
        guard let number = UInt32(exactly: try scanner.readInteger(expected)) else {
          throw scanner.error(at: place, expected: expected)
        }
        hash = number
      } else {
        try scanner.skipValue()
      }
    }
    self = hash == 0 ? .text(text) : .hash(hash)
  }
}

extension EtcdOperation.Response {
  /// Reads `Output`. Of a range it is a result as each step of a transaction has one.
  fileprivate mutating func read(from scanner: inout LineScanner) throws(HistoryReadingError) {
    var response = self
    try scanner.readObject { (scanner, key) throws(HistoryReadingError) in
      if scanner.matches(key, "Error") {
        response.error = try scanner.readStringBytes("an error's text")
      } else if scanner.matches(key, "ClientError") {
        response.refusal = try scanner.readStringBytes("an error's text")
      } else if scanner.matches(key, "PartialResponse") || scanner.matches(key, "Persisted") {
        response.isPartial = try scanner.readBool() || response.isPartial
      } else if scanner.matches(key, "Revision") {
        let revision = try scanner.readInteger("a revision")
        response.revision = revision == 0 ? response.revision : revision
      } else if scanner.matches(key, "PersistedRevision") {
        let revision = try scanner.readInteger("a revision")
        response.revision = revision == 0 ? response.revision : revision
      } else if scanner.matches(key, "Txn") {
        try scanner.readObject { (scanner, key) throws(HistoryReadingError) in
          if scanner.matches(key, "Failure") {
            response.isFailure = try scanner.readBool()
          } else if scanner.matches(key, "Results") {
            try scanner.readArray { (scanner) throws(HistoryReadingError) in
              response.results.append(try EtcdOperation.Result(reading: &scanner))
            }
          } else {
            try scanner.skipValue()
          }
        }
      } else if scanner.matches(key, "Range") {
        if scanner.isNull {
          try scanner.skipValue()
        } else {
          response.results.append(try EtcdOperation.Result(reading: &scanner))
        }
      } else {
        try scanner.skipValue()
      }
    }
    self = response
  }
}

extension EtcdOperation.Result {
  fileprivate init(reading scanner: inout LineScanner) throws(HistoryReadingError) {
    var result = Self()
    try scanner.readObject { (scanner, key) throws(HistoryReadingError) in
      if scanner.matches(key, "KVs") {
        try scanner.readArray { (scanner) throws(HistoryReadingError) in
          result.found.append(try EtcdOperation.KeyValue(reading: &scanner))
        }
      } else if scanner.matches(key, "Count") {
        result.count = try scanner.readInteger("a count")
      } else if scanner.matches(key, "Deleted") {
        result.deleted = try scanner.readInteger("a count")
      } else {
        try scanner.skipValue()
      }
    }
    self = result
  }
}

extension EtcdOperation.KeyValue {
  fileprivate init(reading scanner: inout LineScanner) throws(HistoryReadingError) {
    var found = Self()
    try scanner.readObject { (scanner, key) throws(HistoryReadingError) in
      if scanner.matches(key, "Key") {
        found.key = try scanner.readStringBytes("a key")
      } else if scanner.matches(key, "Value") {
        found.value = try EtcdOperation.Value(reading: &scanner)
      } else if scanner.matches(key, "ModRevision") {
        found.revision = try scanner.readInteger("a revision")
      } else if scanner.matches(key, "Version") {
        found.version = try scanner.readInteger("a version")
      } else {
        try scanner.skipValue()
      }
    }
    self = found
  }
}

// What is `null` is left out, as Go writes what is empty.
extension LineScanner {
  /// Whether `null` is next.
  fileprivate var isNull: Bool {
    var probe = self
    return probe.skip(word: "null")
  }

  /// Reads an object, or `null` for one without members.
  fileprivate mutating func readObject(
    _ member: (inout LineScanner, Text) throws(HistoryReadingError) -> Void
  ) throws(HistoryReadingError) {
    if skip(word: "null") { return }
    try expect("{", "an object: '{'")
    try readMembers(member)
  }

  /// Reads an array, or `null` for an empty one.
  fileprivate mutating func readArray(
    _ element: (inout LineScanner) throws(HistoryReadingError) -> Void
  ) throws(HistoryReadingError) {
    if skip(word: "null") { return }
    try expect("[", "an array: '['")
    skipBlanks()
    if skip("]") { return }
    repeat {
      skipBlanks()
      try element(&self)
      skipBlanks()
    } while skip(",")
    try expect("]", "',' or ']'")
  }

  /// Reads the number behind one name of an object; 0 if it is not there.
  fileprivate mutating func readNumber(behind name: StaticString) throws(HistoryReadingError) -> Int64 {
    var number: Int64 = 0
    try readObject { (scanner, key) throws(HistoryReadingError) in
      if scanner.matches(key, name) { number = try scanner.readInteger("a number") } else { try scanner.skipValue() }
    }
    return number
  }

  fileprivate mutating func readBool() throws(HistoryReadingError) -> Bool {
    if skip(word: "true") { return true }
    if skip(word: "false") { return false }
    throw error(expected: "true or false")
  }
}
