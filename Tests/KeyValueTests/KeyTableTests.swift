import Determinism
import Testing

@testable import KeyValue

@Suite("The keys of a store in runs")
struct KeyTableTests {
  private func key(_ number: Int) -> KeyBytes { KeyBytes(bytes: [UInt8(number >> 8), UInt8(number & 0xFF)]) }

  @Test("It holds what one sorted table would, in that order, through splits and down to nothing")
  func model() {
    var draws = RandomCommands(seed: 5)
    var (table, model) = (KeyTable(), SortedTable<KeyBytes, [UInt8]>())
    // It grows to some runs, and shrinks again.
    for (step, bound) in [(0, 8), (1, 2)].flatMap({ phase in (0..<20_000).map { _ in phase } }) {
      let key = key(draws.below(4_000))
      let value: [UInt8]? = draws.below(bound) == 0 ? nil : [UInt8(draws.below(256))]
      if step == 0 || value == nil { (table[key], model[key]) = (value, value) }
      #expect(table[key] == model[key] && table.count == model.count)
    }
    #expect(table.count < KeyTable.maxRun)
    for number in 0..<4_000 where model.count > 0 || number == 0 {
      (table[key(number)], model[key(number)]) = (nil, nil)
    }
    #expect(table.count == 0 && Array(table.elements).isEmpty && table == KeyTable())
  }

  @Test("A walk by places and one by elements are the same; equal tables are equal, however they are cut into runs")
  func walks() {
    let numbers = Array(0..<3 * KeyTable.maxRun)
    var (up, down) = (KeyTable(), KeyTable())
    for number in numbers { up[key(number)] = [1] }
    for number in numbers.reversed() { down[key(number)] = [1] }
    #expect(up == down && up.elements.map(\.0) == numbers.map(key))
    var (place, walked) = (KeyTable.Place(), [KeyBytes]())
    while let (key, _) = up.next(after: &place) { walked.append(key) }
    #expect(walked == numbers.map(key))
    down[key(7)] = [2]
    #expect(up != down)
  }
}
