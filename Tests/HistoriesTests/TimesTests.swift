import Histories
import Testing

@Suite("Times of events, and reads of nothing")
struct TimesTests {
  private func history(_ lines: [String]) throws -> History {
    try History(reading: Array(lines.joined(separator: "\n").utf8), format: .native)
  }

  private func event(_ process: Int, _ type: String, _ time: Int, _ function: String = "get", _ value: String? = nil)
    -> String
  {
    let value = value.map { ",\"value\":\"\($0)\"" } ?? (type == "ok" && function == "get" ? ",\"value\":null" : "")
    return "{\"time\":\(time),\"process\":\(process),\"type\":\"\(type)\",\"f\":\"\(function)\",\"key\":\"x\"\(value)}"
  }

  @Test("Logs of two clients, one behind the other, go back by whole operations")
  func oneBehindTheOther() throws {
    let history = try history([
      event(1, "invoke", 10, "put", "a"), event(1, "ok", 20, "put"), event(1, "invoke", 30), event(1, "ok", 40),
      event(2, "invoke", 5), event(2, "ok", 15), event(2, "invoke", 35), event(2, "ok", 45),
    ])
    let found = try #require(history.backwardTimes)
    #expect((found.count, found.later, found.earlier) == (1, 4, 2))
    let ordered = try history.inOrderOfTimes()
    #expect(ordered.events.map(\.time) == [5, 10, 15, 20, 30, 35, 40, 45])
    #expect(ordered.events.map(\.line) == [5, 1, 6, 2, 3, 7, 4, 8])
    #expect(ordered.backwardTimes == nil)
  }

  @Test("Times that run back within an operation are no warning, and neither are events without times")
  func withinOne() throws {
    let jitter = [event(1, "invoke", 10), event(1, "ok", 30), event(2, "invoke", 25), event(2, "ok", 40)]
    #expect(try history(jitter).backwardTimes == nil)
    let none = [event(1, "invoke", 10), event(1, "ok", 30), event(2, "invoke", 0), event(2, "ok", 0)]
    #expect(try history(none).backwardTimes == nil)
    #expect(throws: UnorderedTimes.none) { try history([event(1, "invoke", 0), event(1, "ok", 0)]).inOrderOfTimes() }
  }

  @Test("At one time calls come before returns, and one client's events stay as they were")
  func equalTimes() throws {
    let history = try history([
      event(1, "invoke", 5), event(1, "ok", 5), event(1, "invoke", 5), event(1, "ok", 9), event(2, "invoke", 5),
      event(2, "ok", 7),
    ])
    #expect(try history.inOrderOfTimes().events.map(\.line) == [1, 5, 2, 3, 6, 4])
  }

  @Test("The times of one client that go back cannot be put in order")
  func oneClient() throws {
    let history = try history([event(1, "invoke", 5), event(1, "ok", 9), event(1, "invoke", 7), event(1, "ok", 8)])
    #expect(throws: UnorderedTimes.ofOneClient(from: 1, to: 2)) { try history.inOrderOfTimes() }
  }

  @Test("The places of a given order move with their events")
  func givenOrder() throws {
    let placed = event(1, "ok", 20).dropLast() + ",\"order\":7}"
    let history = try history([event(1, "invoke", 10), String(placed), event(2, "invoke", 1), event(2, "ok", 2)])
    let ordered = try history.inOrderOfTimes()
    #expect(ordered.operations().map { ordered.givenPlace(of: $0) } == [nil, 7])
  }

  @Test("A read of nothing becomes unknown, and one of a value stays")
  func nothing() throws {
    let history = try history([
      event(1, "invoke", 1), event(1, "ok", 2), event(1, "invoke", 3), event(1, "ok", 4, "get", "a"),
    ]).takingNothingAsUnknown()
    #expect(history.operations().map(\.isUnknown) == [true, false])
  }
}
