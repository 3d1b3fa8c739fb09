import Determinism
import Histories
import Hosting
import Runs
import Scenarios

extension SystemDescription {
  /// The file of a folder that says what it is.
  package static let fileName = "system.json"

  /// Reads the description in a folder.
  ///
  /// - Throws: in one sentence, what is wrong and where.
  package init(readingFolder folder: String) throws(LiveProblem) {
    let bytes: [UInt8]
    do throws(FileProblem) {
      bytes = try Files.read(Self.fileName, in: folder, limit: DescriptionLimits.fileBytes)
    } catch {
      throw LiveProblem(error.kind == .content ? .content : .system, error.description)
    }
    let path = folder.ends(with: "/") ? folder + Self.fileName : "\(folder)/\(Self.fileName)"
    try self.init(reading: bytes, path: path, folder: folder)
  }

  /// Reads a description.
  ///
  /// - Parameters:
  ///   - path: what the file is called in sentences.
  ///   - folder: where the files are that it names, if they are to be looked for.
  init(reading bytes: [UInt8], path: String, folder: String? = nil) throws(LiveProblem) {
    let reader = DescriptionReader(path: path, bytes: bytes)
    let whole: PlacedJSON
    do throws(JSONError) {
      whole = try PlacedJSON(reading: bytes)
    } catch {
      throw reader.problem(at: error.offset, error.sentence)
    }
    let members = try reader.members(
      of: .init("the file as a whole", whole), known: Self.members, of: "a system")
    func member(_ name: String, or missing: String? = nil) throws(LiveProblem) -> DescriptionReader.Field? {
      let found = members.first { $0.name == name }
      guard found == nil, let missing else { return found }
      throw reader.problem(at: whole.offset, "\"\(name)\" is missing: \(missing)")
    }
    let words = CommandReader(reader: reader, folder: folder)
    self.init(name: "", server: [], client: .program([]), faults: Self.usualFaults, operations: [.get, .put])
    if let field = try member("name", or: "what the system is called") { name = try reader.name(of: field) }
    if let field = try member("ports") { ports = try reader.ports(of: field) }
    if let field = try member("options") { options = try reader.options(of: field) }
    let names = (ports: ports, options: options.map(\.name))
    func known(_ scope: Placeholder.Scope) -> [String] {
      Placeholder.known(in: scope, ports: names.ports, options: names.options).map(\.name)
    }
    if let field = try member("server", or: "the words that start a server") {
      server = try words.command(of: field, known: known(.server))
    }
    if let field = try member("client", or: "the words that start a client") {
      client = .program(try words.command(of: field, known: known(.client)))
    }
    if let field = try member("environment") {
      environment = try words.environment(of: field, known: known(.server))
    }
    if let field = try member("peers") {
      (peer, betweenPeers) = try words.peers(of: field, known: known(.peer), usual: (peer, betweenPeers))
    }
    if let field = try member("ready") {
      readiness = try reader.choice(of: field, among: [("connects", .connects), ("answers-reads", .answersReads)])
    }
    if let field = try member("faults") { faults = try reader.faults(of: field) }
    if let field = try member("operations") { operations = try reader.operations(of: field) }
    if let field = try member("election") { electionTimeout = try reader.durations(of: field) }
    if let field = try member("heartbeat") { heartbeatInterval = try reader.duration(of: field) }
    guard heartbeatInterval < electionTimeout.lowerBound else {
      let place = members.first { $0.name == "heartbeat" } ?? members.first { $0.name == "election" }
      throw reader.problem(
        at: place?.value.offset ?? whole.offset,
        "heartbeat: expected a shorter time than those of election, or no server would ever wait for a heartbeat")
    }
  }

  private static let members = [
    "name", "server", "client", "environment", "ports", "peers", "ready", "options", "faults", "operations", "election",
    "heartbeat",
  ]
}

extension DescriptionReader {
  fileprivate func ports(of field: Field) throws(LiveProblem) -> [String] {
    var ports: [(name: String, field: Field)] = []
    let expected = "an array of names such as [\"client\", \"peer\"]"
    for element in try elements(of: field, least: 1, most: DescriptionLimits.ports, expected: expected) {
      ports.append((try name(of: element), element))
    }
    try refuseRepeated(ports)
    return ports.map(\.name)
  }

  fileprivate func operations(of field: Field) throws(LiveProblem) -> [Function] {
    let known: [(name: String, value: Function)] = [
      ("get", .get), ("put", .put), ("append", .append), ("delete", .delete), ("cas", .compareAndSet),
    ]
    var found: [(name: String, field: Field)] = []
    var operations: [Function] = []
    let expected = "an array such as [\"get\", \"put\"]"
    for element in try elements(of: field, least: 1, most: known.count, expected: expected) {
      let operation = try choice(of: element, among: known)
      operations.append(operation)
      found.append((operation.name(in: nil), element))
    }
    try refuseRepeated(found)
    guard operations.contains(.get) else {
      throw problem(in: field, "expected \"get\" among them: without reads nothing can be judged")
    }
    guard operations.count > 1 else {
      throw problem(in: field, "expected a write beside \"get\": a store that nobody writes to stays empty")
    }
    return operations
  }

  fileprivate func durations(of field: Field) throws(LiveProblem) -> ClosedRange<Duration> {
    let expected = "an array of two times such as [\"500ms\", \"1s\"]"
    let pair = try elements(of: field, least: 2, most: 2, expected: expected)
    let (low, high) = (try duration(of: pair[0]), try duration(of: pair[1]))
    guard low <= high else { throw problem(in: field, "expected the shorter time first") }
    return low...high
  }

  // MARK: Options

  fileprivate func options(of field: Field) throws(LiveProblem) -> [SystemDescription.Option] {
    var options: [SystemDescription.Option] = []
    switch field.value.value {
    case .object:
      guard field.value.members.count <= DescriptionLimits.options else {
        throw problem(
          in: field, "expected at most \(DescriptionLimits.options) options, found \(field.value.members.count)")
      }
      for member in field.value.members {
        let inner = Field("options.\(member.name)", member.value)
        options.append(try option(named: try name(member.name, at: member.offset), inner))
      }
    case .array:
      var found: [(name: String, field: Field)] = []
      for element in try elements(of: field, least: 0, most: DescriptionLimits.options, expected: "") {
        let members = try members(of: element, known: ["name"] + Self.optionMembers, of: "an option")
        guard let own = members.first(where: { $0.name == "name" }) else {
          throw problem(in: element, "\"name\" is missing")
        }
        found.append((try name(of: Field("\(element.name).name", own.value)), own))
        options.append(try option(named: found[found.count - 1].name, element))
      }
      try refuseRepeated(found)
    default: throw wrongKind(of: field, expected: "an object such as {\"reads\": [\"strict\", \"stale\"]}")
    }
    return options
  }

  private static let optionMembers = ["values", "default", "purpose"]

  private func name(_ text: String, at offset: Int) throws(LiveProblem) -> String {
    try name(of: Field("the name of an option", PlacedJSON(text, at: offset)))
  }

  private func option(named name: String, _ field: Field) throws(LiveProblem) -> SystemDescription.Option {
    if case .array = field.value.value { return .init(name, try values(of: field), "") }
    let members = try members(of: field, known: ["name"] + Self.optionMembers, of: "an option")
    func member(_ inner: String) -> Field? {
      members.first { $0.name == inner }.map { Field("\(field.name).\(inner)", $0.value) }
    }
    let purpose = try member("purpose").map { field throws(LiveProblem) in try text(of: field) } ?? ""
    let values = try member("values").map { field throws(LiveProblem) in try self.values(of: field) }
    guard let usual = member("default") else { return .init(name, values ?? [], purpose) }
    let value = try text(of: usual)
    guard let values else { return .init(name, [value], purpose, isOpen: true) }
    guard values.contains(value) else {
      throw problem(
        in: usual, "expected \(Hints.choice(among: values)), found \(value.quoted(columns: 60))")
    }
    return .init(name, [value] + values.filter { $0 != value }, purpose)
  }

  private func values(of field: Field) throws(LiveProblem) -> [String] {
    var values: [(name: String, field: Field)] = []
    let expected = "an array of strings, the usual one first"
    for element in try elements(of: field, least: 1, most: DescriptionLimits.words, expected: expected) {
      values.append((try text(of: element), element))
    }
    try refuseRepeated(values)
    return values.map(\.name)
  }
}
