import Reporting
import Testing
import Traces

@Suite("Operations as bars")
struct BarsTests {
  private typealias Bar = Bars.Bar

  private static let staleRead = [
    Bar(lane: "c1", text: "put x = 1", call: 0, end: 10), Bar(lane: "c1", text: "put x = 2", call: 20, end: 30),
    Bar(
      lane: "c2", text: "get x -> 1", call: 40, end: 50, remark: "must be 2: c1's put x = 2 had returned",
      isMarked: true),
  ]

  @Test("Bars hold their texts, and the remark stands below its bar")
  func lanes() {
    #expect(
      Bars(Self.staleRead).text == """
        c1  |- put x = 1 -| |- put x = 2 -|
        c2                                  |- get x -> 1 -|
                                            must be 2: c1's put x = 2 had returned
        """)
  }

  private static let ribbon = Ribbon(
    lane: "x",
    fields: [(0, "nothing or 1"), (10, "1"), (20, "1 or 2"), (30, "2"), (40, "2"), (50, "none")].map {
      Ribbon.Field(start: $0, text: $1)
    })

  @Test("A ribbon shows below the bars what was possible after each event")
  func ribbon() {
    #expect(
      Bars(Self.staleRead, above: Self.ribbon).text == """
        c1  |- put x = 1 -| |- put x = 2 -|
        c2                                  |- get x -> 1 -|
                                            must be 2: c1's put x = 2 had returned
        x   |nothing or 1 |1|1 or 2       |2               |none|
        """)
  }

  @Test("Bars stretch where a field of the ribbon needs more room")
  func longFields() {
    let bars = [Bar(lane: "c1", text: "get", call: 0, end: 1), Bar(lane: "c1", text: "get", call: 2, end: 3)]
    let ribbon = Ribbon(
      lane: "x", fields: [.init(start: 0, text: "a"), .init(start: 1, text: "one of many"), .init(start: 2, text: "b")])
    #expect(
      Bars(bars, above: ribbon).text == """
        c1  |- get -|           |- get -|
        x   |a      |one of many|b      |
        """)
  }

  @Test("Where no field has room for its text, characters stand for the texts")
  func signs() {
    #expect(
      Bars(Self.staleRead, above: Self.ribbon, width: 48).text == """
        c1  put x = 1   |--|
        c1  put x = 2         |--|
        c2  get x -> 1              |--|
                  must be 2: c1's put x = 2 had returned
        x               aaabbbcccdddddde
            a nothing or 1   b 1   c 1 or 2   d 2
            e none
        """)
  }

  @Test("Where the texts do not fit, each bar has a line of its own, and the remark moves to the left")
  func rows() {
    #expect(
      Bars(Self.staleRead, width: 48).text == """
        c1  put x = 1   |--|
        c1  put x = 2         |--|
        c2  get x -> 1              |--|
                  must be 2: c1's put x = 2 had returned
        """)
  }

  @Test("An unknown result is open to the right edge, and its client's next call has a line of its own")
  func unknown() {
    let bars = [
      Bar(lane: "c1", text: "put x = 1", call: 0, end: nil), Bar(lane: "c2", text: "get x -> 1", call: 1, end: 2),
      Bar(lane: "c1", text: "put x = 2", call: 3, end: 4),
    ]
    #expect(
      Bars(bars).text == """
        c1  |- put x = 1 ---------------------->
        c1                     |- put x = 2 -|
        c2    |- get x -> 1 -|
        """)
  }

  @Test("One whose return is of no account ends in a parenthesis where it returned")
  func forgotten() {
    let bars = [
      Bar(lane: "c1", text: "put x = 1", call: 0, end: 1, isForgotten: true),
      Bar(lane: "c1", text: "get x -> 2", call: 2, end: 3),
    ]
    #expect(Bars(bars).text == "c1  |- put x = 1 -) |- get x -> 2 -|")
  }

  @Test("At the same time a call comes first: the two overlap")
  func ties() {
    let bars = [Bar(lane: "c1", text: "a", call: 0, end: 5), Bar(lane: "c2", text: "b", call: 5, end: 9)]
    #expect(
      Bars(bars).text == """
        c1  |- a -|
        c2    |- b -|
        """)
  }

  @Test("What returned before another was called ends left of it, however many there are")
  func order() {
    let bars = (0..<30).map { place in
      Bar(lane: "c\(place % 7)", text: "put x = \(place)", call: place * 5, end: place % 4 == 0 ? nil : place * 5 + 13)
    }
    let lines = Bars(bars).text.split(separator: "\n").map(Array.init)
    #expect(lines.count == bars.count)
    #expect(lines.allSatisfy { $0.count <= 80 })
    let starts = lines.map { $0.firstIndex(of: "|") ?? 0 }
    let ends = lines.map { $0.lastIndex { $0 == "|" || $0 == ">" } ?? 0 }
    for (one, bar) in bars.enumerated() {
      for (other, later) in bars.enumerated() where one != other {
        #expect((bar.end.map { $0 < later.call } ?? false) == (ends[one] < starts[other]))
      }
    }
  }

  @Test("Only the marked bar catches the eye")
  func marks() {
    let marked = Bars(Self.staleRead).lines.flatMap(\.self).filter { $0.role == .markedBar }
    #expect(marked.map(\.text) == ["|- get x -> 1 -|"])
  }

  @Test("Where texts and bars do not fit side by side, each text stands above its bar")
  func above() {
    #expect(
      Bars(Self.staleRead, width: 24).text == """
        c1  put x = 1
            |--|
        c1  put x = 2
                  |--|
        c2  get x -> 1
                        |--|
            must be 2: c1's put
            x = 2 had returned
        """)
  }

  @Test("Where the bars do not fit, each operation has the places of its call and its return")
  func places() {
    let bars = (0..<12).map { number in
      Bar(lane: "c1", text: "put x = \(number)", call: 2 * number, end: number == 11 ? nil : 2 * number + 1)
    }
    let lines = Bars(bars, width: 24).text.split(separator: "\n")
    #expect(lines[0...1] == ["c1  put x = 0", "    1-2"])
    #expect(lines.suffix(2) == ["c1  put x = 11", "    23-"])
  }

  @Test("No line is over", arguments: Widths.all)
  func widths(_ columns: Int) {
    let bars = (0..<20).map { number in
      Bar(
        lane: "c\(number % 5)", text: "put x = \(number) and more of it", call: 3 * number, end: 3 * number + 7,
        remark: number == 9 ? "must be another value: c1's put had returned before this was called" : nil)
    }
    Widths.check(Bars(bars, width: columns).lines.map { StoryLine($0.map(\.text).joined()) }, columns)
  }
}
