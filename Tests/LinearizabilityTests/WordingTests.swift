import Determinism
import Linearizability
import Testing

@Suite("How values are written")
struct WordingTests {
  private func show(_ text: String) -> String { Wording.show(Array(text.utf8)) }

  @Test("Plain ones as they are, all others in quotes, bytes that are no text as digits")
  func shown() {
    #expect(show("1.3") == "1.3" && show("a-b:c") == "a-b:c" && show("鍵") == "鍵")
    #expect(show("") == "\"\"" && show("nothing") == "\"nothing\"" && Wording.show(nil) == "nothing")
    #expect(show("a b") == "\"a b\"" && show("say \"x\"") == "\"say \\\"x\\\"\"" && show("\\u{9B}") == "\"\\\\u{9B}\"")
    #expect(
      show("\u{9B}31m") == "\"\\u{9B}31m\"" && show("a\nb") == "\"a\\u{A}b\"" && show("x\u{202E}") == "\"x\\u{202E}\"")
    #expect(
      Wording.show([0xFF, 0x00]) == "0xff00" && Wording.quote([0xC3]) == "0xc3" && Wording.quote([0x31]) == "\"1\"")
    #expect(Wording.show([UInt8](repeating: 0xFE, count: 9)) == "0xfefefefefefefefe…")
  }

  @Test("Long ones by their beginning and their end, in few columns and bytes")
  func long() {
    let digits = (0..<20).map { "\($0)." }.joined()
    #expect(show(digits) == "0.1.2.3.4.5.…11.12.13.14.15.16.17.18.19.")
    for text in [
      digits, "a" + String(repeating: "\u{301}", count: 100_000), String(repeating: "\u{1100}", count: 50_000),
    ] {
      for shown in [show(text), Wording.quote(Array(text.utf8))] {
        #expect(shown.columns <= 62 && shown.utf8.count <= 1_300 && shown.printable == shown)
      }
    }
  }
}
