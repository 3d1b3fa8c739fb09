import Histories

/// Accounts: a transfer moves an amount from one to another, a read answers the balances.
///
/// The initial map says what is in each account. Where it says nothing, the balance is not known until the first read that
/// names the account: then it is what that read saw, and what was moved before counts from there. A read that leaves an
/// account out, or says nil, says nothing of it.
///
/// An account may be overdrawn unless `forbidsOverdraft`: then a transfer fits only where the balance allows it, as far
/// as the balance is known. To decide it is NP-hard, for transfers of unknown result add up like a subset sum.
struct BankModel: ObjectModel {
  enum Operation: Hashable, Sendable {
    case transfer(from: Int32, to: Int32, amount: Int64)
    /// The accounts seen, the least number first, and their balances.
    case read([Int32], [Int64])
  }

  struct State: Hashable, Sendable {
    /// The balance of each account or, as long as it is not known, what was moved to it: sums of numbers of 64 bits.
    var amounts: [Int128]
    /// The accounts whose balance is not known.
    var isOpen: [Bool]
  }

  private var first: [(account: Int32, amount: Int64)] = []
  /// Whether a transfer must not leave less than nothing in an account.
  var forbidsOverdraft = false
  var names = ObjectNames()

  var initial: State {
    var state = State(
      amounts: [Int128](repeating: 0, count: names.count), isOpen: [Bool](repeating: true, count: names.count))
    for one in first {
      state.amounts[Int(one.account)] = Int128(one.amount)
      state.isOpen[Int(one.account)] = false
    }
    return state
  }

  static var knowsOutlook: Bool { true }

  init(_ initial: PlainValue, _ reader: inout ObjectReader) throws(ModelMisfit) {
    if initial == .absent { return }
    guard case .map(let entries) = initial else {
      throw ObjectReader.misfit(initial: initial, expected: "a map of accounts to balances")
    }
    for entry in entries {
      guard let amount = ObjectReader.integer(entry.value) else {
        throw ObjectReader.misfit(initial: entry.value, expected: "a balance")
      }
      first.append((reader.names.number(ofName: entry.key), amount))
    }
  }

  func operation(_ operation: Histories.Operation, _ reader: inout ObjectReader) throws(ModelMisfit) -> Operation {
    guard operation.function == .get else {
      let argument = reader.argument(operation)
      guard let from = ObjectReader.entry("from", of: argument), let to = ObjectReader.entry("to", of: argument),
        let amount = ObjectReader.entry("amount", of: argument).flatMap({ ObjectReader.integer($0) })
      else { throw reader.misfit(operation, expected: "{:from account, :to account, :amount number}", argument) }
      return .transfer(
        from: reader.names.number(ofName: from), to: reader.names.number(ofName: to), amount: amount)
    }
    let answer = reader.answer(operation) ?? .absent
    if answer == .absent { return .read([], []) }
    guard case .map(let entries) = answer else {
      throw reader.misfit(operation, expected: "a map of accounts to balances", answer)
    }
    var seen: [(account: Int32, amount: Int64)] = []
    for entry in entries where entry.value != .absent {
      guard let amount = ObjectReader.integer(entry.value) else {
        throw reader.misfit(operation, expected: "a whole number as the balance", entry.value)
      }
      seen.append((reader.names.number(ofName: entry.key), amount))
    }
    seen.sort { $0.account < $1.account }
    return .read(seen.map(\.account), seen.map(\.amount))
  }

  func forgettingAnswer(of operation: Operation) -> Operation {
    if case .read = operation { .read([], []) } else { operation }
  }

  func onlyLooks(_ operation: Operation, from state: State) -> Bool {
    switch operation {
    case .transfer(let from, let to, let amount): amount == 0 || from == to
    case .read(let accounts, _): !accounts.contains { state.isOpen[Int($0)] }
    }
  }

  func successors(of state: State, by operation: Operation) -> [State] {
    var next = state
    switch operation {
    case .transfer(let from, let to, let amount):
      next.amounts[Int(from)] -= Int128(amount)
      next.amounts[Int(to)] += Int128(amount)
      // What takes out less than nothing puts in.
      let payer = Int(amount < 0 ? to : from)
      if forbidsOverdraft, from != to, amount != 0, !state.isOpen[payer], next.amounts[payer] < 0 { return [] }
    case .read(let accounts, let amounts):
      for (place, account) in accounts.enumerated() {
        if state.isOpen[Int(account)] {
          next.amounts[Int(account)] = Int128(amounts[place])
          next.isOpen[Int(account)] = false
        } else if state.amounts[Int(account)] != Int128(amounts[place]) {
          return []
        }
      }
    }
    return [next]
  }

  func commute(_ one: Operation, _ other: Operation) -> Bool {
    if case .transfer = one, case .transfer = other { !forbidsOverdraft } else { false }
  }

  /// Whether no account that the read names needs more than all that can still be moved to it or from it.
  func canFollow(_ operation: Operation, from state: State, after others: [Operation]) -> Bool {
    guard case .read(let accounts, let amounts) = operation else { return true }
    for (place, account) in accounts.enumerated() where !state.isOpen[Int(account)] {
      var range = ReachableRange(from: state.amounts[Int(account)])
      for case .transfer(let from, let to, let amount) in others
      where from != to && (from == account || to == account) {
        if to == account { range.add(Int128(amount)) }
        if from == account { range.add(-Int128(amount)) }
      }
      if !range.mayReach(Int128(amounts[place])) { return false }
    }
    return true
  }

  func bytes(of state: State) -> Int { 64 + 9 * state.amounts.count }

  func description(of operation: Operation) -> String {
    switch operation {
    case .transfer(let from, let to, let amount):
      "moved \(amount) from \(names.name(from)) to \(names.name(to))"
    case .read(let accounts, let amounts): accounts.isEmpty ? "read something" : "read \(list(accounts, amounts))"
    }
  }

  func description(of state: State) -> String {
    let known = state.isOpen.indices.filter { !state.isOpen[$0] }
    if known.isEmpty { return "no balance is known" }
    return "the accounts hold \(list(known.map { Int32($0) }, known.map { state.amounts[$0] }))"
  }

  private func list(_ accounts: [Int32], _ amounts: [some BinaryInteger]) -> String {
    let shown = accounts.indices.prefix(12).map { "\(names.name(accounts[$0])): \(amounts[$0])" }
    return shown.joined(separator: ", ") + (accounts.count > 12 ? " and \(accounts.count - 12) more" : "")
  }
}
