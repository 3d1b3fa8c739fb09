import Histories
import Testing

@testable import Linearizability

@Suite("The numbers of a key's values")
struct ValueNumbersTests {
  /// Two keys whose values are written in turn, each key's own: every call of the first mentions two new ones.
  private var parts: [Subhistory] {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    for number in 0..<200 {
      recorder.invoke(
        process: 0, at: 0, key: bytes("few"),
        .compareAndSet(expected: bytes("old \(number)"), new: bytes("new \(number)")))
      recorder.complete(process: 0, at: 0, .ok(.swapped))
      for other in 0..<10 {
        recorder.invoke(process: 0, at: 0, key: bytes("many"), .put(bytes("\(number) \(other)")))
        recorder.complete(process: 0, at: 0, .ok(.done))
      }
    }
    return Array(Subhistory.parts(of: recorder.finish()))
  }

  @Test("A key with few of all values numbers its own in the order of their mention, however many they become")
  func translated() throws {
    let part = try #require(parts.first)
    var numbers = ValueNumbers(part, hasParts: false)
    #expect(numbers.count == 1)
    for round in 0..<2 {
      #expect(numbers.number(of: .absent) == 0)
      for (place, operation) in part.operations.enumerated() {
        #expect(numbers.number(of: operation.argument) == StateID(2 * place + 1))
        #expect(numbers.number(of: operation.replacement) == StateID(2 * place + 2))
        #expect(numbers[StateID(2 * place + 1)] == part.history.values[operation.argument])
        if round == 0 { #expect(numbers.count == 2 * place + 3) }
      }
    }
    #expect(numbers[0] == nil)
    #expect(numbers.count == 401)
  }

  @Test("A key with most of all values leaves each its own number")
  func direct() throws {
    let part = try #require(parts.last)
    var numbers = ValueNumbers(part, hasParts: false)
    #expect(numbers.count == part.history.values.count)
    for operation in part.operations {
      #expect(numbers.number(of: operation.argument) == StateID(operation.argument.rawValue))
    }
  }
}
