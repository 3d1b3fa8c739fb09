import KeyValue

/// How long the parts of HTTP messages may be. What is longer is refused, so that a connection needs little memory.
package enum HTTPLimits {
  /// How far beyond the store's limits a message may go and still be read whole: the store then says what is too long.
  static let slackBytes = 4 << 10
  /// The most bytes that one byte takes in a JSON string: `\u0000`.
  static let jsonBytesPerByte = 6
  /// The bytes of a percent-encoded byte.
  static let percentBytesPerByte = 3

  /// Bytes of a request's target. The longest has a key and, after `?expected=`, a value, both percent-encoded.
  package static let maxTargetBytes =
    percentBytesPerByte * (KeyValueLimits.maxKeyBytes + KeyValueLimits.maxValueBytes) + slackBytes
  /// Bytes of a request line without its end: the method, the target, `http://` and a host before it, the version.
  package static let maxRequestLineBytes = maxTargetBytes + 512
  /// Bytes of a status line.
  package static let maxStatusLineBytes = 1 << 10
  /// Bytes of all header fields with their line ends; the same of trailer fields.
  package static let maxHeaderBytes = 16 << 10
  /// Header fields of a message.
  package static let maxHeaders = 64
  /// Empty lines before a request line: old clients end a body with one.
  static let maxEmptyLines = 2
  /// Bytes of a line that says how long a chunk is.
  static let maxChunkLineBytes = 256

  /// Bytes of a request's body. The longest that is of use is a key and a value as JSON, every byte escaped.
  package static let maxBodyBytes =
    jsonBytesPerByte * (KeyValueLimits.maxKeyBytes + KeyValueLimits.maxValueBytes) + slackBytes
  /// Bytes of a response's body, for clients: a value as JSON, or metrics, with room for the answers of other stores.
  package static let maxResponseBodyBytes = 4 * maxBodyBytes

  /// Bytes of a buffer that is kept for the next message; a larger one is given back once it is empty.
  static let keptBufferBytes = 4 << 10
}
