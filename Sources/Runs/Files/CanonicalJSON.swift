import FoundationEssentials
import Scenarios

/// JSON that is the same in every process: sorted keys, no dictionaries behind it.
package enum CanonicalJSON {
  /// - Parameter value: plain data; that it can be written is this program's own promise.
  package static func encode(_ value: some Encodable, indented: Bool = false) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if indented { encoder.outputFormatting.insert(.prettyPrinted) }
    do {
      return Array(try encoder.encode(value))
    } catch {
      preconditionFailure("plain data of type \(type(of: value)) cannot be written as JSON: \(error)")
    }
  }

  /// Reads a value; what is wrong with it is said in one sentence that begins with `path`.
  package static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], path: String
  ) throws(FileProblem) -> Value {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw FileProblem(.content, "\(path): expected text in UTF-8")
    }
    if let fault = JSONSyntax.firstFault(in: bytes) {
      throw FileProblem(.content, "\(path):\(fault.line):\(fault.column): expected \(fault.expected)")
    }
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      throw FileProblem(.content, "\(path): \(sentence(for: error, in: JSONSyntax.outline(of: bytes)))")
    }
  }

  /// Reads a value whose numbers are counts: none below zero, and none so large that a thousand of them would not add up.
  ///
  /// - Parameter keys: those whose numbers take all of 64 bits.
  package static func decodeCounts<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], path: String, besides keys: [String]
  ) throws(FileProblem) -> Value {
    let value = try decode(type, from: bytes, path: path)
    let found = JSONSyntax.outline(of: bytes).firstNumber { key, text in
      keys.contains(key) || Int(text).map { (0...maxCount).contains($0) } ?? false
    }
    guard let found else { return value }
    throw FileProblem(.content, "\(path): \(found.path): expected a whole number from 0 to 2^48, found \(found.text)")
  }

  private static let maxCount = 1 << 48

  /// Reads a value and refuses every key that the value has not: a misspelt one would otherwise change nothing.
  package static func decodeStrictly<Value: Codable>(
    _ type: Value.Type, from bytes: [UInt8], path: String
  ) throws(FileProblem) -> Value {
    let value = try decode(type, from: bytes, path: path)
    let known = JSONSyntax.outline(of: encode(value))
    if let stray = JSONSyntax.outline(of: bytes).firstStrayKey(beside: known) {
      let reason = stray.isRepeated ? "is given twice" : "is not a key that this program knows"
      throw FileProblem(.content, "\(path): \(stray.path): \(reason)")
    }
    return value
  }

  private static func sentence(for error: any Error, in outline: JSONOutline) -> String {
    guard let error = error as? DecodingError else { return "is not readable JSON: \(error)" }
    switch error {
    case .keyNotFound(let key, let context):
      return "\(field(context.codingPath + [key])): expected a value, found nothing"
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      let found = context.codingPath.reduce(outline as JSONOutline?) { $0?[$1] }
      return "\(field(context.codingPath)): \(expectation(of: type, found: found))"
    case .dataCorrupted(let context):
      // The decoder does not say where a number stands that does not fit.
      if context.codingPath.isEmpty, let number = outline.firstNumber(failing: fits) {
        let isUnsigned = unsignedKeys.contains { number.path.hasSuffix($0) }
        let expected = isUnsigned ? "a whole number from 0 to 2^64 - 1" : "a whole number"
        return "\(number.path): expected \(expected), found \(number.text)"
      }
      return "\(field(context.codingPath)): \(context.debugDescription)"
    @unknown default:
      return "is not what was expected: \(error)"
    }
  }

  /// The keys whose numbers have no sign and take 64 bits.
  private static let unsignedKeys = ["seed", "term", "index", "occurrence"]

  private static func fits(_ key: String, _ text: String) -> Bool {
    if unsignedKeys.contains(key) { return UInt64(text) != nil }
    // 2.0 and 2e3 are whole, too.
    return Int(text) != nil || Double(text).flatMap { Int(exactly: $0) } != nil
  }

  private static func expectation(of type: any Any.Type, found: JSONOutline?) -> String {
    let name = found?.name ?? "something else"
    guard let alternatives = (type as? any CodedByName.Type)?.codedNames else {
      return "expected \(self.name(of: type)), found \(name)"
    }
    let expected = "expected an object with one key out of \(alternatives.joined(separator: ", "))"
    guard case .object(let members)? = found, !members.isEmpty else { return "\(expected); found none" }
    return "\(expected); found \(members.map { "\"\($0.key)\"" }.joined(separator: ", "))"
  }

  /// `scenario.faults[3].duration`.
  private static func field(_ path: [any CodingKey]) -> String {
    let text = path.reduce("") { text, key in
      if let index = key.intValue { return "\(text)[\(index)]" }
      return text.isEmpty ? key.stringValue : "\(text).\(key.stringValue)"
    }
    return text.isEmpty ? "the file as a whole" : text
  }

  private static func name(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type: "a whole number"
    case is [Any].Type: "an array"
    default: "an object"
    }
  }
}
