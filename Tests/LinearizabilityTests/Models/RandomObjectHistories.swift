import Determinism
import Histories

@testable import Linearizability

/// Draws small histories of one model: clients that call at once, an object that mostly answers as it should, answers that
/// nobody learns, and a wrong answer now and then.
struct RandomObjectHistories {
  let model: ModelName
  private var dice: DiceSequence
  /// At most so many operations.
  private let limit: Int
  /// How locks name their owners in the present history.
  private var owners = 0
  /// Whether the present answer is drawn with no regard to the state.
  private var isBlind = false

  init(_ model: ModelName, seed: UInt64, limit: Int = 7) {
    self.model = model
    self.limit = limit
    dice = Dice(seed: seed).sequence(Purpose(rawValue: 77), StableDigest.mix(UInt64(model.rawValue.utf8.count)))
  }

  private struct Client {
    var call = -1
    var answer: PlainValue?
  }

  /// The next history, as text of EDN, and the value at first.
  mutating func next() -> (text: String, initial: PlainValue) {
    owners = dice.next().below(3)
    let initial = drawInitial()
    let object = NaiveObject(model, initial: initial, [])
    var state = object.firstState
    var states = [state]
    let isSloppy = dice.next().below(2) == 0
    var clients = [Client](repeating: Client(), count: 2 + dice.next().below(3))
    var operations: [NaiveOperation] = []
    let count = 2 + dice.next().below(limit - 1)
    var lines: [String] = []
    var processes = Array(clients.indices)
    func line(_ client: Int, _ type: String, _ one: NaiveOperation, _ value: PlainValue) {
      lines.append("{:process \(one.process), :type :\(type), :f :\(one.name), :value \(value.description)}")
    }
    var turns = 0
    while turns < 200 {
      turns += 1
      let client = dice.next().below(clients.count)
      if clients[client].call < 0 {
        if operations.count == count { continue }
        let one = drawCall(processes[client])
        clients[client].call = operations.count
        operations.append(one)
        line(client, "invoke", one, one.argument)
        continue
      }
      let one = operations[clients[client].call]
      if clients[client].answer == nil {
        (clients[client].answer, state) = answer(one, state)
        states.append(state)
        if clients[client].answer != nil || dice.next().below(3) > 0 { continue }
      }
      // A lock that is given to two is wrong, whatever it answers.
      if clients[client].answer == nil, isSloppy, dice.next().below(2) == 0 {
        clients[client].answer = drawAnswer(one, state)
      }
      let chance = dice.next().below(20)
      if chance < 4 || clients[client].answer == nil {
        // The next call of this client is that of another process.
        if chance == 0, clients[client].answer == nil {
          line(client, "fail", one, one.argument)
        } else {
          line(client, "info", one, one.argument)
          processes[client] += 10
        }
      } else {
        let isWrong = isSloppy && dice.next().below(3) == 0
        isBlind = isWrong && dice.next().below(2) == 0
        line(client, "ok", one, isWrong ? drawAnswer(one, dice.pick(states)) : clients[client].answer ?? .absent)
        isBlind = false
      }
      clients[client] = Client()
    }
    return (lines.joined(separator: "\n") + "\n", initial)
  }

  /// An answer that fits, if one was found soon, and the state behind it.
  private mutating func answer(_ one: NaiveOperation, _ state: PlainValue) -> (PlainValue?, PlainValue) {
    for _ in 0..<12 {
      let answer = drawAnswer(one, state)
      let answered = NaiveOperation(
        call: 0, end: 1, process: one.process, name: one.name, argument: one.argument, answer: answer)
      let following = NaiveObject(model, initial: .absent, [answered]).next(state, answered)
      if let next = following.first { return (answer, next) }
    }
    return (nil, state)
  }

  // MARK: What is drawn

  private mutating func integer(_ range: ClosedRange<Int>) -> PlainValue {
    .integer(Int64(dice.next().within(range)))
  }

  private mutating func register() -> PlainValue { .keyword(dice.pick(["x", "y", "z"])) }

  private mutating func drawInitial() -> PlainValue {
    if dice.next().below(2) == 0 { return .absent }
    switch model {
    case .counter: return integer(-1...2)
    case .set, .fifoQueue, .unorderedQueue, .stack: return .list([.integer(1), .integer(2)])
    case .uniqueIDs: return .list([.integer(1)])
    case .versionedRegister: return .integer(1)
    case .multiRegister: return .map([PlainValue.Entry(.keyword("x"), .integer(1))])
    case .bank:
      let entries = (0..<3).map { PlainValue.Entry(.integer(Int64($0)), .integer(3)) }
      return .map(dice.next().below(3) == 0 ? Array(entries.dropLast()) : entries)
    default: return .absent
    }
  }

  private mutating func drawCall(_ process: Int) -> NaiveOperation {
    let (name, argument) = drawRequest(process)
    return NaiveOperation(call: 0, end: nil, process: process, name: name, argument: argument, answer: nil)
  }

  private mutating func drawRequest(_ process: Int) -> (String, PlainValue) {
    switch model {
    case .ownerMutex, .reentrantMutex, .fencedLock, .semaphore:
      let name = dice.pick(["acquire", "acquire", "release"])
      switch owners {
      case 0: return (name, .absent)
      case 1: return (name, .text(dice.pick(["a", "b"])))
      default: return (name, .text("u\(dice.next().below(100))"))
      }
    case .counter: return dice.next().below(5) < 3 ? ("add", integer(-2...3)) : ("read", .absent)
    case .set:
      let name = dice.pick(["add", "add", "remove", "contains", "read"])
      return (name, name == "read" ? .absent : integer(1...3))
    case .uniqueIDs: return ("generate", .absent)
    case .unorderedQueue, .fifoQueue:
      let name = dice.pick(["enqueue", "enqueue", "enqueue", "dequeue", "dequeue", "drain"])
      return (name, name == "enqueue" ? integer(1...3) : .absent)
    case .stack:
      let name = dice.pick(["push", "push", "pop"])
      return (name, name == "push" ? integer(1...3) : .absent)
    case .multiRegister: return drawTransaction()
    case .etcd: return ("txn", drawEtcdRequest())
    case .versionedRegister:
      switch dice.next().below(4) {
      case 0, 1: return ("read", .absent)
      case 2: return ("write", .list([.absent, integer(1...2)]))
      default: return ("cas", .list([.absent, .list([integer(1...2), integer(1...2)])]))
      }
    default:
      if dice.next().below(5) < 2 { return ("read", .absent) }
      let entries = [
        PlainValue.Entry(.keyword("amount"), integer(1...3)), PlainValue.Entry(.keyword("from"), integer(0...2)),
        PlainValue.Entry(.keyword("to"), integer(0...2)),
      ]
      return ("transfer", .map(entries))
    }
  }

  private mutating func drawTransaction() -> (String, PlainValue) {
    var entries: [PlainValue.Entry] = []
    for name in ["x", "y", "z"] where dice.next().below(2) == 0 {
      entries.append(PlainValue.Entry(.keyword(PlainText(name)), integer(1...2)))
    }
    switch dice.next().below(6) {
    case 0: return ("write", .map(entries))
    case 1: return ("read", .map(entries.map { PlainValue.Entry($0.key, .absent) }))
    default: break
    }
    let steps = (0..<1 + dice.next().below(3)).map { _ in
      dice.next().below(2) == 0
        ? PlainValue.list([.keyword("r"), register(), .absent])
        : .list([.keyword("w"), register(), dice.next().below(8) == 0 ? .absent : integer(1...2)])
    }
    return ("txn", .list(steps))
  }

  // MARK: etcd

  private mutating func drawKeyRange() -> [PlainValue] {
    switch dice.next().below(4) {
    case 0: [.text("a"), .text("c")]
    case 1: [.text("a"), .text("c"), .integer(1)]
    default: [.text(dice.pick(["a", "b"]))]
    }
  }

  private mutating func drawStep() -> PlainValue {
    let key = PlainValue.text(dice.pick(["a", "b"]))
    switch dice.next().below(6) {
    case 0: return .list([.keyword("range")] + drawKeyRange())
    case 1: return .list([.keyword("delete"), key])
    case 2: return .list([.keyword("put"), key, .text(dice.pick(["x", "y"])), integer(7...8)])
    default: return .list([.keyword("put"), key, .text(dice.pick(["x", "y"]))])
    }
  }

  private mutating func drawEtcdRequest() -> PlainValue {
    func map(_ parts: [(PlainText, PlainValue)]) -> PlainValue {
      .map(parts.map { PlainValue.Entry(.keyword($0.0), $0.1) })
    }
    switch dice.next().below(10) {
    case 0, 1: return map([("range", .list(drawKeyRange()))])
    case 2: return map([("range", .list(drawKeyRange())), ("revision", integer(1...3))])
    case 3: return map([("revoke", integer(7...8))])
    case 4, 5:
      let condition: PlainValue =
        dice.next().below(2) == 0
        ? .list([.text("a"), .keyword("revision"), integer(0...3)])
        : .list([.text("b"), .keyword("version"), integer(1...2)])
      return map([
        ("else", .list((0..<dice.next().below(2)).map { _ in drawStep() })), ("if", .list([condition])),
        ("then", .list([drawStep()])),
      ])
    default: return map([("then", .list((0..<1 + dice.next().below(2)).map { _ in drawStep() }))])
    }
  }

  private mutating func drawEtcdAnswer(_ one: NaiveOperation, _ state: PlainValue) -> PlainValue {
    let taken = NaiveEtcd(state).taking(one.argument)
    // One that is refused may be answered by a store with a fault.
    guard case .map(let parts) = taken?.answer else {
      return .map([PlainValue.Entry(.keyword("revision"), integer(1...3))])
    }
    if dice.next().below(8) == 0 { return .map(parts.filter { $0.key == .keyword("revision") }) }
    guard isBlind else { return .map(parts) }
    return .map(
      parts.map { part in
        guard case .integer(let number) = part.value else { return part }
        return PlainValue.Entry(part.key, .integer(number + Int64(dice.next().within(-1...1))))
      })
  }

  private mutating func drawAnswer(_ one: NaiveOperation, _ state: PlainValue) -> PlainValue {
    switch model {
    case .ownerMutex, .reentrantMutex, .fencedLock, .semaphore:
      if owners < 2 {
        return model == .fencedLock ? .map([PlainValue.Entry(.keyword("fence"), integer(-1...4))]) : one.argument
      }
      return .map([
        PlainValue.Entry(.keyword("client"), .text("c\(one.process % 2)")),
        PlainValue.Entry(.keyword("fence"), integer(-1...4)),
      ])
    case .counter: return one.name == "add" ? one.argument : near(state)
    case .set:
      switch one.name {
      case "add", "remove": return one.argument
      case "contains":
        let answer = PlainValue.bool(dice.next().below(2) == 0)
        return dice.next().below(3) == 0 ? .list([one.argument, answer]) : answer
      default:
        if !isBlind, dice.next().below(8) > 0, case .list(let held) = state { return .set(held) }
        return .list((1...3).filter { _ in dice.next().below(2) == 0 }.map { .integer($0) })
      }
    case .uniqueIDs: return integer(1...6)
    case .unorderedQueue, .fifoQueue, .stack:
      if one.name == "drain" {
        guard case .list(let held) = state, dice.next().below(8) > 0 else { return .list([integer(1...3)]) }
        return .list(dice.next().below(2) == 0 ? held : Array(held.reversed()))
      }
      if one.name != "dequeue" && one.name != "pop" { return one.argument }
      return dice.next().below(5) == 0 ? .absent : integer(1...3)
    case .multiRegister, .versionedRegister: return drawSeen(one, state)
    case .etcd: return drawEtcdAnswer(one, state)
    default:
      if one.name == "transfer" { return one.argument }
      return .map(
        (Int64(0)..<3).filter { _ in dice.next().below(4) > 0 }.map { account in
          let key = PlainValue.integer(account)
          guard case .map(let held) = state, let known = held.first(where: { $0.key == key }) else {
            return PlainValue.Entry(key, integer(0...6))
          }
          return PlainValue.Entry(key, near(known.value))
        })
    }
  }

  /// Mostly that number, else one beside it.
  private mutating func near(_ value: PlainValue) -> PlainValue {
    guard case .integer(let number) = value else { return integer(0...6) }
    return .integer(!isBlind && dice.next().below(10) > 0 ? number : number + Int64(dice.next().within(-2...2)))
  }

  private mutating func drawSeen(_ one: NaiveOperation, _ state: PlainValue) -> PlainValue {
    if model == .versionedRegister {
      guard case .list(let held) = state, case .integer(let version) = held[0] else { return .absent }
      let next = dice.next().below(8) == 0 ? integer(0...4) : .integer(one.name == "read" ? version : version + 1)
      let told = dice.next().below(6) == 0 ? .absent : next
      guard case .list(let asked) = one.argument else {
        return .list([told, dice.next().below(6) == 0 ? .absent : dice.next().below(6) == 0 ? integer(1...2) : held[1]])
      }
      return .list([told, asked[1]])
    }
    if one.name == "write" { return one.argument }
    if case .map(let entries) = one.argument {
      return .map(entries.map { PlainValue.Entry($0.key, drawHeld($0.key, state)) })
    }
    guard case .list(let steps) = one.argument else { return .absent }
    var state = state
    return .list(
      steps.map { step in
        guard case .list(let words) = step else { return step }
        if words[0] == .keyword("r") { return .list([words[0], words[1], drawHeld(words[1], state)]) }
        if case .map(let held) = state {
          state = .map(held.filter { $0.key != words[1] } + [PlainValue.Entry(words[1], words[2])])
        }
        return step
      })
  }

  private mutating func drawHeld(_ register: PlainValue, _ state: PlainValue) -> PlainValue {
    if isBlind || dice.next().below(8) == 0 { return dice.next().below(3) == 0 ? .absent : integer(1...2) }
    guard case .map(let held) = state else { return .absent }
    return held.first { $0.key == register }?.value ?? .absent
  }
}
