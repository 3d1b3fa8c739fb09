import Determinism
import Histories

/// Small random histories of one key, whose answers are often, but not always, what they should be.
///
/// In every other history the values repeat, in the rest each write has a value of its own.
package struct RandomHistories: Sendable {
  private static let purpose = Purpose(rawValue: 0x4849_5354)
  private var draws: DiceSequence
  private let functions: [Function]
  private let operationLimit: Int
  private var hasUniqueValues = false
  /// How many values were handed out in a history of unique ones.
  private var valueCount = 0

  /// - Parameters:
  ///   - functions: each as likely as it is often among these.
  ///   - operationLimit: the most operations in one history.
  package init(
    seed: UInt64, functions: [Function] = [.get, .get, .put, .append, .delete, .compareAndSet, .compareAndSet],
    operationLimit: Int = 8
  ) {
    draws = Dice(seed: seed).sequence(Self.purpose)
    self.functions = functions
    self.operationLimit = operationLimit
  }

  /// The next history: within each operation a cell is really read or written, and then some answers are spoiled.
  package mutating func next() -> History {
    hasUniqueValues = below(2) == 0
    valueCount = 0
    var recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue))
    var left = 1 + below(operationLimit)
    var cell: [UInt8]?
    var clients = (0..<2 + below(4)).map { Client(process: $0) }
    let spoils = below(4) > 0
    let unknownChance = [3, 10, 30][below(3)]
    while left > 0 || clients.contains(where: { $0.action != nil }) {
      let place = below(clients.count)
      guard let action = clients[place].action else {
        guard left > 0 else { continue }
        left -= 1
        let action = randomAction(cell)
        clients[place].action = action
        recorder.invoke(process: clients[place].process, at: 0, key: [], action)
        continue
      }
      if clients[place].answer == nil, below(8) > 0 {
        clients[place].answer = take(action, &cell)
        continue
      }
      let outcome = outcome(of: action, clients[place].answer, spoils, unknownChance)
      recorder.complete(process: clients[place].process, at: 0, outcome)
      // Whoever does not know how a call ended goes on under a new name.
      clients[place] = Client(process: clients[place].process + (outcome == .info ? clients.count : 0))
      if below(30) == 0 { break }
    }
    return recorder.finish()
  }

  /// Who calls, and what is open.
  private struct Client {
    let process: Int
    var action: Action?
    var answer: Answer?
  }

  private mutating func below(_ bound: Int) -> Int { draws.next().below(bound) }

  /// A value to be written.
  private mutating func value() -> [UInt8] {
    guard hasUniqueValues else { return Array(["a", "b", "c", ""][below(4)].utf8) }
    valueCount += 1
    return [UInt8(ascii: "0") + UInt8(valueCount % 64)]
  }

  /// A value that somebody may have seen: written, about to be, or absent.
  private mutating func seenValue() -> [UInt8]? {
    if below(4) == 0 { return nil }
    guard hasUniqueValues else { return value() }
    return [UInt8(ascii: "0") + UInt8((1 + below(valueCount + 1)) % 64)]
  }

  private mutating func randomAction(_ cell: [UInt8]?) -> Action {
    switch draws.pick(functions) {
    case .get, .object: .get
    case .put: .put(value())
    case .append: .append(value())
    case .delete: .delete
    case .compareAndSet:
      .compareAndSet(expected: below(2) == 0 ? cell : seenValue(), new: below(8) == 0 ? seenValue() : value())
    }
  }

  /// Takes effect on the cell. Written down once more here, so that the judge's own word is not its witness.
  private func take(_ action: Action, _ cell: inout [UInt8]?) -> Answer {
    switch action {
    case .get: return .value(cell)
    case .put(let value): cell = value
    case .append(let value): cell = (cell ?? []) + value
    case .delete: cell = nil
    case .compareAndSet(let expected, let new):
      guard cell == expected else { return .mismatch(seen: cell) }
      cell = new
      return .swapped
    }
    return .done
  }

  private mutating func outcome(
    of action: Action, _ answer: Answer?, _ spoils: Bool, _ unknownChance: Int
  ) -> Outcome {
    if below(unknownChance) == 0 { return .info }
    if below(16) == 0 { return .fail }
    let isSpoiled = spoils && below(3) == 0
    switch (action, answer) {
    case (.get, .value(let value)?) where !isSpoiled: return .ok(.value(value))
    case (.get, _): return .ok(.value(seenValue()))
    case (.compareAndSet, .mismatch?) where !isSpoiled && below(2) == 0: return .ok(.unseenMismatch)
    case (.compareAndSet, let answer?) where !isSpoiled: return .ok(answer)
    case (.compareAndSet, _):
      return .ok([.swapped, .unseenMismatch, .mismatch(seen: seenValue())][below(3)])
    default: return .ok(.done)
    }
  }
}
