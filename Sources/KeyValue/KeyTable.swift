import Determinism

/// The keys of a store with their values, in the order of their bytes.
///
/// They lie in runs, so that a copy shares them: what changes afterwards costs a copy of its run and of the list of runs,
/// and not of everything, as one sorted array would.
///
/// - Complexity: lookup O(log n); a change O(log n), a move within a run of at most `maxRun` keys, and of the list of runs
///   where one is split or goes.
struct KeyTable: Sendable {
  private typealias Run = SortedTable<KeyBytes, [UInt8]>

  /// A run that has more is split in two.
  static let maxRun = 512

  /// None of them is empty.
  private var runs: [Run] = []
  /// How many keys have a value.
  private(set) var count = 0

  /// The value of a key. Setting `nil` removes it.
  subscript(key: KeyBytes) -> [UInt8]? {
    get { runs.isEmpty ? nil : runs[run(of: key)][key] }
    set {
      if runs.isEmpty { runs.append(Run()) }
      let place = run(of: key)
      let before = runs[place].count
      runs[place][key] = newValue
      count += runs[place].count - before
      if runs[place].isEmpty {
        runs.remove(at: place)
      } else if runs[place].count > Self.maxRun {
        let rest = runs[place].split(at: Self.maxRun / 2)
        runs.insert(rest, at: place + 1)
      }
    }
  }

  /// Keys and values, in order.
  var elements: some Sequence<(KeyBytes, [UInt8])> { runs.lazy.flatMap { zip($0.keys, $0.values) } }

  /// The run in which a key is, or would be.
  private func run(of key: KeyBytes) -> Int {
    if runs.count == 1 { return 0 }
    let later = runs.partitioningIndex { key < $0.keys[0] }
    return max(0, later - 1)
  }
}

extension KeyTable: Equatable {
  /// The same keys and values, in whatever runs.
  static func == (one: KeyTable, other: KeyTable) -> Bool {
    one.count == other.count && one.elements.elementsEqual(other.elements) { $0 == $1 }
  }
}

extension KeyTable {
  /// A place between two elements.
  struct Place: Sendable {
    fileprivate var run = 0
    fileprivate var offset = 0
  }

  /// The element behind a place, which moves on; `nil` at the end.
  func next(after place: inout Place) -> (key: KeyBytes, value: [UInt8])? {
    guard place.run < runs.count else { return nil }
    let element = (runs[place.run].keys[place.offset], runs[place.run].values[place.offset])
    place.offset += 1
    if place.offset == runs[place.run].count { place = Place(run: place.run + 1) }
    return element
  }
}
