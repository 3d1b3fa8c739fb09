/// What a request wants of its target (RFC 9110 §9). Others are not implemented.
package enum HTTPMethod: String, Hashable, Sendable, CaseIterable {
  case get = "GET"
  case head = "HEAD"
  case post = "POST"
  case put = "PUT"
  case delete = "DELETE"
  case options = "OPTIONS"
  case patch = "PATCH"

  /// Bytes in the longest name.
  private static let maxNameBytes = 7

  /// The method of this name, in which case counts.
  init?(_ name: some Collection<UInt8>) {
    guard name.count <= Self.maxNameBytes else { return nil }
    self.init(rawValue: name.text)
  }
}

/// The version of a message. A later 1.x is taken for 1.1, as RFC 9110 §2.5 wants it.
package enum HTTPVersion: UInt8, Hashable, Sendable {
  case http10
  case http11

  /// What stands where a version should.
  enum Reading {
    case known(HTTPVersion)
    /// A version of another major number.
    case other
    case malformed
  }

  /// Reads `HTTP/1.1`.
  static func reading(_ text: ArraySlice<UInt8>) -> Reading {
    let digits = text.dropFirst(5)
    guard text.count == 8, text.starts(with: "HTTP/".utf8), let major = digits.first, major.isDigit,
      digits[digits.startIndex + 1] == UInt8(ascii: "."), let minor = digits.last, minor.isDigit
    else { return .malformed }
    guard major == UInt8(ascii: "1") else { return .other }
    return .known(minor == UInt8(ascii: "0") ? .http10 : .http11)
  }
}

/// What became of a request (RFC 9110 §15).
package struct HTTPStatus: RawRepresentable, Hashable, Sendable {
  /// From 100 to 599.
  package let rawValue: UInt16

  package init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  package static let ok = HTTPStatus(rawValue: 200)
  package static let created = HTTPStatus(rawValue: 201)
  package static let noContent = HTTPStatus(rawValue: 204)
  package static let notModified = HTTPStatus(rawValue: 304)
  package static let temporaryRedirect = HTTPStatus(rawValue: 307)
  package static let badRequest = HTTPStatus(rawValue: 400)
  package static let forbidden = HTTPStatus(rawValue: 403)
  package static let notFound = HTTPStatus(rawValue: 404)
  package static let methodNotAllowed = HTTPStatus(rawValue: 405)
  package static let requestTimeout = HTTPStatus(rawValue: 408)
  package static let conflict = HTTPStatus(rawValue: 409)
  package static let gone = HTTPStatus(rawValue: 410)
  package static let contentTooLarge = HTTPStatus(rawValue: 413)
  package static let uriTooLong = HTTPStatus(rawValue: 414)
  package static let expectationFailed = HTTPStatus(rawValue: 417)
  package static let headerFieldsTooLarge = HTTPStatus(rawValue: 431)
  package static let internalServerError = HTTPStatus(rawValue: 500)
  package static let notImplemented = HTTPStatus(rawValue: 501)
  package static let serviceUnavailable = HTTPStatus(rawValue: 503)
  package static let gatewayTimeout = HTTPStatus(rawValue: 504)
  package static let versionNotSupported = HTTPStatus(rawValue: 505)

  /// Whether it announces another response to the same request.
  package var isInterim: Bool { rawValue < 200 }
  /// Whether the request was carried out.
  package var isSuccess: Bool { (200..<300).contains(rawValue) }

  /// The words after the number in a status line, which no program reads; empty of a status that no server here sends.
  package var reason: String {
    switch self {
    case .ok: "OK"
    case .created: "Created"
    case .noContent: "No Content"
    case .notModified: "Not Modified"
    case .temporaryRedirect: "Temporary Redirect"
    case .badRequest: "Bad Request"
    case .forbidden: "Forbidden"
    case .notFound: "Not Found"
    case .methodNotAllowed: "Method Not Allowed"
    case .requestTimeout: "Request Timeout"
    case .conflict: "Conflict"
    case .gone: "Gone"
    case .contentTooLarge: "Content Too Large"
    case .uriTooLong: "URI Too Long"
    case .expectationFailed: "Expectation Failed"
    case .headerFieldsTooLarge: "Request Header Fields Too Large"
    case .internalServerError: "Internal Server Error"
    case .notImplemented: "Not Implemented"
    case .serviceUnavailable: "Service Unavailable"
    case .gatewayTimeout: "Gateway Timeout"
    case .versionNotSupported: "HTTP Version Not Supported"
    default: ""
    }
  }
}
