import Determinism
import Histories
import Testing

@testable import Linearizability

@Suite("How a string can have been put together")
struct AssemblyTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private func assembly(
    _ string: String, initial: String = "", beginnings: [String] = [], _ appended: [String], within work: inout Int
  ) -> Assembly? {
    var values = ValueTable()
    let beginnings = beginnings.map { values.intern(bytes($0)) }
    let appended = appended.map { values.intern(bytes($0)) }
    return Assembly(
      of: bytes(string), initial: bytes(initial), beginnings: beginnings, appended: appended, in: values,
      within: &work)
  }

  /// Whether it can come about with each piece used once; by trying every order.
  private func isMade(_ string: Substring, of appended: [String]) -> Bool {
    if string.isEmpty { return true }
    return appended.indices.contains { place in
      guard !appended[place].isEmpty, string.hasPrefix(appended[place]) else { return false }
      var rest = appended
      rest.remove(at: place)
      return isMade(string.dropFirst(appended[place].count), of: rest)
    }
  }

  @Test("Of random pieces it says what trying every order says, and of repeated ones as well")
  func random() throws {
    var draws = Dice(seed: 3).sequence(Purpose(rawValue: 1))
    var (made, repeated, unmade) = (0, 0, 0)
    for _ in 0..<4_000 {
      let pieces = (0..<draws.next().below(6)).map { _ in draws.pick(["a", "b", "aa", "ab", "ba", "aab", ""]) }
      let string = (0..<1 + draws.next().below(7)).map { _ in draws.pick(["a", "a", "b"]) }.joined()
      let start = draws.pick(["", "a", "ab"])
      var work = 100_000
      let assembly = try #require(assembly(string, beginnings: [start], pieces, within: &work))
      let starts = ["", start].filter { string.hasPrefix($0) }
      let expected = starts.contains { isMade(string.dropFirst($0.count), of: pieces) }
      #expect(assembly.isPossible(within: &work) == expected, "\(string) of \(start) and \(pieces)")
      let many = (0..<7).flatMap { _ in Set(pieces) }
      let repeats = starts.contains { isMade(string.dropFirst($0.count), of: many) }
      #expect(assembly.isPossibleWithRepetition == repeats, "\(string) of \(start) and \(pieces), repeated")
      made += expected ? 1 : 0
      repeated += repeats && !expected ? 1 : 0
      unmade += repeats ? 0 : 1
    }
    #expect(made > 400 && repeated > 400 && unmade > 400, "\(made), \(repeated), \(unmade)")
  }

  @Test("Equal pieces cost no more than one, and neither does a long string")
  func equalPieces() throws {
    for count in [9, 200, 5_000] {
      var work = 60 * count + 100
      let pieces = [String](repeating: "a", count: count)
      let enough = try #require(assembly(String(repeating: "a", count: count), pieces, within: &work))
      #expect(enough.isPossible(within: &work) == true)
      let tooLong = try #require(assembly(String(repeating: "a", count: count + 1), pieces, within: &work))
      #expect(tooLong.isPossible(within: &work) == false && tooLong.isPossibleWithRepetition)
    }
  }

  @Test("Pieces of different lengths are too short together, whichever way is taken")
  func togetherTooShort() throws {
    let pieces = (1...40).flatMap { [String](repeating: String(repeating: "a", count: $0), count: 3) }
    let length = pieces.reduce(0) { $0 + $1.count }
    var work = 4_000_000
    let assembly = try #require(assembly(String(repeating: "a", count: length + 1), pieces, within: &work))
    #expect(assembly.isPossible(within: &work) == false && assembly.isPossibleWithRepetition)
  }

  @Test("What is not found out within the limit is no answer")
  func limit() throws {
    // Each piece once, and the sum of any of them is even: but to see that every choice would have to be tried.
    let pieces = (10..<40).map { String(repeating: "a", count: 2 * $0) } + ["aab"]
    let string = String(repeating: "a", count: 401) + "b"
    var little = 100
    #expect(assembly(string, pieces, within: &little) == nil && little < 0)
    for limit in [60_000, 100_000, 200_000] {
      var work = limit
      let assembly = try #require(assembly(string, pieces, within: &work))
      #expect(assembly.isPossible(within: &work) != true)
      #expect(work > -1_000)
    }
  }
}
