#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A way in which files are compressed.
package enum Compression: Hashable, Sendable, CaseIterable {
  case gzip
  case zstandard

  /// How the names of such files end.
  package var ending: String {
    switch self {
    case .gzip: ".gz"
    case .zstandard: ".zst"
    }
  }

  /// Of a file that starts with these bytes; `nil` if it is not compressed in a way that is known.
  package init?(startingWith bytes: some Sequence<UInt8>) {
    let head = Array(bytes.prefix(4))
    if head.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if head == [0x28, 0xB5, 0x2F, 0xFD] {
      self = .zstandard
    } else {
      return nil
    }
  }

  /// What a file holds that starts with these bytes, as far as they go; `nil` if that cannot be told here.
  package func beginning(of bytes: [UInt8]) -> [UInt8]? {
    guard let decompressor = try? Decompressor(self) else { return nil }
    return bytes.withUnsafeBufferPointer { bytes in
      decompressor.begin(bytes)
      return (try? decompressor.nextPart()).flatMap { $0.map { Array($0) } }
    }
  }

  /// The system's library, by the names that it may have.
  fileprivate var libraries: [String] {
    switch self {
    case .gzip: ["libz.so.1", "libz.1.dylib"]
    case .zstandard: ["libzstd.so.1", "libzstd.1.dylib"]
    }
  }

  /// What people type instead.
  fileprivate var tool: String {
    switch self {
    case .gzip: "gunzip -c"
    case .zstandard: "zstd -dc"
    }
  }
}

/// Decompresses what comes bit by bit, by the system's library, which is looked for when it is needed.
///
///     decompressor.begin(bytes)
///     while let part = try decompressor.nextPart() { use(part) }
package final class Decompressor {
  private let compression: Compression
  private let engine: any DecompressionEngine
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
  private var input = UnsafeRawBufferPointer(start: nil, count: 0)
  /// Whether the last part filled the buffer, so that more may come without more input.
  private var isFull = false
  /// Whether all that began has come to its end.
  private var isAtEnd = true

  /// Looks for the library.
  package init(_ compression: Compression) throws(SystemError) {
    self.compression = compression
    var library: UnsafeMutableRawPointer?
    for name in compression.libraries where library == nil { library = dlopen(name, RTLD_NOW | RTLD_LOCAL) }
    let engine: (any DecompressionEngine)? = library.flatMap { library in
      switch compression {
      case .gzip: GzipEngine(library)
      case .zstandard: ZstandardEngine(library)
      }
    }
    guard let engine else {
      throw SystemError(
        "is compressed, and \(compression.libraries[0]) is not on this system; expected it, or the output of "
          + "`\(compression.tool)`", code: 0)
    }
    self.engine = engine
  }

  deinit {
    engine.end()
    buffer.deallocate()
  }

  /// Takes the next bytes, which must stay where they are until `nextPart` has given `nil`.
  package func begin(_ bytes: UnsafeBufferPointer<UInt8>) {
    input = UnsafeRawBufferPointer(bytes)
  }

  /// The next bytes that come out, valid until the next call; `nil` once all that was taken has been used.
  package func nextPart() throws(SystemError) -> UnsafeBufferPointer<UInt8>? {
    while !input.isEmpty || isFull {
      guard let step = engine.step(input, into: buffer) else {
        throw SystemError("is compressed, and damaged", code: 0)
      }
      isFull = step.made == buffer.count
      // Nothing was left of what filled the buffer.
      if step.used == 0 && step.made == 0 { break }
      input = UnsafeRawBufferPointer(rebasing: input[step.used...])
      isAtEnd = step.isAtEnd
      if step.made > 0 {
        let part = UnsafeRawBufferPointer(rebasing: buffer[..<step.made])
        return part.assumingMemoryBound(to: UInt8.self)
      }
    }
    guard input.isEmpty else { throw SystemError("is compressed, and damaged", code: 0) }
    return nil
  }

  /// Throws unless all that began has come to its end.
  package func finish() throws(SystemError) {
    guard isAtEnd else { throw SystemError("is compressed, and cut short", code: 0) }
  }
}

/// What one step has used and made.
private typealias DecompressionStep = (used: Int, made: Int, isAtEnd: Bool)

private protocol DecompressionEngine: AnyObject {
  /// - Returns: `nil` if the bytes are damaged.
  func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> DecompressionStep?
  /// Gives back what the library holds.
  func end()
}

/// zlib, whose stream is a structure that the toolchain's modules do not know.
private final class GzipEngine: DecompressionEngine {
  private typealias Start = @convention(c) (UnsafeMutableRawPointer, Int32, UnsafePointer<CChar>, Int32) -> Int32
  private typealias Inflate = @convention(c) (UnsafeMutableRawPointer, Int32) -> Int32
  private typealias Call = @convention(c) (UnsafeMutableRawPointer) -> Int32

  /// `z_stream` of systems with 64-bit addresses: places of `next_in`, `avail_in`, `next_out`, `avail_out`, and its size.
  private static let nextIn = 0
  private static let availableIn = 8
  private static let nextOut = 24
  private static let availableOut = 32
  private static let size = 112
  /// The largest window, and a gzip header around the data.
  private static let windowBits: Int32 = 15 + 16
  private static let streamEnd: Int32 = 1
  /// No progress was possible; the stream is well.
  private static let bufferError: Int32 = -5

  private let stream = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
  private let inflate: Inflate
  private let reset: Call
  private let finish: Call

  init?(_ library: UnsafeMutableRawPointer) {
    guard MemoryLayout<Int>.size == 8, let start = dlsym(library, "inflateInit2_"),
      let inflate = dlsym(library, "inflate"), let reset = dlsym(library, "inflateReset"),
      let finish = dlsym(library, "inflateEnd")
    else {
      stream.deallocate()
      return nil
    }
    self.inflate = unsafeBitCast(inflate, to: Inflate.self)
    self.reset = unsafeBitCast(reset, to: Call.self)
    self.finish = unsafeBitCast(finish, to: Call.self)
    for place in stream.indices { stream[place] = 0 }
    // Of the version only the first digit is looked at.
    let code = withBase(of: stream) {
      unsafeBitCast(start, to: Start.self)($0, Self.windowBits, "1.2.11", Int32(Self.size))
    }
    guard code == 0 else {
      stream.deallocate()
      return nil
    }
  }

  func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> DecompressionStep? {
    withBase(of: stream) { stream in
      stream.storeBytes(of: input.baseAddress, toByteOffset: Self.nextIn, as: UnsafeRawPointer?.self)
      stream.storeBytes(of: UInt32(input.count), toByteOffset: Self.availableIn, as: UInt32.self)
      stream.storeBytes(of: output.baseAddress, toByteOffset: Self.nextOut, as: UnsafeMutableRawPointer?.self)
      stream.storeBytes(of: UInt32(output.count), toByteOffset: Self.availableOut, as: UInt32.self)
      let code = inflate(stream, 0)
      guard code == 0 || code == Self.streamEnd || code == Self.bufferError else { return nil }
      let left = Int(stream.load(fromByteOffset: Self.availableIn, as: UInt32.self))
      let free = Int(stream.load(fromByteOffset: Self.availableOut, as: UInt32.self))
      // A file may hold several streams, one behind the other.
      if code == Self.streamEnd { _ = reset(stream) }
      return (input.count - left, output.count - free, code == Self.streamEnd)
    }
  }

  func end() {
    _ = withBase(of: stream) { finish($0) }
    stream.deallocate()
  }

  private func withBase<Result>(
    of stream: UnsafeMutableRawBufferPointer, _ body: (UnsafeMutableRawPointer) -> Result
  ) -> Result {
    guard let base = stream.baseAddress else { preconditionFailure("the stream of zlib is empty") }
    return body(base)
  }
}

/// libzstd.
private final class ZstandardEngine: DecompressionEngine {
  private typealias Create = @convention(c) () -> OpaquePointer?
  private typealias Free = @convention(c) (OpaquePointer) -> Int
  private typealias Decompress =
    @convention(c) (OpaquePointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Int
  private typealias IsError = @convention(c) (Int) -> UInt32

  private let context: OpaquePointer
  private let free: Free
  private let decompress: Decompress
  private let isError: IsError

  init?(_ library: UnsafeMutableRawPointer) {
    guard let create = dlsym(library, "ZSTD_createDStream"), let free = dlsym(library, "ZSTD_freeDStream"),
      let decompress = dlsym(library, "ZSTD_decompressStream"), let isError = dlsym(library, "ZSTD_isError"),
      let context = unsafeBitCast(create, to: Create.self)()
    else { return nil }
    self.context = context
    self.free = unsafeBitCast(free, to: Free.self)
    self.decompress = unsafeBitCast(decompress, to: Decompress.self)
    self.isError = unsafeBitCast(isError, to: IsError.self)
  }

  func step(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> DecompressionStep? {
    // Address, size and place: `ZSTD_inBuffer` and `ZSTD_outBuffer`.
    var source = (input.baseAddress, input.count, 0)
    var target = (output.baseAddress, output.count, 0)
    let code = withUnsafeMutablePointer(to: &source) { source in
      withUnsafeMutablePointer(to: &target) { target in
        decompress(context, UnsafeMutableRawPointer(target), UnsafeMutableRawPointer(source))
      }
    }
    guard isError(code) == 0 else { return nil }
    return (source.2, target.2, code == 0)
  }

  func end() { _ = free(context) }
}
