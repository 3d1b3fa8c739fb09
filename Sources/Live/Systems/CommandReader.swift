import Hosting
import Runs

/// Takes the words of commands out of a description: what they name must mean something, and be in the folder.
struct CommandReader {
  typealias Field = DescriptionReader.Field

  let reader: DescriptionReader
  /// Where the files are that they name, if these are to be looked for.
  let folder: String?

  /// The words that start a program.
  func command(of field: Field, known: [String]) throws(LiveProblem) -> [String] {
    let words = try reader.words(of: field)
    for (word, field) in words {
      try check(word, of: field, known: known)
      try checkFile(word, of: field)
    }
    return words.map(\.word)
  }

  /// The variables of an environment.
  func environment(of field: Field, known: [String]) throws(LiveProblem) -> [(name: String, value: String)] {
    guard case .object = field.value.value else {
      throw reader.wrongKind(of: field, expected: "an object such as {\"PYTHONPATH\": \"{folder}/lib\"}")
    }
    guard field.value.members.count <= DescriptionLimits.variables else {
      throw reader.problem(
        in: field, "expected at most \(DescriptionLimits.variables) variables, found \(field.value.members.count)")
    }
    var variables: [(name: String, value: String)] = []
    for member in field.value.members {
      guard Self.isVariable(member.name) else {
        throw reader.problem(
          at: member.offset,
          "expected the name of a variable out of a-z, A-Z, 0-9 and _, found \(member.name.quoted(columns: 60))")
      }
      let inner = Field("environment.\(member.name)", member.value)
      let value = try reader.text(of: inner)
      try check(value, of: inner, known: known)
      variables.append((member.name, value))
    }
    return variables
  }

  /// How a server stands in the list of all, and what stands between two.
  func peers(
    of field: Field, known: [String], usual: (each: String, between: String)
  ) throws(LiveProblem) -> (each: String, between: String) {
    var peers = usual
    for member in try reader.members(of: field, known: ["each", "between"], of: "peers") {
      let inner = Field("peers.\(member.name)", member.value)
      let text = try reader.text(of: inner)
      if member.name == "each" {
        try check(text, of: inner, known: known)
        peers.each = text
      } else {
        peers.between = text
      }
    }
    return peers
  }

  private static func isVariable(_ name: String) -> Bool {
    let isPlain = name.utf8.allSatisfy { byte in
      UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        || byte == UInt8(ascii: "_")
    }
    return isPlain && 1...128 ~= name.utf8.count && !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= (name.utf8.first ?? 0))
  }

  /// Names in braces, and paths.
  private func check(_ word: String, of field: Field, known: [String]) throws(LiveProblem) {
    for name in Template(word).names where !known.contains(name) {
      let list = "; known here: \(known.map { "{\($0)}" }.joined(separator: ", "))"
      let near = Hints.clause(for: "{\(name)}", among: known.map { "{\($0)}" }, otherwise: list)
      throw reader.problem(in: field, "{\(name)} means nothing here\(near)")
    }
    // Wherever a path may begin or end in a word: `--path=a:b`.
    let separators = Array("/:=, ;".utf8)
    guard !word.utf8.split(whereSeparator: separators.contains).contains(where: { $0.elementsEqual("..".utf8) }) else {
      throw reader.problem(
        in: field, "\(word.quoted(columns: 60)) leaves its folder by \"..\"; write the path without it")
    }
  }

  /// Files of the folder are named by it, and are there.
  private func checkFile(_ word: String, of field: Field) throws(LiveProblem) {
    guard let folder else { return }
    let template = Template(word)
    if template.names.isEmpty {
      let isRelative = !word.isEmpty && word.utf8.first != UInt8(ascii: "/")
      guard isRelative, Files.isFile("\(folder)/\(word)") else { return }
      let path = word.pathParts.filter { $0 != "." }.joined(separator: "/")
      throw reader.problem(in: field, "\(word.quoted(columns: 60)) is a file of the folder; write \"{folder}/\(path)\"")
    }
    guard template.parts.count == 2, template.parts[0] == .placeholder("folder"),
      case .text(let rest) = template.parts[1], rest.utf8.first == UInt8(ascii: "/")
    else { return }
    guard Files.isFile(folder + rest) || Files.isFolder(folder + rest) else {
      throw reader.problem(in: field, "there is no file \(String(rest.dropFirst()).quoted(columns: 60)) in the folder")
    }
  }
}
