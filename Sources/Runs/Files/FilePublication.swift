import Glibc
import System

/// The publishing of a set of files.
///
/// They are made, with a manifest, in a hidden folder beside the one that they are for. If that is not there, the hidden
/// one gets its name. If it is there, both change places; then the one that was there before, out of sight, gets the new
/// files as well, and comes back to its place: whoever works in it, its permissions and what else lies in it stay. Of
/// what lies in it only what the program made is replaced or removed.
///
/// Where two names cannot change places, nothing can be made beside the folder, or no lock is to be had, files are
/// replaced one by one, the manifest last.
struct FilePublication {
  /// The set, and the manifest behind it.
  private let files: [(name: String, bytes: [UInt8])]
  private let own: OwnFiles

  init(of set: FileSet, _ own: OwnFiles) {
    files = set.files + [(FileManifest.name, FileManifest(of: set.files).encoded)]
    self.own = own
  }

  /// Publishes in the folder of this name.
  func publish(as name: String, in parent: Folder) throws(FileProblem) {
    let isAlone = parent.lock()
    // Whoever publishes has the lock: what lies there unfinished was left by one that was killed.
    if isAlone { clean(parent) }
    var folder: Folder?
    var former: [FormerFile] = []
    if let entry = parent.entry(name) {
      guard entry.isFolder || entry.isLink else {
        errno = EEXIST
        throw .system("\(parent.path(of: name)): the folder cannot be made")
      }
      let found = try parent.folder(name)
      (folder, former) = (found, try formerFiles(in: found))
    }
    if isAlone, let staged = try stage(for: name, beside: folder, former, in: parent) {
      // In place of nothing, or of an empty folder that came in between.
      if folder == nil, parent.rename(staged.name, to: name, in: parent) { return }
      if let folder, parent.exchange(staged.name, with: name) {
        // Back again, unless something came in between: then the staged one stays.
        if refill(folder, former, from: staged.folder) { _ = parent.exchange(staged.name, with: name) }
        return dissolve(staged.name, into: name, in: parent)
      }
      dissolve(staged.name, into: nil, in: parent)
    }
    try publish(in: parent.madeFolder(name))
  }

  /// Publishes in a folder, file by file.
  func publish(in folder: Folder) throws(FileProblem) {
    try replace(formerFiles(in: folder), in: folder)
  }

  private func formerFiles(in folder: Folder) throws(FileProblem) -> [FormerFile] {
    try FormerFile.all(in: folder, new: files.map(\.name), own)
  }

  /// Makes the files in a hidden folder, and gives those of others a second name there.
  ///
  /// - Returns: `nil` if that cannot be done here.
  private func stage(
    for name: String, beside folder: Folder?, _ former: [FormerFile], in parent: Folder
  ) throws(FileProblem) -> (name: String, folder: Folder)? {
    let hidden = HiddenName(for: name).text
    guard hidden.withSystemName({ mkdirat(parent.descriptor, $0, 0o777) }) == 0 else {
      if [EACCES, EPERM, EROFS, ENAMETOOLONG].contains(errno) { return nil }
      throw .system("\(parent.path(of: name)): the folder cannot be made")
    }
    do throws(FileProblem) {
      let staged = try parent.folder(hidden, for: name)
      for file in files { try staged.create(file.name, file.bytes) }
      if let folder {
        for file in former {
          guard let lasting = file.lasting, !folder.link(file.name, as: lasting, in: staged) else { continue }
          dissolve(hidden, into: nil, in: parent)
          return nil
        }
        // Who may look into it is not for us to say.
        if let permissions = parent.entry(name)?.permissions { fchmod(staged.descriptor, permissions) }
      }
      return (hidden, staged)
    } catch {
      dissolve(hidden, into: nil, in: parent)
      throw error
    }
  }

  /// Gives the folder that was there before the new files, out of sight.
  ///
  /// - Returns: whether it can go back to its place.
  private func refill(_ folder: Folder, _ former: [FormerFile], from staged: Folder) -> Bool {
    for file in former {
      if let lasting = file.lasting {
        guard lasting == file.name || folder.move(file.name, to: lasting, in: folder) else { return false }
      } else {
        folder.remove(file.name)
      }
    }
    return files.allSatisfy { staged.link($0.name, as: $0.name, in: folder) }
  }

  /// Takes away a hidden folder. What lies only there, and is not the program's, moves to where it belongs, or stays.
  private func dissolve(_ hidden: String, into name: String?, in parent: Folder) {
    guard let folder = try? parent.folder(hidden), let present = try? folder.names() else { return }
    let home = name.flatMap { try? parent.folder($0) }
    for name in present {
      guard let entry = folder.entry(name) else { continue }
      let isOwn = own.hasName(name) || name == FileManifest.name
      if !entry.isFolder, entry.links > 1 || isOwn {
        folder.remove(name)
      } else if let home {
        _ = folder.move(name, to: name, in: home)
      }
    }
    parent.removeFolder(hidden)
  }

  /// Takes away what was left by processes that were killed.
  private func clean(_ parent: Folder) {
    for name in (try? parent.names(from: HiddenName.prefix)) ?? [] {
      guard let hidden = HiddenName(name), !hidden.target.isEmpty else { continue }
      dissolve(name, into: hidden.target, in: parent)
    }
  }

  private func replace(_ former: [FormerFile], in folder: Folder) throws(FileProblem) {
    // Until the new one is there, nothing vouches for what lies here.
    if former.contains(where: { $0.name == FileManifest.name && $0.lasting == nil }) {
      folder.remove(FileManifest.name)
    }
    for file in former {
      guard let lasting = file.lasting, lasting != file.name else { continue }
      guard folder.rename(file.name, to: lasting, in: folder) else {
        throw .system("\(folder.path(of: file.name)): cannot be given another name")
      }
    }
    for file in files.dropLast() { try folder.write(file.bytes, to: file.name) }
    for file in former where file.lasting == nil && !files.contains(where: { $0.name == file.name }) {
      folder.remove(file.name)
    }
    for file in files.suffix(1) { try folder.write(file.bytes, to: file.name) }
  }
}
