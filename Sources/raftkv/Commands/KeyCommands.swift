import Determinism
import Hosting
import KeyValue
import System
import Terminal

/// `raftkv get`, `put`, `append`, `cas` and `delete`: keys and their values.
enum KeyCommands {
  static let all = [get, put, append, compareAndSet, delete]

  private static let note = """
    A value that is - is read from standard input, as it is. What begins with a dash stands behind --. A write takes effect
    once: if its answer is lost, it is sent again with the same number.
    """

  private static let get = ClientCommand(
    syntax: syntax(
      "get", "read the value of a key", "KEY",
      options: [Option("--raw", nil, "write the bytes of the value and nothing else: no line end")],
      examples: [
        ("raftkv get x", "the last value that was written"), ("raftkv get --json x", "as an object; null if absent"),
        ("raftkv get --raw x >file", "the bytes as they are"),
      ],
      note: "An absent key ends with exit code 1. A terminal gets what it would not show as \\u{1B}, a pipe all bytes.")
  ) { arguments, context in
    let key = try key(in: try arguments.operands(1))
    let isRaw = arguments.has("--raw")
    guard !isRaw || !context.isJSON else { throw UsageError("give --raw or --json, not both.") }
    let result = context.client.read(key)
    if case .value(let value?) = result, !context.isJSON {
      if isRaw || !context.console.isTerminal {
        context.console.write(isRaw ? value : value + [0x0A])
      } else {
        context.console.print(String(systemBytes: value).displayed)
      }
      return .done
    }
    return context.report(result, of: key)
  }

  private static let put = write(
    "put", "set the value of a key", "KEY VALUE",
    examples: [
      ("raftkv put x 1", "x is 1"), ("raftkv put x - <file", "the bytes of a file"), ("raftkv put -- x -1", "x is -1"),
    ]
  ) { key, value in .put(key: key, value: value) }

  private static let append = write(
    "append", "add to the end of the value of a key; an absent one counts as empty", "KEY VALUE",
    examples: [("raftkv append log 'one more'", "once, however often it is sent")]
  ) { key, value in .append(key: key, value: value) }

  private static let delete = ClientCommand(
    syntax: syntax(
      "delete", "make a key absent", "KEY", examples: [("raftkv delete x", "done as well if it was absent")], note: note
    )
  ) { arguments, context in
    let key = try key(in: try arguments.operands(1))
    return context.report(context.client.write(.delete(key: key)), of: key)
  }

  private static let compareAndSet = ClientCommand(
    syntax: syntax(
      "cas", "set the value of a key if it has the expected one", "KEY EXPECTED NEW, or --absent KEY NEW",
      options: [Option("--absent", nil, "expect the key to be absent")],
      examples: [
        ("raftkv cas x 1 2", "2 takes the place of 1; anything else stays, with exit code 1"),
        ("raftkv cas --absent lock me", "only one of several who try gets it"),
      ],
      note: note)
  ) { arguments, context in
    let isAbsent = arguments.has("--absent")
    let words = try arguments.operands(isAbsent ? 2 : 3)
    let key = try key(in: words)
    guard words.dropFirst().filter({ $0 == "-" }).count <= 1 else {
      throw UsageError("both values are -; standard input can be only one of them.")
    }
    let expected = isAbsent ? nil : try context.value(words[1])
    let new = try context.value(words[words.count - 1])
    let result = context.client.write(.compareAndSet(key: key, expected: expected, new: new))
    return context.report(result, of: key)
  }

  // MARK: Making them

  private static func write(
    _ name: String, _ summary: String, _ operands: String, examples: [(line: String, purpose: String)],
    _ operation: @escaping @Sendable (_ key: [UInt8], _ value: [UInt8]) -> KeyValueOperation
  ) -> ClientCommand {
    let syntax = syntax(name, summary, operands, examples: examples, note: note)
    return ClientCommand(syntax: syntax) { arguments, context in
      let words = try arguments.operands(2)
      let key = try key(in: words)
      let value = try context.value(words[1])
      return context.report(context.client.write(operation(key, value)), of: key)
    }
  }

  private static func syntax(
    _ name: String, _ summary: String, _ operands: String, options: [Option] = [],
    examples: [(line: String, purpose: String)], note: String
  ) -> Syntax {
    var syntax = Syntax(
      name: name, summary: summary, operands: operands, options: options, examples: examples, note: note)
    syntax.takesAnyOperand = true
    return syntax
  }

  /// The first operand.
  private static func key(in words: [String]) throws(UsageError) -> [UInt8] {
    guard let key = words.first?.systemBytes, !key.isEmpty else {
      throw UsageError("the key is empty; expected at least one byte.")
    }
    return key
  }
}

extension ClientContext {
  /// The value that an operand stands for.
  func value(_ operand: String) throws -> [UInt8] {
    guard operand == "-" else { return operand.systemBytes }
    guard !isConsole else {
      throw UsageError("standard input has the commands of the console, and no value; expected the value in quotes.")
    }
    return try StandardInput.all(atMost: KeyValueLimits.maxValueBytes)
  }
}
