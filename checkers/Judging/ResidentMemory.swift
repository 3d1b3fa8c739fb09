import Glibc

/// How much memory this process holds.
package enum ResidentMemory {
  /// In bytes, as the system counts them; 0 where it does not say.
  package static var bytes: Int {
    guard file >= 0 else { return 0 }
    // "size resident shared ...", in pages.
    var text = [UInt8](repeating: 0, count: 64)
    let count = text.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, 0) }
    guard count > 0 else { return 0 }
    let words = text[..<count].split(separator: UInt8(ascii: " "), maxSplits: 2)
    guard words.count > 1 else { return 0 }
    return words[1].reduce(0) { $0 * 10 + Int($1 &- UInt8(ascii: "0")) } * pageSize
  }

  /// The most that it ever held, in bytes; 0 where the system does not say. `getrusage` would also count what the
  /// process was before it became this program.
  package static var peakBytes: Int {
    let status = open("/proc/self/status", O_RDONLY | O_CLOEXEC)
    guard status >= 0 else { return 0 }
    defer { close(status) }
    var text = [UInt8](repeating: 0, count: 4_096)
    let count = text.withUnsafeMutableBytes { read(status, $0.baseAddress, $0.count) }
    guard
      let line = text[..<max(0, count)].split(separator: UInt8(ascii: "\n")).first(where: {
        $0.starts(with: "VmHWM:".utf8)
      })
    else { return 0 }
    let digits = line.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } * 1_024
  }

  /// Gives back what was freed and is still held, so that `bytes` says what is in use.
  package static func giveBack() { _ = trim?(0) }

  /// `malloc_trim`, whose header Swift does not import.
  private static let trim: (@convention(c) (Int) -> Int32)? = dlsym(nil, "malloc_trim").map {
    unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self)
  }

  private static let file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
  private static let pageSize = sysconf(Int32(_SC_PAGESIZE))
}
