import Determinism
import Testing

@testable import Linearizability

@Suite("Byte strings, long ones as well")
struct ByteStringTests {
  @Test("They are compared and searched as the standard library does it")
  func random() {
    var draws = Dice(seed: 1).sequence(Purpose(rawValue: 2))
    func string(_ length: Int) -> [UInt8] {
      (0..<draws.next().below(length)).map { _ in draws.pick([97, 97, 97, 98, 255]) }
    }
    for _ in 0..<4_000 {
      let (one, part) = (string(40), string(6))
      // Long beginnings in common are what words are compared for.
      let other = draws.next().below(2) == 0 ? string(40) : Array(one.prefix(draws.next().below(40))) + string(6)
      #expect(one.precedes(other) == one.lexicographicallyPrecedes(other))
      #expect(one.begins(with: other) == one.starts(with: other))
      #expect(one.holds(part) == (part.isEmpty || one.firstRange(of: part) != nil))
      #expect(one.commonBeginning(with: other) == zip(one, other).prefix { $0 == $1 }.count)
    }
  }

  @Test("A string that nearly holds another one at each place is searched in one go")
  func periodic() {
    let string = [UInt8](repeating: 97, count: 400_000)
    let part = [UInt8](repeating: 97, count: 200_000)
    #expect(string.holds(part) && !string.holds(part + [98]) && !(part + [98]).holds(string))
  }
}
