import Testing

@testable import Linearizability

@Suite("Types of values, as their texts tell them")
struct TypedValueTests {
  private func value(_ text: String) -> TypedValue { TypedValue(Array(text.utf8)) }

  @Test(
    "Values that differ only in their types have one plain text",
    arguments: [
      ("4", "\"4\""), ("7", "7.0"), ("7", "7.00"), ("70", "7e1"), ("-3", "-3.0"), ("0", "0.0"), ("0", "-0"),
      ("5", "5N"), ("1.50", "\"1.5\""), (":a", "a"), ("120", "1.2E+2"),
    ])
  func same(_ one: String, _ other: String) { #expect(value(one).plain == value(other).plain) }

  @Test(
    "Values that differ in more do not",
    arguments: [("4", "40"), ("7", "-7"), ("7", "7.01"), ("1.2.3", "1.2"), ("4a", "4"), ("", "0"), ("e1", "1")])
  func different(_ one: String, _ other: String) { #expect(value(one).plain != value(other).plain) }

  @Test("The type is read off the text")
  func kinds() {
    let kinds = ["4", "4.0", "\"4\"", ":a", "a", "\":a\"", "1e3"].map { value($0).kind }
    #expect(kinds == [.integer, .decimal, .string, .keyword, .string, .string, .decimal])
    #expect(value("\"4\"").unquoted == Array("4".utf8))
  }
}
