import Foundation
import Testing

@testable import Determinism

@Suite("Tables, names and their coding")
struct ValuesTests {
  @Test("How often a digest has come, also for digests that lie close together")
  func digestCounts() {
    var draws = Dice(seed: 2).sequence(Purpose(rawValue: 1))
    var counts = DigestCounts()
    var model: [UInt64: UInt64] = [:]
    for _ in 0..<5_000 {
      let digest = UInt64(draws.next().below(900)) << UInt64(draws.next().below(3) * 30)
      #expect(counts.add(digest) == model[digest, default: 0])
      model[digest, default: 0] += 1
    }
  }

  @Test("A partition search finds the first element that fulfils the condition, in slices as well")
  func partitionSearch() {
    for count in 0..<20 {
      let numbers = (0..<count).map { $0 / 3 }
      for limit in -1...7 {
        let first = numbers.firstIndex { $0 >= limit } ?? numbers.endIndex
        #expect(numbers.partitioningIndex { $0 >= limit } == first)
        let slice = numbers.dropFirst(2)
        #expect(slice.partitioningIndex { $0 >= limit } == slice.firstIndex { $0 >= limit } ?? slice.endIndex)
      }
    }
  }

  @Test("A sorted table agrees with a plain dictionary and keeps its keys in order")
  func sortedTable() {
    var draws = Dice(seed: 1).sequence(Purpose(rawValue: 1))
    var table = SortedTable<Int, Int>()
    var lookup = LookupTable<Int, Int>()
    var model: [Int: Int] = [:]
    for step in 0..<3_000 {
      let key = draws.next().below(60)
      let value = draws.next().below(3) == 0 ? nil : step
      table[key] = value
      lookup[key] = value
      model[key] = value
      let probe = draws.next().below(60)
      #expect(table[probe] == model[probe] && lookup[probe] == model[probe])
      #expect(table.lowerBound(of: probe) == model.keys.count { $0 < probe })
      #expect(table.count == model.count && lookup.count == model.count)
    }
    #expect(table.keys == model.keys.sorted())
    #expect(table.values == model.keys.sorted().compactMap { model[$0] })
    var other = table
    #expect(other == table)
    other.removeAll()
    #expect(other.isEmpty && other != table)
  }

  @Test("Names, chances and durations are coded as people write them, and decode to what they were")
  func roundTrips() throws {
    func round<Value: Codable & Equatable>(_ value: Value, as text: String) throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .withoutEscapingSlashes
      #expect(String(decoding: try encoder.encode([value]), as: UTF8.self) == "[\(text)]")
      #expect(try JSONDecoder().decode([Value].self, from: Data("[\(text)]".utf8)) == [value])
    }
    try round(NodeID(1), as: "\"n1\"")
    try round(NodeID(255), as: "\"n255\"")
    try round(Ratio(1, 20), as: "\"1/20\"")
    try round(Ratio.zero, as: "\"0/1\"")
    try round(Duration.zero, as: "\"0s\"")
    try round(Duration.milliseconds(1_500), as: "\"1500ms\"")
    try round(Duration.seconds(-3), as: "\"-3s\"")
    try round(Duration.nanoseconds(.min), as: "\"\(Int64.min)ns\"")
  }

  @Test(
    "A bad duration is refused",
    arguments: ["", "5", "ms", "5 ms", "5m", "1.5s", "--1s", "s5", "9223372036854775808ns", "9223372037s"])
  func badDurations(text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Duration].self, from: Data("[\"\(text)\"]".utf8)) }
  }

  @Test("A bad node's name is refused", arguments: ["", "n", "n0", "n256", "n-1", "1", "m1", "n1.5", "n 1"])
  func badNodes(name: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([NodeID].self, from: Data("[\"\(name)\"]".utf8)) }
  }

  @Test("A bad chance is refused", arguments: ["", "1", "1/0", "2/1", "-1/2", "1/2/3", "/", "1/", "1/4294967296"])
  func badRatios(text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Ratio].self, from: Data("[\"\(text)\"]".utf8)) }
  }

  @Test("A duration that is no text is refused", arguments: ["1.5", "\"1\"", "null", "9223372036854775808"])
  func untextualDurations(text: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([Duration].self, from: Data("[\(text)]".utf8)) }
  }

  @Test("Nodes are numbered from 1 in order")
  func nodes() {
    #expect(NodeID.first(3) == [NodeID(1), NodeID(2), NodeID(3)])
    #expect(NodeID.first(255).map(\.offset) == Array(0..<255))
    #expect(NodeID(2) < NodeID(10))
  }

  @Test("Durations and instants add up, and print as seconds")
  func time() {
    let start = LocalInstant(nanoseconds: 5)
    #expect((start + .microseconds(2)) - start == .nanoseconds(2_000))
    #expect(Duration.milliseconds(1_500) * 2 / 3 == .seconds(1))
    #expect("\(Duration.milliseconds(150))" == "0.150 s")
    #expect("\(Duration.milliseconds(-61_007))" == "-61.007 s")
    #expect("\(Duration.nanoseconds(.min))" == "-9223372036.854 s")
  }
}
