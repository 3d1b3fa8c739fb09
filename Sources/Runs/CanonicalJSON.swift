import FoundationEssentials

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
    if let fault = JSONSyntax.firstFault(in: bytes) {
      throw FileProblem(.content, "\(path):\(fault.line):\(fault.column): expected \(fault.expected)")
    }
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch {
      throw FileProblem(.content, sentence(for: error, path: path))
    }
  }

  private static func sentence(for error: any Error, path: String) -> String {
    guard let error = error as? DecodingError else { return "\(path): is not readable JSON: \(error)" }
    switch error {
    case .keyNotFound(let key, let context):
      return "\(path): \(field(context.codingPath + [key])): expected a value, found nothing"
    case .typeMismatch(let type, let context):
      return "\(path): \(field(context.codingPath)): expected \(name(of: type)), found something else"
    case .valueNotFound(let type, let context):
      return "\(path): \(field(context.codingPath)): expected \(name(of: type)), found null"
    case .dataCorrupted(let context):
      return "\(path): \(field(context.codingPath)): \(context.debugDescription)"
    @unknown default:
      return "\(path): is not what was expected: \(error)"
    }
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
