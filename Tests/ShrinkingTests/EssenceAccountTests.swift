import Histories
import Judging
import Linearizability
import Shrinking
import Testing

@Suite("What is said of a few operations without an order")
struct EssenceAccountTests {
  /// One operation on x: who, when it was called and returned, and how it ended.
  struct Entry {
    let client: Int
    let call: Int
    let end: Int
    let action: Action
    let outcome: Outcome

    init(_ client: Int, _ call: Int, _ end: Int, _ action: Action, _ outcome: Outcome = .ok(.done)) {
      (self.client, self.call, self.end, self.action, self.outcome) = (client, call, end, action, outcome)
    }
  }

  private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private static func put(_ value: String) -> Action { .put(bytes(value)) }

  private static func append(_ value: String) -> Action { .append(bytes(value)) }

  private static func cas(_ expected: String?, _ new: String) -> Action {
    .compareAndSet(expected: expected.map(bytes), new: bytes(new))
  }

  private static func read(_ value: String?) -> Outcome { .ok(.value(value.map(bytes))) }

  private static func saw(_ value: String) -> Outcome { .ok(.mismatch(seen: bytes(value))) }

  private func account(_ entries: [Entry]) throws -> EssenceAccount {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    let moments = entries.flatMap { [($0.call, $0, true), ($0.end, $0, false)] }.sorted { $0.0 < $1.0 }
    for (moment, entry, isCall) in moments {
      if isCall {
        recorder.invoke(process: entry.client, at: Int64(moment), key: Self.bytes("x"), entry.action)
      } else {
        recorder.complete(process: entry.client, at: Int64(moment), entry.outcome)
      }
    }
    let history = recorder.finish()
    let counterexamples = Judge(threads: 1).judge(history).counterexamples
    let essence = HistoryShrinker(model: Model(of: history)).shrink(history, from: counterexamples)
    return try #require(essence).account
  }

  @Test(
    "The rule that broke, in one sentence",
    arguments: [
      (
        "c3 read x = 1 after c1's put x = 2 had returned",
        [Entry(1, 0, 1, put("1")), Entry(1, 2, 3, put("2")), Entry(3, 4, 5, .get, read("1"))]
      ),
      (
        "c3 read x = 1 after c2 had read x = 2",
        [
          Entry(1, 0, 1, put("1")), Entry(4, 2, 9, put("2")), Entry(2, 3, 4, .get, read("2")),
          Entry(3, 5, 6, .get, read("1")),
        ]
      ),
      (
        "c2 found x without a value after c1's put x = 1 had returned",
        [
          Entry(1, 0, 1, put("1")), Entry(2, 2, 3, .get, read(nil)),
        ]
      ),
      ("c2 read x = 7, which nobody had written", [Entry(1, 0, 1, put("1")), Entry(2, 2, 3, .get, read("7"))]),
      (
        "c2 read x = 7, though c1's put x = 7 had failed",
        [
          Entry(1, 0, 1, put("7"), .fail), Entry(2, 2, 3, .get, read("7")),
        ]
      ),
      (
        "c2 read x = 7, before c1's put x = 7 was called, which was the first to write it",
        [
          Entry(2, 0, 1, .get, read("7")), Entry(1, 2, 3, put("7")),
        ]
      ),
      (
        "c1's cas x 1 to 2 failed and saw 2, which nothing but this cas itself can have written",
        [
          Entry(1, 0, 1, put("1")), Entry(1, 2, 3, cas("1", "2"), saw("2")),
        ]
      ),
      (
        "c1's cas x 1 to 2 failed and saw 1, which is just what it expected",
        [
          Entry(1, 0, 1, put("1")), Entry(1, 2, 3, cas("1", "2"), saw("1")),
        ]
      ),
      (
        "c2's cas x 1 to 3 succeeded although c1's cas x 1 to 2 had succeeded, from the same value",
        [
          Entry(0, 0, 1, put("1")), Entry(1, 2, 4, cas("1", "2"), .ok(.swapped)),
          Entry(2, 3, 5, cas("1", "3"), .ok(.swapped)),
        ]
      ),
      (
        "c2's cas x 1 to 3 failed after c1's put x = 1 had returned",
        [
          Entry(1, 0, 1, put("1")), Entry(2, 2, 3, cas("1", "3"), .ok(.unseenMismatch)),
        ]
      ),
      (
        "c3 read x = b after c1's append x a had returned",
        [
          Entry(1, 0, 1, append("a")), Entry(2, 2, 3, append("b")), Entry(3, 4, 5, .get, read("b")),
        ]
      ),
      (
        "c2 read x = aa, which no order of these operations leaves",
        [
          Entry(1, 0, 1, append("a")), Entry(2, 2, 3, .get, read("aa")),
        ]
      ),
      (
        "c2 read x = ab, whose beginning a only c1's put x = a writes, which had failed",
        [
          Entry(1, 0, 1, put("a"), .fail), Entry(3, 2, 3, append("b")), Entry(2, 4, 5, .get, read("ab")),
        ]
      ),
      (
        "c3 read x = ac although c2 had read x = ab: a value that was there once was replaced or extended twice",
        [
          Entry(1, 0, 1, put("a")), Entry(4, 2, 20, append("b")), Entry(5, 3, 21, append("c")),
          Entry(2, 4, 6, .get, read("ab")), Entry(3, 5, 7, .get, read("ac")),
        ]
      ),
    ] as [(String, [Entry])])
  func sentences(_ sentence: String, _ entries: [Entry]) throws {
    #expect(try account(entries).sentence == sentence)
  }

  @Test("Of two cas that followed each other it is not said that they were open at the same time")
  func followed() throws {
    let account = try account([
      Entry(1, 0, 1, Self.cas(nil, "1"), .ok(.swapped)), Entry(2, 2, 3, Self.cas(nil, "2"), .ok(.swapped)),
    ])
    #expect(!account.steps.contains { $0.contains("open at the same time") }, "\(account.steps)")
  }

  @Test("A write of unknown result that had to take effect early does not help later, and that is said")
  func usedUp() throws {
    let account = try account([
      Entry(1, 0, 1, Self.put("1"), .info), Entry(2, 2, 3, .get, Self.read("1")), Entry(3, 4, 5, Self.put("2")),
      Entry(2, 6, 7, .get, Self.read("1")),
    ])
    #expect(account.sentence == "c2 read x = 1 after c3's put x = 2 had returned")
    #expect(account.remarks.isEmpty)
    #expect(
      account.steps == [
        "c2 read x = 1: x is then 1.",
        "c3's put x = 2 returned; it was called after c2 had read x = 1: x is then 2.",
        "c2's get x was called after c3's put x = 2 had returned; as long as it was open x could only be 2. "
          + "But it read 1, which was not possible any more after c3's put x = 2 returned.",
        "Only c1's put x = 1 writes 1; for c2's get x to find that, it had taken effect by then, and a write takes effect "
          + "once.",
      ])
  }

  @Test(
    "Where the value was there while the operation was open, both ways are told in which it and its rival can follow")
  func twoWays() throws {
    let account = try account([
      Entry(1, 0, 1, Self.put("a")), Entry(4, 2, 20, Self.append("b")), Entry(5, 3, 21, Self.append("c")),
      Entry(2, 4, 6, .get, Self.read("ab")), Entry(3, 5, 7, .get, Self.read("ac")),
    ])
    #expect(
      account.steps.suffix(2) == [
        "c3's get x and c2's get x were open at the same time. If c3's get x takes effect first, x can then, by what is "
          + "drawn here, as long as c2's get x is open, only be ac, or one that none of these saw. But c2 read ab.",
        "If c2's get x takes effect first, x can then, by what is drawn here, as long as c3's get x is open, only be ab, or "
          + "one that none of these saw. But c3 read ac.",
      ])
  }

  @Test("What was never written is told of the whole history, though most of it was left out")
  func unmade() throws {
    let before = [Entry(1, 0, 1, Self.put("1")), Entry(2, 2, 3, .get, Self.read("1"))]
    let phantom = try account(before + [Entry(2, 4, 5, .get, Self.read("7"))])
    #expect(phantom.steps == ["c2 read x = 7. No operation called by then writes 7."])
    let failed = try account(
      before + [Entry(1, 4, 5, Self.cas("3", "7"), Self.saw("1")), Entry(2, 6, 7, .get, Self.read("7"))])
    #expect(failed.sentence == "c2 read x = 7, though c1's cas x 3 to 7 had failed")
    #expect(
      failed.steps == [
        "c2 read x = 7. No operation that took effect writes 7: only c1's cas x 3 to 7 would, and it had failed."
      ])
  }

  @Test("A value that a write which was left out may have hidden is not said to be the only one")
  func leftOut() throws {
    let account = try account([
      Entry(1, 0, 1, Self.put("1")), Entry(9, 2, 20, Self.put("9")), Entry(1, 3, 4, Self.put("2")),
      Entry(3, 5, 6, .get, Self.read("1")),
    ])
    #expect(account.steps.last?.contains("as long as it was open x could, by these operations, only be 2.") == true)
    #expect(
      account.remarks == [
        "Another operation that did not fail and may change x had been called before c3's get x returned, and cannot help: "
          + "whenever it took effect, as far as its call and return allow, these operations have no order."
      ])
    #expect(account.valuesDuringCulprit == nil)
  }

  @Test("Of an operation whose return is of no account it is said that it returned")
  func forgotten() throws {
    let account = try account([
      Entry(4, 0, 3, Self.append("a")), Entry(1, 1, 2, Self.put("1")), Entry(1, 4, 5, Self.put("2")),
      Entry(3, 6, 7, .get, Self.read("1a")),
    ])
    #expect(
      account.remarks == [
        "c4's append x a returned, as `)` shows; but what is said above holds even if it took effect at any time "
          + "after its call, or never."
      ])
  }

  @Test("Where many values are possible, those that none of the operations saw are one")
  func unseen() throws {
    let appends = (0..<5).map { Entry($0 + 10, $0, $0 + 20, Self.append("\($0)"), .info) }
    let account = try account(
      appends + [Entry(1, 6, 7, Self.put("a")), Entry(1, 8, 9, .get, Self.read("01"))])
    #expect(
      account.steps.last?.contains(
        "x could, by these operations, only be a, or one that none of these saw. But it read 01") == true)
  }
}
