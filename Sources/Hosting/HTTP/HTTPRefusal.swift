/// Why a request is not carried out: the status of the answer, and a sentence that says what was found and what was expected.
package struct HTTPRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  package var status: HTTPStatus
  /// Without a full stop or a line end.
  package var sentence: String
  /// With `methodNotAllowed`, the methods that the target has.
  package var allowed: [HTTPMethod]

  package init(_ status: HTTPStatus, _ sentence: String, allowed: [HTTPMethod] = []) {
    (self.status, self.sentence, self.allowed) = (status, sentence, allowed)
  }

  package var description: String { "\(status.rawValue): \(sentence)" }

  static func malformed(_ sentence: String) -> HTTPRefusal { HTTPRefusal(.badRequest, sentence) }
}

/// What a client cannot read: a response that is no HTTP/1.1, or one that ends too early. What became of the request is not
/// known.
package struct HTTPResponseError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Without a full stop or a line end.
  package var sentence: String

  package init(_ sentence: String) {
    self.sentence = sentence
  }

  package var description: String { sentence }
}
