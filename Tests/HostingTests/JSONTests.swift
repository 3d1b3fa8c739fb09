import Determinism
import Testing

@testable import Hosting

@Suite("JSON, base64 and percent-encoding")
struct JSONTests {
  private func value(_ text: String) throws(JSONError) -> JSONValue { try JSONValue(reading: Array(text.utf8)) }

  @Test("JSON texts are read")
  func texts() throws {
    #expect(try value(" null ") == .null)
    #expect(try value("[true,false,[],{}]") == .array([.bool(true), .bool(false), .array([]), .object([])]))
    #expect(try value("-0") == .integer(0))
    #expect(try value("9223372036854775807") == .integer(.max))
    #expect(try value("9223372036854775808") == .number(9_223_372_036_854_775_808))
    #expect(try value("-1.5e+2") == .number(-150))
    #expect(try value(#""a\"\\\/\b\f\n\r\t\u0041\ud83d\ude00é""#) == .string("a\"\\/\u{8}\u{C}\n\r\tA\u{1F600}é"))
    #expect(try value(#"{"a":{"b":[1]}}"#)["a"]?["b"] == .array([.integer(1)]))
    #expect(try value(String(repeating: "[", count: 16) + String(repeating: "]", count: 16)).kind == "an array")
  }

  @Test(
    "What is almost JSON is refused",
    arguments: [
      "", " ", "nul", "nulll", "True", "01", "+1", "-", "1.", ".5", "1e", "1e999", "[1,]", "[1 2]", "[", "{", "{\"a\"}",
      "{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "{\"a\":1,\"a\":2}", "'a'", "\"a", "\"a\\\"", "\"\\x\"", "\"\\u12\"",
      "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\n\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\\ud800\\ud800\"",
      "\"\\ud800\\ue000\"", "\"a\nb\"", "1 2",
      "\u{FEFF}1",
      "\"\\", "// x\n1", "NaN", "[\"\\u00", "{\"a\":", "\u{0}",
    ])
  func malformed(text: String) {
    #expect(throws: JSONError.self) { try value(text) }
  }

  @Test("Strings that are not UTF-8, deep texts and texts of many values are refused")
  func limits() {
    #expect(throws: JSONError.self) { try JSONValue(reading: [0x22, 0xC3, 0x22]) }
    #expect(throws: JSONError.self) { try JSONValue(reading: [0x22, 0xED, 0xA0, 0x80, 0x22]) }
    #expect(throws: JSONError.self) { try value(String(repeating: "[", count: 100_000)) }
    #expect(throws: JSONError.self) {
      try value(String(repeating: "[", count: 18) + String(repeating: "]", count: 18))
    }
    #expect(throws: JSONError.self) { try value("[" + String(repeating: "1,", count: 1_100) + "1]") }
  }

  @Test("What is written is read as it was")
  func roundTrip() throws {
    let scalars = (0..<0x300).compactMap(Unicode.Scalar.init) + ["\u{2028}", "\u{1F600}", "\u{FFFF}"]
    let text = String(String.UnicodeScalarView(scalars))
    let written = JSONValue.object([
      JSONMember(text, .string(text)), JSONMember("b", .array([.null, .bool(true), .integer(.min), .number(0.1)])),
      JSONMember("c", .count(.max)), JSONMember("d", .count(7)),
    ])
    #expect(try JSONValue(reading: written.bytes) == written)
    #expect(JSONValue.number(.infinity).bytes.text == "null")
    #expect(JSONValue.string("\u{1}\"\n").bytes.text == #""\u0001\"\n""#)
  }

  @Test("Base64 is as in RFC 4648 §10")
  func base64() {
    let pairs = [
      "": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE=", "\u{0}": "AA==",
    ]
    for (text, encoded) in pairs {
      #expect(Base64.encoded(text.utf8) == encoded)
      #expect(Base64.decoded(encoded.utf8)?.text == text)
    }
    let all = (0...255).map { UInt8($0) }
    for count in [254, 255, 256] {
      #expect(Base64.decoded(Base64.encoded(all.prefix(count)).utf8) == Array(all.prefix(count)))
    }
    for wrong in ["Z", "Zg", "Zg=", "Zh==", "Zm9=", "====", "=g==", "Z===", "Zg==Zg=", "Zg-_", "Z g="] {
      #expect(Base64.decoded(wrong.utf8) == nil, "\(wrong)")
    }
  }

  @Test("Percent-encoding keeps unreserved bytes, and every byte comes back once")
  func percent() {
    let all = (0...255).map { UInt8($0) }
    #expect(PercentCoding.decoded(PercentCoding.encoded(all)) == all)
    #expect(PercentCoding.encoded("a-._~Z9/ %é".utf8).text == "a-._~Z9%2F%20%25%C3%A9")
    #expect(PercentCoding.encoded("a/b".utf8, keepsSlash: true).text == "a/b")
    #expect(PercentCoding.decoded("%2525+%c3".utf8) == Array("%25+".utf8) + [0xC3])
    #expect(PercentCoding.decoded("%".utf8) == nil && PercentCoding.decoded("%0".utf8) == nil)
  }

  @Test("Hosts and ports are read and written")
  func hosts() {
    for text in ["localhost", "127.0.0.1:80", "[::1]", "[fe80::1:127.0.0.1]:65535", "a_b.c-d:1"] {
      #expect(HostAndPort(text)?.description == text)
    }
    #expect(HostAndPort("LocalHost:")?.description == "localhost")
    #expect(HostAndPort("localhost")?.isLoopback == true && HostAndPort("[::1]:5")?.isLoopback == true)
    #expect(HostAndPort("127.0.0.1.nip.io")?.isLoopback == false && HostAndPort("localhost.")?.isLoopback == false)
    for text in ["", ":80", "a:b", "a:0", "a:65536", "a:1:2", "::1", "[1.2.3.4]", "[::1", "a/b", "a b", "a:80 ", "é"] {
      #expect(HostAndPort(text) == nil, "\(text)")
    }
    #expect(HostAndPort(String(repeating: "a", count: 256)) == nil)
  }
}
