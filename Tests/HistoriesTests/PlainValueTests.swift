import Testing

@testable import Histories

@Suite("Values of EDN, JSON and Fressian")
struct PlainValueTests {
  /// A history in which each value is written to a register by a process of its own.
  private func history(writing values: [String]) throws -> History {
    let calls = values.enumerated().map { "{:process \($0), :type :invoke, :f :write, :value \($1)}\n" }
    return try History(reading: Array(calls.joined().utf8))
  }

  private static let differentValues = [
    "1", "\"1\"", "1.5", "\"1.5\"", "1.5M", "99999999999999999999", "1e9999999999999999999999", "true", "\"true\"",
    ":a", "\":a\"", "a", "\"a\"", "\\a", "\"\\\\a\"", ":\u{E9}", "\":\u{E9}\"", "\"\u{E9}\"", "\"e\u{301}\"", "##Inf",
    "##-Inf", "\"##Inf\"", "#inst \"2020\"", "\"2020\"", "#other/Tag [1 2 3]", "[1 2 3]", "#{1 2 3}", "{:a 1}",
    "{\"a\" 1}", "[[1] 2 3]", "[]", "{}", "#{}", "\"[]\"", "\"\"",
  ]

  @Test("What differs in EDN differs, and stays what it is when it is written and read again")
  func different() throws {
    let history = try history(writing: Self.differentValues)
    let values = history.events.map { history.values[$0.value] }
    #expect(Set(values).count == Self.differentValues.count)
    for again in [try History(reading: history.edn()), try History(reading: history.jsonLines())] {
      #expect(again.events.map { again.values[$0.value] } == values)
      #expect(again.edn() == history.edn())
    }
  }

  private static let equalValues = [
    ["1.5", "1.50", "15e-1", "0.15E1"], ["100.0", "1e2", "1E+2"], ["0.0", "-0.0", "0e7"], ["7", "+7", "7N"],
    ["[1 2 3]", "(1 2 3)", "[1, 2, 3]"], ["#{3 1 2}", "#{1 2 3}", "#{1 2 3 3}"], ["{:a 1, :b 2}", "{:b 2 :a 1}"],
    ["\"\\u00e9\"", "\"\u{E9}\""],
  ]

  @Test("What is equal in EDN has one number", arguments: equalValues)
  func equal(_ texts: [String]) throws {
    #expect(Set(try history(writing: texts).events.map(\.value)).count == 1)
  }

  @Test("A vector of two in a register without keys stays a value, also where it is the first")
  func vectors() throws {
    let history = try History(
      reading: Array(
        """
        ; {"format":"raftcheck-history","version":1,"model":"register","keyed":false}
        {:process 0, :type :invoke, :f :write, :value [1 2]}
        {:process 0, :type :ok, :f :write, :value [1 2]}
        """.utf8))
    #expect(history.operations().map(\.key) == [.absent])
    #expect(history.plainValue(history.operations()[0].argument) == .list([.integer(1), .integer(2)]))
    let again = try History(reading: History(reading: history.jsonLines()).edn())
    #expect(again.edn() == history.edn())
    #expect(again.operations().map(\.key) == [.absent])
  }

  @Test("Numbers with many zeros or a huge exponent are read in no time")
  func manyDigits() throws {
    let zeros = String(repeating: "0", count: 200_000)
    let history = try history(writing: ["1.\(zeros)", "\(zeros)1.0", "1e-9223372036854775808", "1e9223372036854775807"])
    let values = history.events.map(\.value)
    #expect(values[0] == values[1])
    #expect(Set(values).count == 3)
  }

  @Test("Values of Fressian that are named again count as deep as they are")
  func namedAgain() throws {
    // A list with one value in it, put into the cache; then lists around its number.
    let cached: [UInt8] = [0xCD, 0xE5, 0x01]
    func depth(_ count: Int) -> [UInt8] { cached + [UInt8](repeating: 0xE5, count: count) + [0x80] }
    for (count, isAllowed) in [(10, true), (63, true), (64, false)] {
      let bytes = depth(count)
      var reader = FressianReader(bytes, in: 0..<bytes.count)
      _ = try reader.readValue()
      #expect(((try? reader.readValue()) != nil) == isAllowed, "\(count)")
    }
  }

  @Test("A name of Fressian that is no word of EDN stays another value than the text")
  func names() {
    func edn(_ value: FressianValue) -> String {
      var output = TextOutput(capacity: 16)
      _ = value.writeEDN(to: &output, limit: 100)
      return String(decoding: output.bytes, as: UTF8.self)
    }
    #expect(edn(.keyword(Array("a/b".utf8))) == ":a/b")
    #expect(edn(.keyword(Array("a b".utf8))) == "#keyword \"a b\"")
    #expect(edn(.symbol(Array("a b".utf8))) == "#symbol \"a b\"")
    #expect(edn(.number(Array("0.1M".utf8))) == "0.1M")
  }
}
