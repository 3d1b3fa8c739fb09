import Determinism

@testable import Hosting

/// What a reader makes of the bytes of a connection.
struct HTTPReading: Equatable {
  var requests: [HTTPRequest] = []
  /// How often an interim answer was asked for.
  var continues = 0
  var refusal: HTTPRefusal?
  /// Whether the last request was the last one of the connection.
  var hasEnded = false
  var isIdle = false

  /// Reads bytes that come in pieces of a size.
  init(_ bytes: [UInt8], inPiecesOf size: Int) {
    self.init(bytes, sizes: { size })
  }

  init(_ text: String, inPiecesOf size: Int = .max) {
    self.init(Array(text.utf8), inPiecesOf: size)
  }

  init(_ bytes: [UInt8], sizes: () -> Int) {
    var reader = HTTPRequestReader()
    var place = 0
    while place < bytes.count, refusal == nil {
      let end = place + min(sizes(), bytes.count - place)
      reader.add(bytes[place..<end])
      place = end
      take(from: &reader)
    }
    isIdle = reader.isIdle
  }

  private mutating func take(from reader: inout HTTPRequestReader) {
    do {
      while true {
        switch try reader.next() {
        case .needsBytes: return
        case .expectsContinue: continues += 1
        case .request(let request): requests.append(request)
        case .ended:
          hasEnded = true
          return
        }
      }
    } catch {
      refusal = error
    }
  }

  /// The same without what depends on how the bytes were cut.
  var uncut: HTTPReading {
    var copy = self
    copy.continues = 0
    return copy
  }
}

extension HTTPRequest {
  /// A header's value as text.
  func header(_ name: String) -> String? { headers[name].map(\.text) }
}

extension HostAndPort {
  /// Of a server in tests.
  static var local: HostAndPort { HostAndPort("127.0.0.1:8001") ?? HostAndPort.fallback }

  private static var fallback: HostAndPort { preconditionFailure("127.0.0.1:8001 is an address") }
}

/// Lines of a head, with their ends and the empty line after them.
func head(_ lines: String...) -> String { lines.map { $0 + "\r\n" }.joined() + "\r\n" }

/// The purposes of draws in these tests.
extension Purpose {
  static var randomBytes: Purpose { Purpose(rawValue: 1) }
  static var mutations: Purpose { Purpose(rawValue: 2) }
  static var pieces: Purpose { Purpose(rawValue: 3) }
}
