import Histories

/// An engine that decides a key in turns: it keeps what it has found out, and goes on where its last turn ended.
protocol Contender: AnyObject {
  /// The configurations looked at so far.
  var expansions: Int { get }
  /// The memory that it holds, or soon will, in bytes.
  var bytes: Int { get }
  /// Goes on.
  ///
  /// - Parameters:
  ///   - work: at which the turn ends, counted from its first turn on. About so many operations and configurations are
  ///     looked at, whatever the engine: turns of the same work take about the same time.
  ///   - budget: what it may spend in all its turns, and the memory that it may hold.
  /// - Returns: `.unknown(.expansions)` if it could go on.
  func run(upTo work: Int, within budget: Budget, shouldStop: () -> Bool) -> Decision
}

/// Which engines take turns, in the order in which they do.
enum ContenderKind: CaseIterable {
  /// Soon proves that there is no order, and decides where nothing is unknown and few operations are open at once.
  case endless
  /// Soon finds an order.
  case depthFirst
  /// Soon proves that there is no order where many operations are open at once.
  case windows
  /// Soon finds an order where `depthFirst` has gone astray.
  case search
  /// Decides.
  case breadthFirst

  /// All of them, those first that soon find an order.
  static var findersFirst: [ContenderKind] { [.depthFirst, .search, .endless, .windows, .breadthFirst] }

  /// Those that configurations as wide as the concurrency are made for.
  static var slots: [ContenderKind] { [.endless, .depthFirst, .windows, .breadthFirst] }
}

/// The slots in one of their modes, but for the windows.
///
/// It is bound to the right rules, so that the compiler makes code for these: a class of any rules is much slower.
final class SlotContender: Contender {
  private var search: SlotSearch<ProvenSlotRules>
  let mode: SlotMode

  init(_ problem: consuming SlotProblem<ProvenSlotRules>, _ mode: SlotMode) {
    search = SlotSearch(problem, isEndless: mode == .endless)
    self.mode = mode
  }

  var expansions: Int { search.expansions }
  var bytes: Int { search.soonBytes }
  /// Whether it decides: nothing is unknown, or what is may run out.
  var isExact: Bool { mode != .endless || search.problem.classes.isEmpty }

  /// Whether all operations open at once fit one word.
  var isNarrow: Bool { search.maskWords == 1 }

  func run(upTo work: Int, within budget: Budget, shouldStop: () -> Bool) -> Decision {
    search.turnEnd = work
    return mode == .depthFirst
      ? search.runDepthFirst(within: budget, shouldStop: shouldStop)
      : search.runBreadthFirst(within: budget, shouldStop: shouldStop)
  }
}

/// The slots' windows.
final class WindowContender: Contender {
  private var windows: SlotWindows<ProvenSlotRules>

  init(_ windows: SlotWindows<ProvenSlotRules>) { self.windows = windows }

  var expansions: Int { windows.expansions }
  var bytes: Int { windows.soonBytes }

  func run(upTo work: Int, within budget: Budget, shouldStop: () -> Bool) -> Decision {
    windows.turnEnd = work
    return windows.run(within: budget, shouldStop: shouldStop)
  }
}

/// The search of Wing & Gong.
final class SearchContender: Contender {
  private var search: Search

  init(_ search: Search) { self.search = search }

  var expansions: Int { search.expansions }
  var bytes: Int { search.bytes }

  func run(upTo work: Int, within budget: Budget, shouldStop: () -> Bool) -> Decision {
    search.turnEnd = work
    return switch search.run(within: budget, shouldStop: shouldStop) {
    case .found(let order): .linearizable(order.map { Int32($0) })
    case .exhausted: .notLinearizable(.exhausted)
    case .limited(let limit): .unknown(limit)
    }
  }
}
