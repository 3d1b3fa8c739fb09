import Testing

@Suite("The house rules hold")
struct ArchitectureTests {
  private let package = PackageFolder()

  @Test("Every room imports only what its row of the table lists")
  func imports() {
    for room in HouseRules.rooms {
      for file in package.files(of: room) {
        for module in file.text.imports {
          #expect(HouseRules.objection(to: module, in: room) == nil, "\(file.path)")
        }
      }
    }
  }

  @Test("Nothing below Runs imports the known bugs: they are rules that a run is handed")
  func knownBugs() {
    for room in HouseRules.rooms where room.floor < 7 {
      for file in package.files(of: room) { #expect(!file.text.imports.contains("KnownBugs"), "\(file.path)") }
    }
  }

  @Test("The reference names of the store only the values of its commands")
  func reference() throws {
    let store = try #require(HouseRules.rooms.first { $0.name == "KeyValue" })
    let reference = try #require(HouseRules.rooms.first { $0.name == "Reference" })
    let own = package.files(of: reference).flatMap { HouseRules.declaredNames(in: $0.text) }
    let forbidden = package.files(of: store).flatMap { HouseRules.offeredNames(in: $0.text) }
      .filter { !HouseRules.commandValues.contains($0) && !own.contains($0) }
    #expect(forbidden.contains("StateMachine") && forbidden.contains("effect") && reference.imports?.count == 3)
    for file in package.files(of: reference) {
      let words = file.text.codeLines.flatMap { line in line.matches(of: /\w+/).map { String($0.output) } }
      #expect(forbidden.filter(words.contains) == [], "\(file.path)")
    }
  }

  @Test("Deterministic rooms name nothing that differs from one process to the next")
  func determinism() {
    for room in HouseRules.rooms where room.isDeterministic {
      for file in package.files(of: room) {
        #expect(HouseRules.forbiddenNames(in: file.text, path: file.path) == [])
      }
    }
  }

  @Test("Every room that a row lists is imported there")
  func neededImports() {
    for room in HouseRules.rooms {
      let used = package.files(of: room).flatMap(\.text.imports)
      for name in room.imports ?? [] { #expect(used.contains(name), "\(room.name) does not import \(name)") }
    }
  }

  @Test("The table of rooms lists the folders of Sources and checkers, and only rooms of lower floors")
  func rooms() {
    let rooms = HouseRules.rooms
    for folder in ["Sources", "checkers"] {
      #expect(package.folders(in: folder) == rooms.filter { $0.folder == folder }.map(\.name).sorted())
    }
    for room in rooms {
      for name in room.imports ?? [] {
        #expect(rooms.contains { $0.name == name && $0.floor < room.floor }, "\(room.name) imports \(name)")
      }
    }
  }

  @Test("Package.swift builds the rooms of the table, each on its floor and from the rooms of its row")
  func manifest() throws {
    let targets = Manifest(try package.content(of: "Package.swift")).targets
    #expect(targets.map(\.name).sorted() == HouseRules.rooms.map(\.name).sorted())
    for target in targets {
      let room = try #require(HouseRules.rooms.first { $0.name == target.name })
      #expect(target.floor == room.floor && target.folder == room.folder, "\(room.name)")
      if let imports = room.imports {
        #expect(target.imports.sorted() == imports.sorted(), "\(room.name)")
      } else {
        let below = HouseRules.rooms.filter { $0.floor < room.floor }.map(\.name)
        #expect(target.imports.allSatisfy(below.contains), "\(room.name)")
      }
    }
  }

  @Test("No file has more than 600 lines, no function more than 70")
  func sizes() {
    for file in package.swiftFiles(in: ["Sources", "checkers", "Tests"]) {
      #expect(file.text.lineCount <= HouseRules.maxFileLines, "\(file.path)")
      for function in file.text.functions {
        #expect(function.lines <= HouseRules.maxFunctionLines, "\(file.path):\(function.line)")
      }
    }
  }

  @Test("The package depends on no other")
  func dependencies() throws {
    let manifest = SourceText(try package.content(of: "Package.swift"))
    #expect(!manifest.codeLines.contains { $0.contains(".package(") })
  }

  @Test("The top level holds six entries, dot files and what git ignores aside")
  func topLevel() throws {
    let ignored = try package.content(of: ".gitignore").split(separator: "\n").map {
      $0.hasSuffix("/") ? $0.dropLast() : $0
    }
    let entries = package.entries(in: "").filter { !$0.hasPrefix(".") && !ignored.contains(Substring($0)) }
    #expect(entries == HouseRules.topLevel)
  }

  @Test("The words that were given up are gone from Sources, Tests and checkers")
  func words() throws {
    for path in package.paths(in: ["Sources", "Tests", "checkers"]) where !path.hasPrefix("Tests/ArchitectureTests/") {
      let found = WordRules.forbidden(in: try package.content(of: path))
      #expect(found == [], "\(path)")
    }
  }

  @Test("No code reads prose back: text that is taken apart comes from outside, or is only laid out")
  func prose() throws {
    var used: [String] = []
    for file in package.swiftFiles(in: ["Sources", "checkers"]) {
      let lines = ProseRules.readsBack(in: file.text, source: try package.content(of: file.path))
      if ProseRules.isAllowed(file.path) {
        if !lines.isEmpty { used.append(file.path) }
      } else {
        #expect(lines == [], "\(file.path)")
      }
    }
    for (place, _) in ProseRules.allowed {
      #expect(used.contains { $0.hasPrefix(place) }, "\(place) need not be allowed")
    }
  }

  @Test("Documents and comments name no file that is not in the repository")
  func mentions() throws {
    let paths = package.paths(in: ["Sources", "Tests", "checkers", "histories"]) + ["README.md"]
    for path in paths {
      let text = try package.content(of: path)
      guard text.contains(".md") else { continue }
      for name in text.matches(of: /[A-Za-z][A-Za-z0-9+\-\/]*\.md\b/).map({ String($0.output) }) {
        #expect(paths.contains { "/\($0)".hasSuffix("/\(name)") }, "\(path): \(name)")
      }
    }
  }

  @Test("No placeholder is left")
  func placeholders() {
    for file in package.swiftFiles(in: ["Sources", "checkers", "Tests"]) {
      #expect(!file.path.hasSuffix("/Room.swift"), "\(file.path)")
    }
  }
}
