import Glibc
import Synchronization
import System

/// Does many things on the machine's cores.
package enum Workers {
  /// How many cores there are.
  package static var cores: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

  /// What `transform` makes of each element, on up to so many threads, of which the caller's is one.
  ///
  /// Elements are taken in turn; who takes which is left to chance.
  package static func map<Element: Sendable, Made: Sendable>(
    _ elements: [Element], threads: Int, _ transform: @escaping @Sendable (Element) -> Made
  ) -> [Made] {
    let made = Results<Made>(count: elements.count)
    share(elements.count, threads: threads) { made.set($0, transform(elements[$0])) }
    return made.all
  }

  /// Calls `body` with each number below `count`, on up to so many threads, of which the caller's is one.
  static func share(_ count: Int, threads: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let queue = Queue(count: count, body: body)
    var started: [WorkerThread] = []
    for _ in 1..<max(1, min(threads, count)) {
      // Those that are there do the work, the caller's own at least.
      guard let thread = WorkerThread({ queue.work() }) else { break }
      started.append(thread)
    }
    queue.work()
    for thread in started { thread.join() }
  }

  /// What is done.
  private final class Results<Made: Sendable>: Sendable {
    private let slots: Mutex<[Made?]>

    init(count: Int) {
      slots = Mutex([Made?](repeating: nil, count: count))
    }

    func set(_ number: Int, _ made: Made) { slots.withLock { $0[number] = made } }

    var all: [Made] { slots.withLock { $0.compactMap(\.self) } }
  }

  /// What is left to do.
  private final class Queue: Sendable {
    /// The number to be taken next.
    private let next = Atomic<Int>(0)
    private let count: Int
    private let body: @Sendable (Int) -> Void

    init(count: Int, body: @escaping @Sendable (Int) -> Void) {
      self.count = count
      self.body = body
    }

    func work() {
      while true {
        let number = next.add(1, ordering: .relaxed).oldValue
        guard number < count else { return }
        body(number)
      }
    }
  }
}
