import Determinism
import Histories

/// The values and names of a part, numbered in the order in which they are first met.
struct ObjectNames: Sendable {
  private(set) var values: [PlainValue] = []
  private var numbers = LookupTable<PlainValue, Int32>()

  /// How many there are.
  var count: Int { values.count }

  /// The number of a value, as its writers compare it: `4` is not `"4"`.
  mutating func number(of value: PlainValue) -> Int32 {
    if let known = numbers[value] { return known }
    let number = Int32(values.count)
    numbers[value] = number
    values.append(value)
    return number
  }

  /// The number of a name: a keyword, a symbol and a text are one name, and a text of digits is the number.
  mutating func number(ofName name: PlainValue) -> Int32 { number(of: Self.name(name)) }

  private static func name(_ value: PlainValue) -> PlainValue {
    switch value {
    case .text(let text), .keyword(let text), .symbol(let text):
      Int64(text.description).map { .integer($0) } ?? .text(text)
    default: value
    }
  }

  /// How a value is shown.
  func value(_ number: Int32) -> String {
    values.indices.contains(Int(number)) ? values[Int(number)].description : "something"
  }

  /// How a name is shown.
  func name(_ number: Int32) -> String {
    guard values.indices.contains(Int(number)) else { return "somebody" }
    if case .tagged("process", .integer(let process)) = values[Int(number)] { return "c\(process)" }
    if case .text(let text) = values[Int(number)] { return text.description }
    return values[Int(number)].description
  }

  /// Several values, shortened.
  func list(_ numbers: some Collection<Int32>) -> String {
    let shown = numbers.prefix(8).map { value($0) }.joined(separator: ", ")
    return numbers.count > 8 ? "\(shown) and \(numbers.count - 8) more" : shown
  }
}

/// Reads what the operations of a part were given and answered.
struct ObjectReader {
  let part: Subhistory
  var names = ObjectNames()
  var keys = ObjectNames()
  /// Who each client says to be, where answers name a `:client`.
  private var clients = LookupTable<Int, PlainValue>()
  private var namesClients = false

  init(_ part: Subhistory) {
    self.part = part
    for operation in part.operations where operation.kind == .ok {
      guard operation.function == .object(.acquire) || operation.function == .object(.release) else { continue }
      guard let client = Self.client(in: part.history.plainValue(operation.seen)) else { continue }
      namesClients = true
      if clients[operation.process] == nil { clients[operation.process] = client }
    }
  }

  /// What an operation was given.
  func argument(_ operation: Operation) -> PlainValue { part.history.plainValue(operation.argument) }

  /// What it was answered; `nil` if that is not known, absent if nothing was answered.
  func answer(_ operation: Operation) -> PlainValue? {
    operation.isUnknown ? nil : part.history.plainValue(operation.seen)
  }

  /// What is wrong with an operation.
  func misfit(_ operation: Operation, expected: String, _ found: PlainValue) -> ModelMisfit {
    let line = part.history.endLine(of: operation) ?? part.history.callLine(of: operation)
    return ModelMisfit(line: line, expected: expected, found: found == .absent ? "nothing" : found.description)
  }

  /// What is wrong with an initial value.
  static func misfit(initial: PlainValue, expected: String) -> ModelMisfit {
    ModelMisfit(line: nil, expected: "\(expected) as the initial value", found: initial.description)
  }

  /// - Throws: if there is an initial value, of an object that always starts in the same way.
  static func expectNone(_ initial: PlainValue, _ reason: String) throws(ModelMisfit) {
    if initial != .absent { throw misfit(initial: initial, expected: "none, \(reason),") }
  }

  /// A whole number; also of a text or keyword of digits, for that is how JSON names accounts.
  static func integer(_ value: PlainValue) -> Int64? {
    switch value {
    case .integer(let integer): integer
    case .text(let text), .keyword(let text): Int64(text.description)
    default: nil
    }
  }

  /// The members of a list or set.
  static func members(_ value: PlainValue) -> [PlainValue]? {
    switch value {
    case .list(let members), .set(let members): members
    default: nil
    }
  }

  /// What a map holds at a name.
  static func entry(_ name: StaticString, of value: PlainValue) -> PlainValue? {
    guard case .map(let entries) = value else { return nil }
    return entries.first { entry in
      switch entry.key {
      case .text(let text), .keyword(let text), .symbol(let text): name.withUTF8Buffer { text.bytes.elementsEqual($0) }
      default: false
      }
    }?.value
  }

  private static func client(in value: PlainValue) -> PlainValue? {
    entry("client", of: value).flatMap { $0 == .absent ? nil : $0 }
  }

  /// Who asks for a lock or gives it back, by number; −1 if that may be anybody.
  ///
  /// It is the `:client` of the answer or the call, else the value of the call, else the process. Where answers name
  /// clients, other values are mere marks: then it is whom the answers to the same process name.
  mutating func owner(of operation: Operation) -> Int32 {
    let argument = argument(operation)
    if let client = Self.client(in: answer(operation) ?? .absent) ?? Self.client(in: argument) {
      return names.number(ofName: client)
    }
    if namesClients { return clients[operation.process].map { names.number(ofName: $0) } ?? -1 }
    switch argument {
    // A process is nobody's name.
    case .absent, .list, .set, .map, .tagged:
      return names.number(ofName: .tagged("process", .integer(Int64(operation.process))))
    default: return names.number(ofName: argument)
    }
  }
}
