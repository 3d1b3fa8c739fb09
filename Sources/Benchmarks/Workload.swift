import Determinism
import Histories

/// What clients do to a few cells: the recipe of a history of any length.
package struct Workload: Hashable, Sendable {
  /// What it is called in reports, and as a file.
  package var name: String
  /// The operations, about: a spoiled history has some more.
  package var operations: Int
  /// How many clients call at once.
  package var clients: Int
  /// How many keys there are, each as likely as the others.
  package var keys = 1
  /// How many different values are written; `nil` if each write has its own.
  package var values: Int?
  /// What the clients ask for, each as likely as it is often among these.
  package var functions: [Function] = [.get, .put, .compareAndSet]
  /// Of a hundred operations, those whose result stays unknown.
  package var unknownPercent = 0
  /// How many seeds it is made from, one after the other.
  package var seeds = 1
  /// Whether late in the history a read sees what was overwritten before it was called.
  package var isSpoiled = false

  /// The same without what Porcupine's key-value model does not know, under a name that says so; `nil` if nothing is
  /// left that writes.
  package var forPorcupine: Workload? {
    var workload = self
    workload.functions.removeAll { $0 == .compareAndSet || $0 == .delete }
    if workload.functions.count == functions.count { return self }
    workload.name += "-nocas"
    return workload.functions.contains { $0 != .get } ? workload : nil
  }

  /// A workload on one key with gets, puts and compare-and-sets.
  package init(_ name: String, operations: Int, clients: Int) {
    self.name = name
    self.operations = operations
    self.clients = clients
  }

  /// The history that this seed makes of it: linearizable by construction unless spoiled.
  package func history(seed: UInt64) -> History {
    var run = WorkloadRun(self, seed: seed)
    return run.record()
  }
}

/// Plays a workload on cells in memory and records what the clients see.
private struct WorkloadRun {
  private static let purpose = Purpose(rawValue: 0x574F_524B)
  let workload: Workload
  var draws: DiceSequence
  var recorder: HistoryRecorder
  var cells: [[UInt8]?]
  var clients: [Client]
  /// Calls of unknown result that have not taken effect yet.
  var late: [(key: Int, action: Action)] = []
  /// How often something of unknown result may still write the value of this number.
  var unknownWrites: [Int]
  var called = 0
  var valueCount = 0
  var nextProcess: Int

  struct Client {
    var process: Int
    var key = 0
    var action: Action?
    var answer: Answer?
  }

  init(_ workload: Workload, seed: UInt64) {
    self.workload = workload
    draws = Dice(seed: seed).sequence(Self.purpose)
    recorder = HistoryRecorder(header: HistoryHeader(model: .keyValue, seed: seed, origin: workload.name))
    cells = [[UInt8]?](repeating: nil, count: workload.keys)
    clients = (0..<workload.clients).map { Client(process: $0) }
    unknownWrites = [Int](repeating: 0, count: workload.values ?? 0)
    nextProcess = workload.clients
  }

  mutating func record() -> History {
    let spoilAt = workload.isSpoiled ? workload.operations * 97 / 100 : Int.max
    var isSpoiled = false
    while called < workload.operations || clients.contains(where: { $0.action != nil }) {
      if called >= spoilAt, !isSpoiled {
        drain()
        spoil()
        isSpoiled = true
      }
      step(below(clients.count), mayCall: called < workload.operations)
    }
    return recorder.finish()
  }

  mutating func below(_ bound: Int) -> Int { draws.next().below(bound) }

  /// One client calls, or its operation takes effect, or it learns so.
  private mutating func step(_ place: Int, mayCall: Bool) {
    if !late.isEmpty, below(32) == 0 {
      let (key, action) = late.remove(at: below(late.count))
      _ = take(action, key)
    }
    guard let action = clients[place].action else {
      if mayCall { call(place) }
      return
    }
    if clients[place].answer == nil {
      let isUnknown = below(100) < workload.unknownPercent
      if isUnknown { return forget(place, action) }
      clients[place].answer = take(action, clients[place].key)
    } else if let answer = clients[place].answer {
      recorder.complete(process: clients[place].process, at: 0, .ok(answer))
      clients[place].action = nil
      clients[place].answer = nil
    }
  }

  private mutating func call(_ place: Int) {
    called += 1
    let key = below(workload.keys)
    let action = randomAction(key)
    clients[place].key = key
    clients[place].action = action
    recorder.invoke(process: clients[place].process, at: Int64(called), key: Array("k\(key)".utf8), action)
  }

  /// The client will never know. The call may take effect at once, later, or never.
  private mutating func forget(_ place: Int, _ action: Action) {
    switch below(3) {
    case 0: _ = take(action, clients[place].key)
    case 1: late.append((clients[place].key, action))
    default: break
    }
    if let number = writtenNumber(action) { unknownWrites[number] += 1 }
    recorder.complete(process: clients[place].process, at: Int64(called), .info)
    clients[place] = Client(process: nextProcess)
    nextProcess += 1
  }

  private func writtenNumber(_ action: Action) -> Int? {
    guard let values = workload.values else { return nil }
    switch action {
    case .put(let value), .compareAndSet(_, let value?): return (0..<values).first { text($0) == value }
    default: return nil
    }
  }

  /// Behind each appended value, so that a string can be taken apart again.
  private static let space = [UInt8(ascii: " ")]

  private func text(_ number: Int) -> [UInt8] { Array("v\(number)".utf8) }

  private mutating func value() -> [UInt8] {
    if let values = workload.values { return text(below(values)) }
    valueCount += 1
    return text(valueCount)
  }

  private mutating func randomAction(_ key: Int) -> Action {
    switch draws.pick(workload.functions) {
    case .get, .object: .get
    case .put: .put(value())
    case .append: .append(value() + Self.space)
    case .delete: .delete
    case .compareAndSet: .compareAndSet(expected: cells[key], new: value())
    }
  }

  private mutating func take(_ action: Action, _ key: Int) -> Answer {
    switch action {
    case .get: return .value(cells[key])
    case .put(let value): cells[key] = value
    case .append(let value): cells[key] = (cells[key] ?? []) + value
    case .delete: cells[key] = nil
    case .compareAndSet(let expected, let new):
      guard cells[key] == expected else { return .mismatch(seen: cells[key]) }
      cells[key] = new
    }
    if case .compareAndSet = action { return .swapped }
    return .done
  }

  /// Lets everybody finish.
  private mutating func drain() {
    while clients.contains(where: { $0.action != nil }) { step(below(clients.count), mayCall: false) }
  }

  /// One client writes twice and then reads what was there between, as often as no unknown operation can explain: once
  /// where some value is written by none.
  private mutating func spoil() {
    guard workload.functions.contains(.put) else { return spoilAppends() }
    let number = unknownWrites.indices.min { unknownWrites[$0] < unknownWrites[$1] }
    for _ in 0...(number.map { unknownWrites[$0] } ?? 0) {
      let old = number.map { text($0) } ?? value()
      let new = number.map { text(($0 + 1) % unknownWrites.count) } ?? value()
      spoil([(.put(old), .done), (.put(new), .done), (.get, .value(old))])
      cells[0] = new
    }
  }

  /// The same with two values that nobody else appends: one that somebody else does could have come about otherwise.
  private mutating func spoilAppends() {
    let first = workload.values ?? valueCount + 1
    let (old, new) = (text(first) + Self.space, text(first + 1) + Self.space)
    let before = (cells[0] ?? []) + old
    spoil([(.append(old), .done), (.append(new), .done), (.get, .value(before))])
    cells[0] = before + new
    valueCount += 2
  }

  private mutating func spoil(_ steps: [(Action, Answer)]) {
    for (action, answer) in steps {
      recorder.invoke(process: clients[0].process, at: Int64(called), key: Array("k0".utf8), action)
      recorder.complete(process: clients[0].process, at: Int64(called), .ok(answer))
      called += 1
    }
  }
}
