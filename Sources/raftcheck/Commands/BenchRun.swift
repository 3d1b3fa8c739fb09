import Benchmarks
import Determinism
import Glibc
import Histories
import Linearizability
import Runs
import Terminal

/// What is measured: a workload, or somebody's file.
enum BenchSubject {
  case workload(Workload)
  case file(String)
}

/// Workloads as files.
enum BenchFiles {
  /// Writes a workload as native JSON Lines and, as far as that goes, as a log of Porcupine.
  ///
  /// - Returns: the files.
  static func emit(_ workload: Workload, seed: UInt64, into folder: String) throws(FileProblem) -> [String] {
    var paths: [String] = []
    for place in 0..<UInt64(workload.seeds) {
      let suffix = workload.seeds == 1 ? "" : "-\(seed &+ place)"
      func write(_ bytes: [UInt8], _ name: String) throws(FileProblem) {
        paths.append("\(folder)/\(name)")
        try Files.write(bytes, to: name, in: folder)
      }
      let history = workload.history(seed: seed &+ place)
      try write(history.jsonLines(), "\(workload.name)\(suffix).jsonl")
      guard let portable = workload.forPorcupine else { continue }
      let simple = portable == workload ? history : portable.history(seed: seed &+ place)
      if portable != workload { try write(simple.jsonLines(), "\(portable.name)\(suffix).jsonl") }
      if let log = try? simple.porcupineLog() { try write(log, "\(portable.name)\(suffix).porcupine.txt") }
    }
    return paths
  }
}

/// Measures one subject after the other, each check in a process of its own.
struct BenchRun {
  private let seed: UInt64
  private let timeout: Duration?
  private let console: Console
  private let folder: String
  private let watch = Stopwatch()
  /// Whether nothing is shown until the end.
  var isQuiet = false
  /// What was measured.
  private(set) var rows: [BenchRow] = []
  /// How time and memory grow, for the workloads that were also made shorter.
  private(set) var growth: [BenchGrowth] = []
  /// The memory of a process that checks next to nothing.
  private var baseline: Int?

  init(seed: UInt64, timeout: Duration?, on console: Console) {
    self.seed = seed
    self.timeout = timeout
    self.console = console
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    // A name that nobody can have taken: a stranger's folder there would be written to, and emptied.
    folder = "\(parent)/raftcheck-bench-\(UInt64.random(in: 0 ... .max).hexadecimal)"
  }

  /// The engines besides `auto` get less time: they are there for comparison.
  private static let timeForOthers = Duration.seconds(5)
  private static let timeForAuto = Duration.seconds(60)
  private static let shorter = 10_000

  /// Measures a subject by these engines.
  mutating func measure(_ subject: BenchSubject, by algorithms: [Algorithm]) throws(FileProblem) {
    switch subject {
    case .file(let path):
      for algorithm in algorithms {
        rows.append(BenchRow(algorithm: algorithm, workload: path, seeds: [try check(path, by: algorithm)]))
      }
    case .workload(let workload):
      let paths = try write(workload)
      for algorithm in algorithms where !Interruption.isRequested {
        show("\(workload.name), \(algorithm.rawValue)")
        var seeds: [CheckFigures] = []
        for path in paths {
          seeds.append(try check(path, by: algorithm))
          // An engine for comparison that gives up once would do so again and again.
          if seeds.last?.verdict == .unknown, algorithm != .auto || Interruption.isRequested { break }
        }
        rows.append(BenchRow(algorithm: algorithm, workload: workload.name, seeds: seeds))
      }
      for path in paths { unlink(path) }
      guard Workload.scaled.contains(workload), algorithms.contains(.auto) else { break }
      try measureGrowth(of: workload)
    }
    console.showProgress("")
  }

  /// Takes away what was written.
  func cleanUp() {
    console.showProgress("")
    for case .success(let found) in HistorySearch(in: folder).findings { unlink(found.path) }
    rmdir(folder)
  }

  private func show(_ text: String) {
    if !isQuiet { console.showProgress("\(Figures.time(watch.elapsed))   \(text)") }
  }

  private func write(_ workload: Workload) throws(FileProblem) -> [String] {
    show("\(workload.name), making it")
    try Files.prepareFolder(folder)
    var paths: [String] = []
    for place in 0..<UInt64(workload.seeds) {
      let name = "\(workload.name)-\(workload.operations)-\(place).jsonl"
      try Files.write(workload.history(seed: seed &+ place).jsonLines(), to: name, in: folder)
      paths.append("\(folder)/\(name)")
    }
    return paths
  }

  private func check(_ path: String, by algorithm: Algorithm) throws(FileProblem) -> CheckFigures {
    let time = timeout ?? (algorithm == .auto ? Self.timeForAuto : Self.timeForOthers)
    let bytes = try OtherProcess.output(of: [
      "bench", "check", "--json", "--algorithm", algorithm.rawValue,
      "--timeout", "\(time.nanoseconds / 1_000_000)ms", "--", path,
    ])
    let object = try CanonicalJSON.decode(BenchObject.self, from: bytes, path: path)
    guard let figures = object.rows.first?.seeds.first else {
      throw FileProblem(.system, "\(path): nothing was measured")
    }
    return figures
  }

  /// Compares the workload with a shorter one like it.
  private mutating func measureGrowth(of workload: Workload) throws(FileProblem) {
    let automatic = Algorithm.auto.rawValue
    if baseline == nil { baseline = try quickest(workload.with(operations: 1))?.peakBytes }
    guard let floor = baseline,
      let long = rows.last(where: { $0.workload == workload.name && $0.algorithm == automatic })?.seeds.first,
      let short = try quickest(workload.with(operations: Self.shorter))
    else { return }
    let decades = logarithm(Double(long.operations) / Double(short.operations))
    func exponent(_ figure: (CheckFigures) -> Double) -> Double {
      logarithm(figure(long) / max(1, figure(short))) / decades
    }
    growth.append(
      BenchGrowth(
        workload: workload.name, read: exponent { Double($0.readNanoseconds) },
        check: exponent { Double($0.checkNanoseconds) }, memory: exponent { Double($0.peakBytes - floor) }))
  }

  /// The figures of the quickest of some checks: short ones are easily disturbed.
  private func quickest(_ workload: Workload) throws(FileProblem) -> CheckFigures? {
    let paths = try write(workload)
    defer { for path in paths { unlink(path) } }
    var best: CheckFigures?
    for _ in 0..<5 {
      for path in paths {
        let figures = try check(path, by: .auto)
        if best.map({ figures.checkNanoseconds < $0.checkNanoseconds }) ?? true { best = figures }
      }
    }
    return best
  }

  private func logarithm(_ value: Double) -> Double { log10(max(value, 1e-9)) }
}
