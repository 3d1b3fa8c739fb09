import Foundation

/// A value of JSON, whatever it is.
enum JSONValue: Decodable {
  case null
  case boolean
  case integer
  case number
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if (try? value.decode(Bool.self)) != nil {
      self = .boolean
    } else if (try? value.decode(Int64.self)) != nil || (try? value.decode(UInt64.self)) != nil {
      self = .integer
    } else if (try? value.decode(Double.self)) != nil {
      self = .number
    } else if let text = try? value.decode(String.self) {
      self = .string(text)
    } else if let values = try? value.decode([JSONValue].self) {
      self = .array(values)
    } else {
      self = .object(try value.decode([String: JSONValue].self))
    }
  }
}

/// The tables of Sources/JSON.md, and which of their keys were seen.
struct JSONTables {
  private struct Key {
    var type: String
    var isOptional: Bool
  }

  private var tables: [String: [String: Key]] = [:]
  private var seen: Set<String> = []
  /// All names of one table.
  private var aliases: [String: [String]] = [:]
  /// Names and versions of the objects, and what they are made of.
  private(set) var formats: [String] = []

  /// The document.
  static func text() throws -> String {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Sources/JSON.md")
    return try String(contentsOf: sources, encoding: .utf8)
  }

  init() throws {
    // A table is that of all headings since the last one.
    var names: [String] = []
    var isInTable = false
    for line in try Self.text().split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("#") {
        if isInTable { names = [] }
        isInTable = false
        let name = String(line.drop { $0 == "#" || $0 == " " })
        // The first one is the title of the document.
        if !line.hasPrefix("# ") { names.append(name) }
        if name.hasPrefix("raftcheck-") { formats.append(name) }
      } else if line.hasPrefix("| `") {
        isInTable = true
        let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        let type = cells[1]
        let key = Key(type: type.replacingOccurrences(of: "?", with: ""), isOptional: type.hasSuffix("?"))
        for name in names {
          aliases[name] = names
          tables[name, default: [:]][cells[0].replacingOccurrences(of: "`", with: "")] = key
        }
      }
    }
  }

  /// Holds a line of output against the table of its format.
  ///
  /// - Returns: what is otherwise than the document says.
  mutating func objections(to line: some StringProtocol) throws -> [String] {
    let value = try JSONDecoder().decode(JSONValue.self, from: Data(line.utf8))
    guard case .object(var members) = value, case .string(let format)? = members.removeValue(forKey: "format"),
      case .string? = members.removeValue(forKey: "version"), formats.contains(format)
    else { return ["no object that names its format and the program's version: \(line.prefix(200))"] }
    seen.insert(format)
    return objections(to: members, as: format, at: format)
  }

  private mutating func objections(to members: [String: JSONValue], as name: String, at path: String) -> [String] {
    guard let table = tables[name] else { return ["\(path): there is no table \(name)"] }
    var found = table.filter { members[$0.key] == nil && !$0.value.isOptional }.map { "\(path).\($0.key): is missing" }
    for (key, value) in members {
      guard let documented = table[key] else {
        found.append("\(path).\(key): is not documented")
        continue
      }
      seen.formUnion(aliases[name, default: [name]].map { "\($0).\(key)" })
      found += objections(to: value, of: documented.type, at: "\(path).\(key)")
    }
    return found
  }

  private mutating func objections(to value: JSONValue, of type: String, at path: String) -> [String] {
    if type.hasPrefix("["), case .array(let values) = value {
      return values.flatMap { objections(to: $0, of: String(type.dropFirst().dropLast()), at: "\(path)[]") }
    }
    switch (type, value) {
    case ("string", .string), ("integer", .integer), ("boolean", .boolean), ("number", .number), ("number", .integer):
      return []
    case ("counts", .object(let counts)):
      return counts.flatMap { objections(to: $0.value, of: "integer", at: "\(path).\($0.key)") }
    case (_, .object(let members)) where tables[type] != nil: return objections(to: members, as: type, at: path)
    default: return ["\(path): expected \(type), found \(value)"]
    }
  }

  /// What is documented and was not seen in any object.
  var unseen: Set<String> {
    let keys = tables.flatMap { name, table in table.keys.map { "\(name).\($0)" } }
    return Set(keys + formats).subtracting(seen)
  }
}
