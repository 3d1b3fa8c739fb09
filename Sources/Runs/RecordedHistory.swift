import Histories
import Judging
import Linearizability
import Reporting
import System

/// How a history that somebody recorded is to be read and judged.
package struct CheckOptions: Sendable {
  /// What the operations mean, where the file does not say.
  package var model: ModelName?
  /// What every key holds at first, where the file does not say.
  package var initial: [UInt8]?
  /// `nil` finds it out from the file's start.
  package var format: HistoryFormat?
  /// The member that says where an operation stands in an order to try first; `nil` for `order`, if there is one.
  package var orderMember: String?
  /// What a check may cost.
  package var limits: JudgingLimits
  /// Which engine decides.
  package var algorithm = Algorithm.auto
  /// Whether a get that returned nothing says nothing.
  package var takesNothingAsUnknown = false
  /// Whether events happened in the order of their times, not in that of their lines.
  package var ordersByTime = false

  /// Everything found out from the file unless told otherwise.
  package init(
    model: ModelName? = nil, initial: [UInt8]? = nil, format: HistoryFormat? = nil,
    limits: JudgingLimits = JudgingLimits()
  ) {
    self.model = model
    self.initial = initial
    self.format = format
    self.limits = limits
  }
}

/// A history in a file, or of the case in one.
package struct RecordedHistory: Sendable {
  /// The file's name, as people call it.
  package let name: String
  /// What the clients saw, with the line of each event that was read.
  package let history: History
  /// Of a case: what its faults did, and what operators asked for.
  private var deeds: [NemesisDeed] = []

  /// The history of a run of the case in a file.
  package init(of simulated: SimulatedRun, path: String) {
    name = path.displayed
    history = simulated.outcome.history
    deeds = simulated.outcome.nemesisDeeds(in: simulated.run.scenario)
  }

  /// What Jepsen said of it, and where.
  private var results: (said: JepsenResults, file: String)?
  /// The files that it was read from, if there were several, each with the number of its first line in all of them.
  private var parts: [(path: String, firstLine: Int)] = []

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - path: `-` is standard input.
  ///   - folder: where it was found, if nobody named the file itself; then no link is followed.
  ///   - options: whose limits of time and resident memory hold for reading, too.
  ///   - shouldStop: asked now and then; `true` ends the reading.
  package init(
    path: String, below folder: String? = nil, options: CheckOptions, shouldStop: () -> Bool = { false }
  ) throws(FileProblem) {
    try self.init(HistorySearch.Found(path: path), below: folder, options: options, shouldStop: shouldStop)
  }

  /// Reads what was found in a folder, or the file that somebody named.
  package init(
    _ found: HistorySearch.Found, below folder: String?, options: CheckOptions, shouldStop: () -> Bool = { false }
  ) throws(FileProblem) {
    let name = found.path == "-" && folder == nil ? "standard input" : found.path.displayed
    self.name = name
    if let file = found.results, let said = Self.results(in: file, below: folder) { results = (said, file.displayed) }
    func read(as model: ModelName?) throws(FileProblem) -> (History, [(path: String, firstLine: Int)]) {
      var reading = HistoryFileReading(name, options, format: found.format, model: model)
      for path in found.parts.isEmpty ? [found.path] : found.parts {
        try reading.read(path, isPart: !found.parts.isEmpty, below: folder, shouldStop)
      }
      return (try reading.finish(shouldStop), reading.parts)
    }
    let history: History
    do throws(FileProblem) {
      (history, parts) = try read(as: options.model ?? results?.said.model)
    } catch {
      // What Jepsen called the model may be another thing than ours of that name.
      guard options.model == nil, results?.said.model != nil, error.kind == .content else { throw error }
      (history, parts) = try read(as: nil)
    }
    self.history = try Self.taken(history, as: options, name)
    try check(options)
  }

  /// What Jepsen said; `nil` where it cannot be read, which is no reason not to judge.
  private static func results(in file: String, below folder: String?) -> JepsenResults? {
    var bytes: [UInt8] = []
    guard
      (try? Files.readParts(of: file, below: folder, limit: History.lineLengthLimit) { part, _ in bytes += part })
        != nil
    else { return nil }
    return try? JepsenResults(reading: bytes)
  }

  /// Where a line stands, as people call it.
  package func place(ofLine line: Int) -> String {
    guard let part = parts.last(where: { $0.firstLine <= line }) else { return "\(name):\(line)" }
    return "\(part.path.displayed):\(line - part.firstLine + 1)"
  }

  /// The file's own word counts; an option that contradicts it would otherwise be ignored in silence.
  private func check(_ options: CheckOptions) throws(FileProblem) {
    if let member = options.orderMember, !history.hasGivenOrder {
      throw FileProblem(
        .content,
        "\(name): no event has a member \"\(member)\" that is an integer from 0 on, as --order says; expected its name as "
          + "it stands in the file, without quotes or colon")
    }
    if let said = history.header.model, let asked = options.model, said != asked {
      throw FileProblem(
        .content, "\(name): the file's model is \"\(said.rawValue)\", --model says \"\(asked.rawValue)\"")
    }
    if history.header.model == .mutex, history.header.initial ?? options.initial != nil {
      throw FileProblem(.content, "\(name): a lock is free at first; expected no initial value with the model mutex")
    }
    if let said = history.header.initial, let asked = options.initial, said != asked {
      throw FileProblem(
        .content, "\(name): every key holds \(Wording.quote(said)) at first, --initial says \(Wording.quote(asked))")
    }
  }

  /// The history as the options want it to be taken.
  private static func taken(
    _ history: History, as options: CheckOptions, _ name: String
  ) throws(FileProblem) -> History {
    var history = history
    if options.takesNothingAsUnknown { history = history.takingNothingAsUnknown() }
    guard options.ordersByTime else { return history }
    do throws(UnorderedTimes) {
      return try history.inOrderOfTimes()
    } catch {
      switch error {
      case .none:
        throw FileProblem(.content, "\(name): no event has a time, so --by-time cannot put them in order")
      case .ofOneClient(let from, let to):
        let lines = [from, to].map { history.fileLine(ofEventAt: $0) ?? 0 }
        throw FileProblem(
          .content,
          "\(name):\(lines[1]): the time of process \(history.events[to].process) goes back from the one on line "
            + "\(lines[0]), so --by-time cannot put its events in order")
      }
    }
  }

  /// Judges it.
  ///
  /// - Parameter shouldStop: asked now and then; `true` ends the check as unknown.
  package func judged(_ options: CheckOptions, shouldStop: @escaping @Sendable () -> Bool = { false }) -> CheckedHistory
  {
    let watch = Stopwatch()
    let said = Model(of: history)
    let model = Model(said.name, initial: history.header.initial ?? options.initial)
    let judgement = Judge(model: model, limits: options.limits, algorithm: options.algorithm).judge(
      history, shouldStop: shouldStop)
    return CheckedHistory(
      recorded: self, judgement: judgement, time: watch.elapsed,
      jepsen: results.flatMap { JepsenComparison(judgement.verdict, with: $0.said, in: $0.file) })
  }

  /// The formats in which histories are written.
  package static let writableFormats: [HistoryFormat] = [.native, .edn, .porcupineLog]

  /// The history in one of the writable formats; of a case, in EDN, with what the nemesis did.
  ///
  /// - Throws: if the format cannot say it.
  package func bytes(as format: HistoryFormat) throws(FileProblem) -> [UInt8] {
    precondition(Self.writableFormats.contains(format), "\(format.rawValue) is only read")
    switch format {
    case .edn: return history.edn(with: deeds)
    case .porcupineLog:
      do throws(HistoryWritingError) { return try history.porcupineLog() } catch {
        throw FileProblem(.content, "\(name): cannot be written as \(format.rawValue): \(error)")
      }
    default: return history.jsonLines()
    }
  }

  /// The history in bytes that were just made of one: the same, and each operation with its lines, so that what is said
  /// of it points into the file.
  package static func readBack(_ bytes: [UInt8]) -> History {
    do {
      return try History(reading: bytes, format: .native)
    } catch {
      preconditionFailure("a history that was just written does not read at line \(error.line): \(error)")
    }
  }
}
