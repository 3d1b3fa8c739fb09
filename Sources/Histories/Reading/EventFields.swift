/// The members of one event's object, and where each stands for those who must be told what is wrong with it.
struct EventFields {
  var members = EventMembers()
  var isNemesis = false
  /// Whether a failed compare-and-set says that it found something else (in EDN only).
  var isMismatch = false
  /// Where to point if a member is missing.
  let end: Int
  var processPlace: Int
  var kindPlace: Int
  var functionPlace: Int
  var functionName: Range<Int>?
  var valuePlace: Int
  var valueEnd: Int
  var seenPlace: Int

  /// Nothing yet; what is missing is missed at `end`.
  init(end: Int) {
    self.end = end
    (processPlace, kindPlace, functionPlace, seenPlace) = (end, end, end, end)
    (valuePlace, valueEnd) = (end, end)
  }

  /// Goes on if the member occurs for the first time.
  mutating func mark(_ name: EventMembers.Name, _ scanner: LineScanner) throws(HistoryReadingError) {
    guard members.mark(name) else {
      throw scanner.error(expected: "each key once", found: "a second value of one")
    }
  }

  /// The client; `nil` for the nemesis, whose deeds are no operations.
  func process(in scanner: LineScanner) throws(HistoryReadingError) -> Int32? {
    if isNemesis { return nil }
    guard members.has(.process) else { throw missing("process", in: scanner) }
    return try scanner.process(members.process, at: processPlace)
  }

  /// Whether it is a call or which end of one.
  func kind(in scanner: LineScanner) throws(HistoryReadingError) -> HistoryEvent.Kind {
    guard let kind = members.kind else { throw missing("type", in: scanner) }
    return kind
  }

  /// What the operation does.
  func function(in scanner: LineScanner) throws(HistoryReadingError) -> Function {
    if let function = members.function { return function }
    guard let functionName else { throw missing("f", in: scanner) }
    throw scanner.error(
      at: functionPlace, expected: "a function: \(Function.names)", found: scanner.quote(functionName))
  }

  /// An error about a member that is not there.
  func missing(_ name: String, in scanner: LineScanner) -> HistoryReadingError {
    let article = name == "f" ? "an" : "a"
    return scanner.error(
      at: end, expected: "\(article) \(scanner.isEDN ? ":\(name)" : "\"\(name)\"") in the event")
  }

  /// An error about a value that its function cannot have been given or have answered.
  func unfitValue(_ event: (kind: HistoryEvent.Kind, function: Function), in scanner: LineScanner)
    -> HistoryReadingError
  {
    let scalar = scanner.isEDN ? "an integer, a string or a keyword" : "a string"
    let none = scanner.isEDN ? "nil" : "null"
    let expected =
      switch event {
      case (.invoke, .compareAndSet): "the value [old, new] of a cas, each \(scalar) or \(none)"
      case (.invoke, .delete): "no value or \(none) in a delete"
      case (.invoke, let function): "\(scalar) as the value of \(function)"
      case (_, .get): "the value that was read, \(scalar) or \(none)"
      case (_, .compareAndSet) where seenPlace != end: "the value that the cas saw, \(scalar) or \(none)"
      case (_, .compareAndSet): scanner.isEDN ? "the value of the call" : "true or false as the answer of a cas"
      default: "the value of the call, or none"
      }
    let isSeen = event.kind != .invoke && event.function == .compareAndSet && seenPlace != end
    return scanner.error(at: isSeen ? seenPlace : valuePlace, expected: expected)
  }
}

extension LineScanner {
  /// The client of this number, which was read at `place`.
  func process(_ number: Int64, at place: Int) throws(HistoryReadingError) -> Int32 {
    guard number >= 0, let client = Int32(exactly: number) else {
      throw error(at: place, expected: "a process from 0 to \(Int32.max)", found: "\(number)")
    }
    return client
  }
}

extension Function {
  /// The function of this name, and whether it is the one that registers give it.
  static func named(_ matches: (StaticString) -> Bool) -> (function: Function, isRegisterName: Bool)? {
    if matches("get") { return (.get, false) }
    if matches("put") { return (.put, false) }
    if matches("cas") { return (.compareAndSet, false) }
    if matches("append") { return (.append, false) }
    if matches("delete") { return (.delete, false) }
    if matches("read") { return (.get, true) }
    if matches("write") { return (.put, true) }
    return ObjectFunction.named(matches).map { (.object($0), true) }
  }

  /// All names, in a sentence.
  static var names: String {
    "read, write, cas, get, put, append, delete, "
      + ObjectFunction.allCases.dropLast().map(\.name).joined(separator: ", ") + " or transfer"
  }
}

extension HistoryEvent.Kind {
  /// The kind of this name.
  static func named(_ matches: (StaticString) -> Bool) -> Self? {
    if matches("invoke") { return .invoke }
    if matches("ok") { return .ok }
    if matches("fail") { return .fail }
    return matches("info") ? .info : nil
  }
}
