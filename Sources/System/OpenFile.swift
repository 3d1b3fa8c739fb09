#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file to which bytes are added at the end.
///
/// Zeros may stand behind its bytes, ahead of those that come: a sync of bytes that take the place of zeros has no new length
/// of the file to bring to the disk, for which many file systems would write to their journal. Always `length <= size`.
package struct OpenFile: Sendable {
  private let descriptor: Descriptor
  private let path: String
  /// Where the next bytes go.
  package private(set) var length: Int
  /// Where the file ends, zeros included.
  private var size: Int

  /// Of a file that is there all bytes count, those that another process has put ahead included.
  ///
  /// - Parameter isNew: whether it is made, or emptied if it is there.
  package init(at path: String, isNew: Bool) throws(SystemError) {
    let flags = O_WRONLY | O_CLOEXEC | (isNew ? O_CREAT | O_TRUNC : 0)
    let number = open(path, flags, 0o600)
    guard number >= 0 else { throw SystemError("cannot open \(path)") }
    var state = stat()
    guard fstat(number, &state) == 0 else {
      defer { Descriptor(number).close() }
      throw SystemError("cannot open \(path)")
    }
    (descriptor, self.path, length, size) = (Descriptor(number), path, Int(state.st_size), Int(state.st_size))
  }

  package mutating func append(_ bytes: [UInt8]) throws(SystemError) {
    let end = length + bytes.count
    while length < end {
      let count = bytes.withUnsafeBytes { write($0, from: bytes.count - (end - length), at: length) }
      guard count > 0 else { throw SystemError("cannot write to \(path)") }
      length += count
      size = max(size, length)
    }
  }

  /// Whether so many more bytes take the place of zeros.
  package func isReserved(for count: Int) -> Bool { length + count <= size }

  /// Puts zeros ahead: so many behind the file's bytes. What does not fit on the disk is left out.
  package mutating func reserve(_ count: Int) {
    let end = length + count
    guard size < end else { return }
    let zeros = [UInt8](repeating: 0, count: end - size)
    while size < end {
      let written = zeros.withUnsafeBytes { write($0, from: 0, at: size, atMost: end - size) }
      guard written > 0 else { return }
      size += written
    }
  }

  /// Takes away the zeros ahead.
  ///
  /// - Returns: whether there were any.
  package mutating func release() throws(SystemError) -> Bool {
    guard length < size else { return false }
    try truncate(to: length)
    return true
  }

  private func write(
    _ bytes: UnsafeRawBufferPointer, from start: Int, at place: Int, atMost limit: Int = .max
  ) -> Int {
    while true {
      let count = pwrite(
        descriptor.rawValue, bytes.baseAddress.map { $0 + start }, min(bytes.count - start, limit), off_t(place))
      if count < 0, errno == EINTR { continue }
      return count
    }
  }

  package mutating func truncate(to length: Int) throws(SystemError) {
    guard ftruncate(descriptor.rawValue, off_t(length)) == 0 else { throw SystemError("cannot cut \(path)") }
    (self.length, size) = (length, length)
  }

  /// Makes its bytes durable.
  package func sync() throws(SystemError) {
    #if canImport(Glibc)
      let result = fdatasync(descriptor.rawValue)
    #else
      let result = fcntl(descriptor.rawValue, F_FULLFSYNC)
    #endif
    guard result == 0 else { throw SystemError("cannot sync \(path)") }
  }

  package func close() { descriptor.close() }
}
