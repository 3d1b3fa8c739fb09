import System

/// The cases in a folder, for whoever names the folder in place of a case. No link is followed, and hidden names are left
/// out.
package struct CaseSearch {
  /// In the order of their names.
  package private(set) var paths: [String] = []

  /// Deeper folders, and names beyond so many, are not looked at: a campaign keeps its cases two folders deep.
  private static let maxDepth = 3
  private static let maxNames = 10_000

  /// What a case is called that stands for its folder; the first of them that is there does.
  private static let minimalName = "minimal.json"

  private let names: [String]
  private var seen = 0

  /// Looks for them.
  ///
  /// - Parameters:
  ///   - root: which the user named, and which may be a link itself.
  ///   - asFound: whether of a run that was made small the larger case is meant.
  package init(in root: String, asFound: Bool = false) {
    names = asFound ? [CaseFolder.caseName, Self.minimalName] : [Self.minimalName, CaseFolder.caseName]
    guard let folder = try? Folder(at: root) else { return }
    look(in: folder, depth: 0)
  }

  private mutating func look(in folder: Folder, depth: Int) {
    if let name = names.first(where: { isCase($0, in: folder) }) {
      paths.append(folder.path(of: name))
      return
    }
    guard let entries = try? folder.names(limit: Self.maxNames) else { return }
    for name in entries where !name.isHidden && seen < Self.maxNames {
      seen += 1
      if name.ends(with: ".json"), isCase(name, in: folder) {
        paths.append(folder.path(of: name))
      } else if depth < Self.maxDepth, folder.entry(name)?.isFolder ?? false, let inner = try? folder.folder(name) {
        look(in: inner, depth: depth + 1)
      }
    }
  }

  private func isCase(_ name: String, in folder: Folder) -> Bool {
    CaseFile.isCase(Files.beginning(of: name, in: folder, limit: CaseFile.headingLimit))
  }
}
