#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Calls of Linux that the toolchain's module of the C library lacks. Where there are none, they fail.
package enum LinuxCalls {
  private typealias ProcessControl = @convention(c) (Int32, UInt, UInt, UInt, UInt) -> Int32
  private typealias SetNamespace = @convention(c) (Int32, Int32) -> Int32
  private typealias Unshare = @convention(c) (Int32) -> Int32
  private typealias CloseFrom =
    @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
  private typealias MakePipe = @convention(c) (UnsafeMutablePointer<Int32>?, Int32) -> Int32

  /// From `<linux/prctl.h>` and `<linux/sched.h>`.
  private static let setChildSubreaper: Int32 = 36
  private static let newNetwork: Int32 = 0x4000_0000

  /// Makes this process the parent of all its descendants whose own parents end.
  package static func adoptOrphans() {
    _ = call("prctl", as: ProcessControl.self).map { $0(setChildSubreaper, 1, 0, 0, 0) }
  }

  /// Lets a program that is started close all files whose numbers are greater.
  static func closeAll(behind number: Int32, in actions: inout posix_spawn_file_actions_t) {
    _ = call("posix_spawn_file_actions_addclosefrom_np", as: CloseFrom.self).map { $0(&actions, number + 1) }
  }

  /// Gives this thread, and what it starts from now on, a network without anything in it.
  package static func leaveNetwork() throws(SystemError) {
    guard let unshare = call("unshare", as: Unshare.self) else {
      throw SystemError("cannot make a network", code: ENOSYS)
    }
    guard unshare(newNetwork) == 0 else { throw SystemError("cannot make a network") }
  }

  /// Lets this thread, and what it starts from now on, see the network of another process.
  package static func enterNetwork(of process: Int32) throws(SystemError) {
    let path = "/proc/\(process)/ns/net"
    guard let setns = call("setns", as: SetNamespace.self) else {
      throw SystemError("cannot enter \(path)", code: ENOSYS)
    }
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw SystemError("cannot enter \(path)") }
    defer { close(file) }
    guard setns(file, newNetwork) == 0 else { throw SystemError("cannot enter \(path)") }
  }

  /// Makes a pipe that no other program inherits, not even one that another thread starts at this moment.
  ///
  /// - Returns: `nil` if there is no such call.
  static func makePipe(_ ends: inout [Int32]) -> Int32? {
    call("pipe2", as: MakePipe.self).map { makePipe in
      ends.withUnsafeMutableBufferPointer { makePipe($0.baseAddress, O_CLOEXEC) }
    }
  }

  /// The children of this process, whichever of its threads has started them, in no particular order.
  package static var children: [Int32] {
    guard let threads = opendir("/proc/self/task") else { return [] }
    defer { closedir(threads) }
    var found: [Int32] = []
    while let entry = readdir(threads) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if Int32(name) != nil { found += children(ofThread: name) }
    }
    return found
  }

  private static func children(ofThread name: String) -> [Int32] {
    let file = open("/proc/self/task/\(name)/children", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var text: [UInt8] = []
    withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
      while case .moved(let count) = Descriptor(file).read(into: buffer) { text += buffer[..<count] }
    }
    return String(decoding: text, as: UTF8.self).split(separator: " ").compactMap { Int32($0) }
  }

  private static func call<Function>(_ name: String, as type: Function.Type) -> Function? {
    dlsym(nil, name).map { unsafeBitCast($0, to: type) }
  }
}
