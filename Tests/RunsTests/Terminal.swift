import Foundation
import Glibc

/// A terminal without anybody before it.
enum Terminal {
  struct Failure: Error {}

  /// Linux's requests `TIOCSPTLCK` and `TIOCGPTN`, which Glibc's module leaves out.
  private static let unlock: UInt = 0x4004_5431
  private static let getNumber: UInt = 0x8004_5430

  /// Runs the program with its standard output on a terminal of so many columns.
  static func run(_ arguments: [String], columns: Int, in folder: String) throws -> [String] {
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    var (lock, number) = (Int32(0), Int32(0))
    guard master >= 0, ioctl(master, unlock, &lock) == 0, ioctl(master, getNumber, &number) == 0 else {
      throw Failure()
    }
    let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
    var size = winsize(ws_row: 50, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    guard slave >= 0, ioctl(slave, UInt(TIOCSWINSZ), &size) == 0 else { throw Failure() }
    let process = Process()
    process.executableURL = Program.executable
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ["TERM": "xterm", "NO_COLOR": "1", "PATH": "/usr/bin:/bin"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(fileDescriptor: slave)
    process.standardError = FileHandle.nullDevice
    try process.run()
    close(slave)
    // A terminal takes few bytes before somebody has read them; behind the last of them reading fails.
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = read(master, &buffer, buffer.count), count > 0 { bytes += buffer[..<count] }
    process.waitUntilExit()
    close(master)
    let text = String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
    return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
