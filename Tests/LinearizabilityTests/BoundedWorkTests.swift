import Histories
import Testing

@testable import Linearizability

@Suite("Limits cut every part of the work")
struct BoundedWorkTests {
  /// One key to which so many strings are appended, and what is read in the end.
  private func appends(_ count: Int) -> Subhistory {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    var value: [UInt8] = []
    for number in 0..<count {
      let suffix = Array("<\(number)>".utf8)
      recorder.invoke(process: 0, at: 0, key: [120], .append(suffix))
      recorder.complete(process: 0, at: 0, .ok(.done))
      value += suffix
    }
    recorder.invoke(process: 0, at: 0, key: [120], .get)
    recorder.complete(process: 0, at: 0, .ok(.value(value)))
    return Subhistory.parts(of: recorder.finish())[0]
  }

  private let specification = SequentialSpecification(initial: nil)

  @Test("A string that grew in many steps is traced back only as far as there is memory for all its beginnings")
  func strings() {
    let part = appends(3_000)
    #expect(part.decideByZones(specification).answer == true)
    guard case .unknown(.bytes(4_000_000)) = part.decideByZones(specification, within: Budget(bytes: 4_000_000)) else {
      return #expect(Bool(false), "it is decided without memory")
    }
  }

  @Test("The zones ask whether to stop, and say so")
  func zones() {
    let part = appends(3_000)
    nonisolated(unsafe) var asked = 0
    _ = part.decideByZones(specification) {
      asked += 1
      return false
    }
    #expect(asked > 20)
    for patience in [0, 1, asked / 2, asked - 1] {
      var left = patience
      let decision = part.decideByZones(specification) {
        left -= 1
        return left < 0
      }
      guard case .unknown(.stopped) = decision else { return #expect(Bool(false), "\(decision)") }
      #expect(left == -1)
    }
  }

  @Test("Every engine hears that it is to stop before it has prepared anything", arguments: Algorithm.allCases)
  func engines(_ algorithm: Algorithm) {
    let found = appends(10).decide(specification, by: algorithm, shouldStop: { true })
    guard case .unknown(.stopped) = found.decision else { return #expect(Bool(false)) }
    #expect(found.expansions == 0)
  }

  @Test("The parts of a history are its operations, key by key")
  func parts() throws {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    for number in 0..<900 {
      let key = [UInt8(number * number % 7)]
      recorder.invoke(process: number % 3, at: 0, key: key, number % 2 == 0 ? .get : .put([UInt8(number % 5)]))
      if number % 10 == 9 {
        recorder.complete(process: number % 3, at: 0, .info)
      } else {
        recorder.complete(process: number % 3, at: 0, .ok(number % 2 == 0 ? .value(nil) : .done))
      }
    }
    let history = recorder.finish()
    let parts = try #require(Subhistories(of: history, shouldStop: { false }))
    var keys: [ValueID] = []
    for operation in history.operations() where !keys.contains(operation.key) { keys.append(operation.key) }
    #expect(parts.map(\.key) == keys && keys.count > 2)
    for (place, part) in parts.enumerated() {
      #expect(part.operations == history.operations().filter { $0.key == part.key })
      #expect(parts.range(of: place).count == part.operations.count)
      #expect(parts.place(of: history.values[part.key]) == place)
    }
  }

  @Test("The parts of a long history are not told apart once somebody says stop")
  func partsStopped() {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    for number in 0..<100_000 {
      recorder.invoke(process: 0, at: 0, key: [UInt8(number % 200)], .get)
      recorder.complete(process: 0, at: 0, .ok(.value(nil)))
    }
    let history = recorder.finish()
    var asked = 0
    #expect(
      Subhistories(
        of: history,
        shouldStop: {
          asked += 1; return false
        })?.count == 200)
    #expect(asked > 2)
    for patience in 0..<asked {
      var left = patience
      #expect(
        Subhistories(
          of: history,
          shouldStop: {
            left -= 1; return left < 0
          }) == nil)
    }
  }
}
