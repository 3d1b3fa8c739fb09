import Histories

@testable import Linearizability

/// One operation of a history, as plain values.
struct NaiveOperation {
  let call: Int
  /// `nil` if the result is unknown.
  let end: Int?
  let process: Int
  let name: String
  let argument: PlainValue
  /// `nil` if it is unknown.
  let answer: PlainValue?
}

/// What objects do, written once more and as simply as can be, from the table in `checkers/README.md`: over plain values,
/// with nothing numbered. The state is a plain value, too.
struct NaiveObject {
  let model: ModelName
  let initial: PlainValue
  let operations: [NaiveOperation]

  init(_ model: ModelName, initial: PlainValue, _ operations: [NaiveOperation]) {
    (self.model, self.initial, self.operations) = (model, initial, operations)
  }

  /// The operations of a history that may have happened.
  init(_ model: ModelName, initial: PlainValue, _ history: History) {
    let operations = history.operations().filter { $0.kind != .fail }.map { one in
      NaiveOperation(
        call: one.call, end: one.isUnknown ? nil : one.end, process: one.process, name: one.function.name(in: .set),
        argument: history.plainValue(one.argument), answer: one.isUnknown ? nil : history.plainValue(one.seen))
    }
    self.init(model, initial: initial, operations)
  }

  /// Whether some order of all that is known to have happened, and of some of the rest, explains every answer.
  var isLinearizable: Bool { canFinish(operations, firstState) }

  private func canFinish(_ left: [NaiveOperation], _ state: PlainValue) -> Bool {
    if left.allSatisfy({ $0.end == nil }) { return true }
    for (place, one) in left.enumerated() where left.allSatisfy({ $0.end ?? .max > one.call }) {
      var rest = left
      rest.remove(at: place)
      for next in next(state, one) where canFinish(rest, next) { return true }
    }
    return false
  }

  var firstState: PlainValue {
    switch model {
    case .reentrantMutex, .semaphore: .list([])
    case .fencedLock: .list([.absent, .integer(0), .absent, .integer(0)])
    case .counter: initial == .absent ? .integer(0) : initial
    case .versionedRegister: .list([.integer(0), initial])
    case .etcd: NaiveEtcd().state
    case .multiRegister, .bank: initial == .absent ? .map([]) : initial
    default: initial == .absent ? .list([]) : initial
    }
  }

  /// The states that may follow.
  func next(_ state: PlainValue, _ one: NaiveOperation) -> [PlainValue] {
    switch model {
    case .ownerMutex, .reentrantMutex, .semaphore, .fencedLock: owners(of: one).flatMap { lock(state, one, $0) }
    case .counter: counter(state, one)
    case .set: set(state, one)
    case .uniqueIDs: ids(state, one)
    case .unorderedQueue, .fifoQueue, .stack: collection(state, one)
    case .multiRegister: registers(state, one)
    case .etcd: NaiveEtcd.next(state, one)
    case .versionedRegister: versioned(state, one)
    default: bank(state, one)
    }
  }

  // MARK: Locks

  private func entry(_ name: String, _ value: PlainValue?) -> PlainValue? {
    guard case .map(let entries) = value else { return nil }
    return entries.first { $0.key == .keyword(PlainText(name)) }?.value
  }

  private func owners(of one: NaiveOperation) -> [PlainValue] {
    if let client = entry("client", one.answer) ?? entry("client", one.argument) { return [client] }
    let told = operations.compactMap { other in entry("client", other.answer).map { (other.process, $0) } }
    if told.isEmpty { return [one.argument == .absent ? .text("c\(one.process)") : one.argument] }
    if let known = told.first(where: { $0.0 == one.process }) { return [known.1] }
    var all: [PlainValue] = []
    for (_, client) in told where !all.contains(client) { all.append(client) }
    return all
  }

  private func lock(_ state: PlainValue, _ one: NaiveOperation, _ owner: PlainValue) -> [PlainValue] {
    guard case .list(let held) = state else { return [] }
    let isAcquire = one.name == "acquire"
    if model == .fencedLock { return fenced(held, one, owner, isAcquire) }
    // The state lists the holders, once for each time that they hold it.
    guard isAcquire else {
      guard let place = held.firstIndex(of: owner) else { return [] }
      var rest = held
      rest.remove(at: place)
      return [.list(rest)]
    }
    if held.count == (model == .ownerMutex ? 1 : 2) { return [] }
    if model == .reentrantMutex && held.contains(where: { $0 != owner }) { return [] }
    return [.list((held + [owner]).sorted { $0.description < $1.description })]
  }

  /// The state is owner, times, its fence, highest fence.
  private func fenced(
    _ held: [PlainValue], _ one: NaiveOperation, _ owner: PlainValue, _ isAcquire: Bool
  ) -> [PlainValue] {
    guard case .integer(let times) = held[1], case .integer(let highest) = held[3] else { return [] }
    guard isAcquire else {
      if held[0] != owner || times == 0 { return [] }
      return times == 1
        ? [.list([.absent, .integer(0), .absent, held[3]])] : [.list([owner, .integer(1), held[2], held[3]])]
    }
    var fence: Int64?
    if case .integer(let told) = entry("fence", one.answer), told > 0 { fence = told }
    if times == 0 {
      guard let fence else { return [.list([owner, .integer(1), .absent, held[3]])] }
      return fence > highest ? [.list([owner, .integer(1), .integer(fence), .integer(fence)])] : []
    }
    if times == 2 || held[0] != owner { return [] }
    guard let fence else { return [.list([owner, .integer(2), held[2], held[3]])] }
    if held[2] == .integer(fence) { return [.list([owner, .integer(2), held[2], held[3]])] }
    return held[2] == .absent && fence > highest
      ? [.list([owner, .integer(2), .integer(fence), .integer(fence)])] : []
  }

  // MARK: Numbers and collections

  private func counter(_ state: PlainValue, _ one: NaiveOperation) -> [PlainValue] {
    guard case .integer(let number) = state else { return [] }
    if one.name == "add", case .integer(let more) = one.argument { return [.integer(number + more)] }
    return one.answer == nil || one.answer == .absent || one.answer == state ? [state] : []
  }

  private func sorted(_ values: [PlainValue]) -> PlainValue {
    .list(values.sorted { $0.description < $1.description })
  }

  private func set(_ state: PlainValue, _ one: NaiveOperation) -> [PlainValue] {
    guard case .list(let held) = state else { return [] }
    let isThere = held.contains(one.argument)
    switch one.name {
    case "add": return isThere ? [state] : [sorted(held + [one.argument])]
    case "remove": return [.list(held.filter { $0 != one.argument })]
    case "contains":
      if one.answer == nil { return [state] }
      return one.answer == .bool(isThere) || one.answer == .list([one.argument, .bool(isThere)]) ? [state] : []
    default:
      switch one.answer {
      case nil, .absent: return [state]
      case .list(let seen), .set(let seen): return sorted(seen) == state ? [state] : []
      default: return []
      }
    }
  }

  private func ids(_ state: PlainValue, _ one: NaiveOperation) -> [PlainValue] {
    guard case .list(let given) = state, let answer = one.answer else { return [state] }
    return given.contains(answer) ? [] : [sorted(given + [answer])]
  }

  /// The state lists what is there, the oldest first.
  private func collection(_ state: PlainValue, _ one: NaiveOperation) -> [PlainValue] {
    guard case .list(let held) = state else { return [] }
    if one.name == "enqueue" || one.name == "push" { return [.list(held + [one.argument])] }
    if one.name == "drain" {
      guard let answer = one.answer else { return [.list([])] }
      guard case .list(let seen) = answer else { return [] }
      return seen == held || model == .unorderedQueue && sorted(seen) == sorted(held) ? [.list([])] : []
    }
    if held.isEmpty { return one.answer == nil || one.answer == .absent ? [state] : [] }
    let mayLeave =
      model == .stack ? [held.count - 1] : model == .fifoQueue ? [0] : Array(held.indices)
    return mayLeave.filter { one.answer == nil || one.answer == held[$0] }.map { place in
      var rest = held
      rest.remove(at: place)
      return .list(rest)
    }
  }

  // MARK: Maps

  private func value(_ state: PlainValue, _ key: PlainValue) -> PlainValue {
    guard case .map(let entries) = state else { return .absent }
    return entries.first { $0.key == key }?.value ?? .absent
  }

  private func putting(_ value: PlainValue, at key: PlainValue, _ state: PlainValue) -> PlainValue {
    guard case .map(let entries) = state else { return state }
    let rest = entries.filter { $0.key != key }
    let all = value == .absent ? rest : rest + [PlainValue.Entry(key, value)]
    return .map(all.sorted { $0.key.description < $1.key.description })
  }

  private func registers(_ state: PlainValue, _ one: NaiveOperation) -> [PlainValue] {
    var state = state
    if one.name == "write", case .map(let entries) = one.argument {
      for entry in entries { state = putting(entry.value, at: entry.key, state) }
      return [state]
    }
    if one.name == "read" {
      guard case .map(let entries) = one.answer else { return [state] }
      return entries.allSatisfy { value(state, $0.key) == $0.value } ? [state] : []
    }
    guard case .list(let steps) = one.answer ?? one.argument else { return [] }
    for step in steps {
      guard case .list(let words) = step else { return [] }
      if words[0] == .keyword("w") {
        state = putting(words[2], at: words[1], state)
      } else if one.answer != nil, value(state, words[1]) != words[2] {
        return []
      }
    }
    return [state]
  }

  private func versioned(_ state: PlainValue, _ one: NaiveOperation) -> [PlainValue] {
    guard case .list(let held) = state, case .integer(let version) = held[0] else { return [] }
    var told: [PlainValue] = [.absent, .absent]
    if case .list(let pair) = one.answer { told = pair }
    if one.name == "read" {
      return zip(told, held).allSatisfy { $0 == .absent || $0 == $1 } ? [state] : []
    }
    guard case .list(let asked) = one.argument else { return [] }
    if told[0] != .absent, told[0] != .integer(version + 1) { return [] }
    if one.name == "cas", case .list(let both) = asked[1] {
      return both[0] == held[1] ? [.list([.integer(version + 1), both[1]])] : []
    }
    return [.list([.integer(version + 1), asked[1]])]
  }

  /// The state has the balance of each account; one that is not known has what was moved there, in a list.
  private func bank(_ state: PlainValue, _ one: NaiveOperation) -> [PlainValue] {
    func moving(_ amount: Int64, to account: PlainValue, _ state: PlainValue) -> PlainValue {
      let held = value(state, account)
      if case .integer(let balance) = held { return putting(.integer(balance + amount), at: account, state) }
      guard case .list(let moved) = held, case .integer(let before) = moved[0] else {
        return putting(.list([.integer(amount)]), at: account, state)
      }
      return putting(.list([.integer(before + amount)]), at: account, state)
    }
    if one.name == "transfer" {
      guard let from = entry("from", one.argument), let to = entry("to", one.argument),
        case .integer(let amount) = entry("amount", one.argument)
      else { return [] }
      return [moving(amount, to: to, moving(-amount, to: from, state))]
    }
    guard case .map(let entries) = one.answer else { return [state] }
    var state = state
    for entry in entries where entry.value != .absent {
      if case .integer = value(state, entry.key) {
        if value(state, entry.key) != entry.value { return [] }
      } else {
        state = putting(entry.value, at: entry.key, state)
      }
    }
    return [state]
  }
}
