import Linearizability
import Synchronization

/// What is known of each key so far. A few numbers a key, for there may be a million.
struct Ledger: Sendable {
  /// How a key stands.
  enum Standing: UInt8 {
    /// Nothing was found out, for nobody came to it or the check was stopped.
    case open
    /// The last round's share of work was spent, or the memory.
    case spent, full
    /// The engine asked for is not made for it, or has found an order that does not survive its replay.
    case notApplicable, contradiction
    /// Linearizable, as an engine says, or by the order that came with the history; without an order.
    case linearizable, given, broken
  }

  private(set) var standings: [Standing]
  /// What each key was given in its last round.
  var shares: [Int]
  /// The configurations looked at for each.
  private(set) var expansions: [Int]
  /// The orders, each where its key's operations are, by offset among the operations of all, and how long they are.
  private var orders: [Int32] = []
  private var lengths: [Int32]
  /// The first keys without an order, by place, and from what that follows.
  private(set) var grounds: [(place: Int, ground: Decision.Ground)] = []

  /// What could not be read of the keys to which no engine applies for that reason, by place.
  private(set) var misfits: [(place: Int, misfit: ModelMisfit)] = []

  /// Of so many keys without an order somebody hears why.
  static let groundLimit = 8

  init(keys count: Int) {
    standings = [Standing](repeating: .open, count: count)
    shares = [Int](repeating: 0, count: count)
    expansions = shares
    lengths = [Int32](repeating: 0, count: count)
  }

  /// The memory that it takes, in bytes.
  static func bytes(keys: Int, operations: Int) -> Int { keys * (1 + 8 + 8 + 4) + operations * 4 }

  /// Takes down what an engine says of a key.
  ///
  /// - Parameter byGivenOrder: whether it is the order that came with the history.
  mutating func note(
    _ decision: Decision, _ spent: Int, of place: Int, in parts: Subhistories, byGivenOrder: Bool = false
  ) {
    expansions[place] += spent
    switch decision {
    case .linearizable(let order):
      standings[place] = byGivenOrder ? .given : .linearizable
      if orders.isEmpty { orders = [Int32](repeating: 0, count: parts.operations.count) }
      let start = parts.range(of: place).lowerBound
      for (offset, operation) in order.enumerated() { orders[start + offset] = Int32(start) + operation }
      lengths[place] = Int32(order.count)
    case .notLinearizable(let ground):
      standings[place] = .broken
      grounds.insert((place, ground), at: grounds.firstIndex { $0.place > place } ?? grounds.count)
      if grounds.count > Self.groundLimit { grounds.removeLast() }
    case .notApplicable, .unknown(.notApplicable): standings[place] = .notApplicable
    case .unknown(.misfit(let misfit)):
      standings[place] = .notApplicable
      misfits.append((place, misfit))
    case .unknown(.contradiction): standings[place] = .contradiction
    case .unknown(.expansions): standings[place] = .spent
    case .unknown(.bytes): standings[place] = .full
    case .unknown(.stopped): standings[place] = .open
    }
  }

  /// Adds to what was looked at for a key.
  mutating func add(_ spent: Int, to place: Int) { expansions[place] += spent }

  /// Gives every key that stands so another standing.
  mutating func move(_ old: Standing, to new: Standing, where isMeant: (Int, Ledger) -> Bool = { _, _ in true }) {
    for place in standings.indices where standings[place] == old && isMeant(place, self) { standings[place] = new }
  }

  /// The order of all operations of `parts`, each of which has one.
  func witness(of parts: Subhistories) -> Witness {
    var order: [Int32] = []
    order.reserveCapacity(orders.count)
    for place in parts.indices {
      let start = parts.range(of: place).lowerBound
      order += orders[start..<start + Int(lengths[place])]
    }
    return Witness(of: parts.operations, order: order)
  }
}

/// A ledger that several threads write.
final class SharedLedger: Sendable {
  private let ledger: Mutex<Ledger>

  init(keys count: Int) {
    ledger = Mutex(Ledger(keys: count))
  }

  /// Does something while nobody else writes.
  func withLock<Result: Sendable>(_ body: (inout sending Ledger) -> Result) -> Result {
    ledger.withLock { body(&$0) }
  }
}
