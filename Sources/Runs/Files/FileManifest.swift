import Determinism
import FoundationEssentials

/// What a folder holds of this program: names, sizes and digests, in a file of its own. It is written with the files that
/// it names, so that a file which somebody else made, or edited since, is known as such.
struct FileManifest: Codable {
  /// One file.
  struct Entry: Codable {
    let digest: String
    let name: String
    let size: Int
  }

  /// The name in the file's first key, and the version of the format that is read and written.
  private static let format = "raftcheck-manifest"
  private static let version = 1
  /// What it is called.
  static let name = "manifest.json"
  /// The largest that is read, in bytes, and the most files that it names.
  private static let limit = 1 << 20
  private static let maxFiles = 1_000

  let files: [Entry]
  private let format: String
  private let program: String
  private let version: Int

  init(of files: [(name: String, bytes: [UInt8])]) {
    (format, program, version) = (Self.format, Program.version, Self.version)
    self.files = files.map { Entry(digest: FileDigest.text(of: $0.bytes), name: $0.name, size: $0.bytes.count) }
  }

  /// The manifest of a folder; `nil` if it has none that can be read.
  init?(in folder: Folder) {
    guard let bytes = try? Files.read(Self.name, in: folder, limit: Self.limit),
      let manifest = try? CanonicalJSON.decodeStrictly(Self.self, from: bytes, path: Self.name),
      manifest.format == Self.format, manifest.version == Self.version,
      manifest.files.count <= Self.maxFiles
    else { return nil }
    self = manifest
  }

  /// The file's content.
  var encoded: [UInt8] { CanonicalJSON.encode(self, indented: true) + [0x0A] }

  /// Whether a file in the folder is what the manifest names.
  func vouches(for name: String, in folder: Folder) -> Bool {
    guard let entry = files.first(where: { $0.name == name }), folder.entry(name)?.size == entry.size else {
      return false
    }
    var digest = FileDigest()
    do throws(FileProblem) {
      try Files.readParts(name, in: folder, limit: entry.size) { digest.combine($0) }
    } catch {
      return false
    }
    return digest.text == entry.digest
  }

  /// Whether the manifest names a file with this content.
  func vouches(for name: String, holding bytes: [UInt8]) -> Bool {
    files.contains { $0.name == name && $0.size == bytes.count && $0.digest == FileDigest.text(of: bytes) }
  }
}

/// The digest of a file, whatever the parts in which it is read.
private struct FileDigest {
  private var digest = StableDigest()
  private var word: UInt64 = 0
  private var count: UInt64 = 0

  static func text(of bytes: [UInt8]) -> String {
    var digest = FileDigest()
    bytes.withUnsafeBufferPointer { digest.combine($0) }
    return digest.text
  }

  mutating func combine(_ part: UnsafeBufferPointer<UInt8>) {
    for byte in part {
      word = word << 8 | UInt64(byte)
      count &+= 1
      if count % 8 == 0 { digest.combine(word) }
    }
  }

  /// Sixteen hexadecimal digits.
  var text: String {
    var whole = digest
    whole.combine(word)
    whole.combine(count)
    return whole.value.hexadecimal
  }
}
