/// Files that belong together, and are published together in a folder: whoever looks there sees all of the former ones or
/// all of the new ones, also if the program is killed at any moment.
struct FileSet {
  private(set) var files: [(name: String, bytes: [UInt8])] = []

  /// Adds a file.
  mutating func add(_ bytes: [UInt8], as name: String) { files.append((name, bytes)) }
}

/// What the program calls its files, and how it knows them.
struct OwnFiles: Sendable {
  /// Whether the program gives this name to its files.
  let hasName: @Sendable (String) -> Bool
  /// Whether a file of a folder that has no manifest was made by the program.
  let isFile: @Sendable (String, Folder) -> Bool
}

/// What becomes of a file that lies in a folder in which a set is published.
struct FormerFile {
  let name: String
  /// The name under which it stays; `nil` if it goes, for the program made it.
  let lasting: String?

  /// What lies in a folder, folders in it aside, which stay.
  ///
  /// - Parameter new: the names that the set takes.
  static func all(in folder: Folder, new: [String], _ own: OwnFiles) throws(FileProblem) -> [FormerFile] {
    let present = try folder.names(limit: maxNames)
    let manifest = FileManifest(in: folder)
    var taken = new + present
    var all: [FormerFile] = []
    for name in present {
      guard let entry = folder.entry(name), !entry.isFolder else { continue }
      if entry.isFile, isOwn(name, in: folder, manifest, own) {
        all.append(FormerFile(name: name, lasting: nil))
      } else if !new.contains(name) {
        all.append(FormerFile(name: name, lasting: name))
      } else {
        // Somebody else's, or edited since: it makes room and is not lost.
        let names = (1...(taken.count + 1)).lazy.map { $0 == 1 ? "former-\(name)" : "former-\($0)-\(name)" }
        let lasting = names.first { !taken.contains($0) } ?? name
        all.append(FormerFile(name: name, lasting: lasting))
        taken.append(lasting)
      }
    }
    return all
  }

  private static let maxNames = 100_000

  private static func isOwn(_ name: String, in folder: Folder, _ manifest: FileManifest?, _ own: OwnFiles) -> Bool {
    // A single file that a killed process has not brought to its place.
    if HiddenName(name)?.target == "" { return true }
    guard let manifest else { return own.isFile(name, folder) }
    return name == FileManifest.name || manifest.vouches(for: name, in: folder)
  }
}

/// The name of what is not there to stay: a file or a folder that is still being made.
struct HiddenName {
  /// The name that a folder is to have; empty of a file.
  let target: String
  let text: String

  /// How all of them begin.
  static let prefix = ".raftcheck-"
  private static let digits = 16

  /// One that nothing else has.
  init(for target: String = "") {
    self.target = target
    let number = UInt64.random(in: 0 ... .max).hexadecimal
    text = target.isEmpty ? "\(Self.prefix)\(number)" : "\(Self.prefix)\(number)-\(target)"
  }

  /// Reads a name; `nil` if it is none of these.
  init?(_ text: String) {
    guard text.utf8.starts(with: Self.prefix.utf8) else { return nil }
    let rest = text.utf8.dropFirst(Self.prefix.utf8.count)
    let number = rest.prefix(Self.digits)
    guard number.count == Self.digits, number.allSatisfy("0123456789abcdef".utf8.contains) else { return nil }
    let name = String(rest.dropFirst(number.count)) ?? ""
    self.text = text
    target = String(name.dropFirst())
    // What would lead out of the folder is none of ours.
    guard name.isEmpty || name.utf8.first == UInt8(ascii: "-"), !["", ".", ".."].contains(target) || name.isEmpty else {
      return nil
    }
  }
}
