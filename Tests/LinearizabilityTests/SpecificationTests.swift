import Benchmarks
import Histories
import Testing

@testable import Linearizability

@Suite("What operations mean")
struct SpecificationTests {
  private let specification = SequentialSpecification(initial: nil)
  /// Absent, empty, and what random histories write.
  private let values: [[UInt8]?] = [nil] + ["", "a", "b", "c", "ab", "1", "2", "3"].map { Array($0.utf8) }

  @Test("The meaning of an operation agrees with its step, on every value")
  func meanings() {
    var random = RandomHistories(seed: 8)
    var effects: [Effect] = []
    for _ in 0..<2_000 {
      for part in Subhistory.parts(of: random.next()) {
        for operation in part.operations where operation.kind != .fail {
          guard let meaning = specification.meaning(of: operation) else {
            #expect(values.allSatisfy { step(part, operation, $0) == .next($0) })
            continue
          }
          if !effects.contains(meaning.effect) { effects.append(meaning.effect) }
          #expect(values.allSatisfy { fits(meaning, part, operation, $0) })
        }
      }
    }
    #expect(effects.count == 5)
  }

  @Test("A replay by numbers of values and one by the values themselves believe the same orders")
  func replays() {
    var random = RandomHistories(seed: 9)
    var confirmed = 0
    for _ in 0..<3_000 {
      for part in Subhistory.parts(of: random.next()) {
        let replay = Replay(part: part, specification: specification)
        let happened = part.operations.indices.filter { part.operations[$0].kind != .fail }
        for order in [happened, happened.sorted { end(part, $0) < end(part, $1) }] {
          let operations = order.map { part.operations[$0] }
          let values = values(along: operations, replay)
          #expect(replay.confirms(order.map { Int32($0) }) == (values != nil))
          #expect(replay.value(after: operations) == values.map { $0.last ?? nil })
          guard let values else { continue }
          confirmed += 1
          for id in Set(part.operations.flatMap { [$0.argument, $0.replacement, $0.seen] }) {
            let last = values.lastIndex(of: part.history.values[id])
            #expect(replay.lastPlace(of: id, along: operations) == last)
          }
        }
      }
    }
    #expect(confirmed > 1_000 && confirmed < 5_000)
  }

  /// The value after each operation; `nil` if the order is not possible.
  private func values(along order: [Operation], _ replay: Replay) -> [[UInt8]?]? {
    var values: [[UInt8]?] = []
    var latestCall = -1
    for operation in order {
      if !operation.isUnknown, let end = operation.end, end < latestCall { return nil }
      latestCall = max(latestCall, operation.call)
      guard case .next(let next) = replay.step(from: values.last ?? nil, by: operation) else { return nil }
      values.append(next)
    }
    return values
  }

  @Test("An operation that failed means nothing")
  func failed() {
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    recorder.invoke(process: 0, at: 0, key: [], .put([1]))
    recorder.complete(process: 0, at: 1, .fail)
    let operations = recorder.finish().operations()
    #expect(operations.count == 1)
    #expect(operations.allSatisfy { specification.meaning(of: $0) == nil })
  }

  private func end(_ part: Subhistory, _ offset: Int) -> Int { part.operations[offset].end ?? .max }

  private func step(_ part: Subhistory, _ operation: Operation, _ value: [UInt8]?) -> SequentialSpecification.Step {
    Replay(part: part, specification: specification).step(from: value, by: operation)
  }

  /// Whether `meaning` says of `value` what the step does.
  private func fits(_ meaning: Meaning, _ part: Subhistory, _ operation: Operation, _ value: [UInt8]?) -> Bool {
    let step = step(part, operation, value)
    let operand = part.history.values[meaning.operand]
    let result = part.history.values[meaning.result]
    if meaning.contradictsItself { return step == .refused }
    return switch meaning.effect {
    case .require: step == (value == operand ? .next(value) : .refused)
    case .forbid: step == (value != operand ? .next(value) : .refused)
    case .set: step == .next(result)
    case .append: step == .next((value ?? []) + (operand ?? []))
    // With an unknown result it may also have found something else, and then has no effect.
    case .swap: step == (value == operand ? .next(result) : operation.isUnknown ? .next(value) : .refused)
    }
  }
}
