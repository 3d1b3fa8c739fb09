import Glibc
import System

extension Files {
  /// What is asked before each part of a file is read, and again and again while there is none yet; it throws to end the
  /// reading.
  package typealias LimitCheck = () throws(FileProblem) -> Void

  /// How long at most is waited for a part before the limits are checked again, in milliseconds.
  private static let slice: Int32 = 10

  /// Reads a whole file; `-` is standard input.
  ///
  /// - Parameter limit: in bytes; a larger file is refused before it fills the memory.
  package static func read(_ path: String, limit: Int) throws(FileProblem) -> [UInt8] {
    var bytes: [UInt8] = []
    try readParts(of: path, limit: limit) { part, _ in bytes += part }
    return bytes
  }

  /// Reads a plain file that lies beside another one, or in a folder that somebody named. Nobody named the file itself:
  /// no link is followed, and no pipe waited for.
  package static func read(_ name: String, in folder: String, limit: Int) throws(FileProblem) -> [UInt8] {
    try read(name, in: Folder(at: folder), limit: limit)
  }

  /// The same in a folder that is open.
  static func read(_ name: String, in folder: Folder, limit: Int) throws(FileProblem) -> [UInt8] {
    var bytes: [UInt8] = []
    try readParts(name, in: folder, limit: limit) { bytes += $0 }
    return bytes
  }

  /// The same a part at a time.
  static func readParts(
    _ name: String, in folder: Folder, limit: Int, _ body: (UnsafeBufferPointer<UInt8>) throws(FileProblem) -> Void
  ) throws(FileProblem) {
    let descriptor = try folder.openFile(name)
    defer { close(descriptor) }
    try readParts(of: descriptor, named: folder.path(of: name), limit: limit, checkLimits: {}) {
      (part, _) throws(FileProblem) in try body(part)
    }
  }

  /// Reads a file a part at a time, so that nobody has to hold all of it; `-` is standard input. Pipes and devices are
  /// read as well, and never waited for longer than the limits allow.
  ///
  /// - Parameters:
  ///   - folder: where it was found, if nobody named the file itself: then no link below it is followed, and only a plain
  ///     file is read.
  ///   - limit: in bytes; a larger file is refused once so much was read.
  ///   - body: is handed each part, valid only during the call, and the size of the whole file, 0 if not known.
  package static func readParts(
    of path: String, below folder: String? = nil, limit: Int, checkLimits: LimitCheck = {},
    _ body: (UnsafeBufferPointer<UInt8>, _ size: Int) throws(FileProblem) -> Void
  ) throws(FileProblem) {
    let descriptor: Int32
    if let folder {
      descriptor = try open(path, below: folder)
    } else if path == "-" {
      return try readParts(of: STDIN_FILENO, named: "standard input", limit: limit, checkLimits: checkLimits, body)
    } else {
      // Without waiting for somebody to write.
      descriptor = path.withSystemName { Glibc.open($0, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) }
      guard descriptor >= 0 else { throw .system("\(path): cannot be read") }
    }
    defer { close(descriptor) }
    try readParts(of: descriptor, named: path, limit: limit, checkLimits: checkLimits, body)
  }

  private static func open(_ path: String, below root: String) throws(FileProblem) -> Int32 {
    let parts = path.pathParts.dropFirst(root.pathParts.count)
    guard let name = parts.last else { throw FileProblem(.system, "\(path): is a folder; expected a file") }
    var folder = try Folder(at: root)
    for part in parts.dropLast() { folder = try folder.folder(part) }
    return try folder.openFile(name)
  }

  /// The first bytes of a file, for whoever wants to know what it is; none of what is no file or cannot be read.
  package static func beginning(of path: String, limit: Int) -> [UInt8] {
    // What a pipe has once given is gone.
    guard isFile(path) else { return [] }
    let descriptor = path.withSystemName { Glibc.open($0, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) }
    guard descriptor >= 0 else { return [] }
    return beginning(of: descriptor, limit: limit)
  }

  /// The same of a plain file in a folder.
  static func beginning(of name: String, in folder: Folder, limit: Int) -> [UInt8] {
    guard let descriptor = try? folder.openFile(name) else { return [] }
    return beginning(of: descriptor, limit: limit)
  }

  /// - Parameter descriptor: is closed.
  private static func beginning(of descriptor: Int32, limit: Int) -> [UInt8] {
    defer { close(descriptor) }
    // By place: should it be a pipe by now, that fails instead of waiting.
    var bytes = [UInt8](repeating: 0, count: limit)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
    return Array(bytes.prefix(max(0, count)))
  }

  private static func readParts(
    of descriptor: Int32, named name: String, limit: Int, checkLimits: LimitCheck,
    _ body: (UnsafeBufferPointer<UInt8>, Int) throws(FileProblem) -> Void
  ) throws(FileProblem) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system("\(name): cannot be read") }
    guard status.st_mode & S_IFMT != S_IFDIR else {
      throw FileProblem(.system, "\(name): is a folder; expected a file")
    }
    let size = status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
    let isTooLarge = FileProblem(.content, "\(name): is too large; expected at most \(limit >> 20) MiB")
    guard size <= limit else { throw isTooLarge }
    // One buffer for all parts, and small enough to stay near the processor until it has been read.
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256 << 10)
    defer { buffer.deallocate() }
    var total = 0
    while true {
      try checkLimits()
      guard isReadable(descriptor) else { continue }
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 && errno == EINTR { continue }
      if count < 0 && errno == EAGAIN {
        // Somebody else has taken what there was, or the file does not know how to wait.
        usleep(useconds_t(slice) * 1_000)
        continue
      }
      guard count >= 0 else { throw .system("\(name): cannot be read") }
      guard count > 0 else { return }
      total += count
      guard total <= limit else { throw isTooLarge }
      try body(UnsafeBufferPointer(rebasing: buffer[..<count]), size)
    }
  }

  /// Whether there is something to read, or to hear: an end, an error. Waits a little for it.
  private static func isReadable(_ descriptor: Int32) -> Bool {
    var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let count = poll(&wait, 1, slice)
    return count > 0 || count < 0 && errno != EINTR
  }
}
