import Determinism
import Histories

/// Histories of every format, spoiled, before every command that reads one.
package enum HistoryTrials {
  /// A trial.
  package static func draw(_ draws: inout DiceSequence) -> HostileTrial {
    let (plainName, good) = history(&draws)
    // A good one now and then: the others are to be held against it.
    let plain = draws.next().below(25) == 0 ? good : TextMutation.spoiled(good, &draws)
    let (name, bytes) = compressed(plainName, plain, &draws)
    var trial =
      switch draws.next().below(8) {
      case 0: converting(name, &draws)
      case 1, 2: shrinking(name, &draws)
      default: checking(name, &draws)
      }
    trial.files.append((name, bytes))
    return trial
  }

  /// Some files are compressed, and some of these spoiled once more.
  private static func compressed(
    _ name: String, _ bytes: [UInt8], _ draws: inout DiceSequence
  ) -> (name: String, bytes: [UInt8]) {
    let choice = draws.next().below(30)
    guard choice < 2 else { return (name, bytes) }
    let file = choice == 0 ? StoredFile.gzip(bytes) : StoredFile.zstandard(bytes)
    let isSpoiled = draws.next().below(3) == 0
    return (name + (choice == 0 ? ".gz" : ".zst"), isSpoiled ? TextMutation.spoiled(file, &draws) : file)
  }

  /// The exit codes of commands that judge a history.
  private static let judged: [Int32] = [0, 1, 2, 4, 65]
  private static let memory = 200 << 20
  private static let limits = ["--timeout", "5s", "--memory", "200M"]

  private static func checking(_ name: String, _ draws: inout DiceSequence) -> HostileTrial {
    var words = ["check"] + limits
    let isJSON = draws.next().below(3) == 0
    if isJSON { words.append("--json") }
    switch draws.next().below(12) {
    case 0: words += ["--format", draws.pick(HistoryFormat.allCases).rawValue]
    case 1: words += ["--model", draws.pick(ModelName.allCases).rawValue]
    case 2: words += ["--initial", draws.pick(["0", "v1", "\u{202E}x"])]
    case 3: words.append("--expected")
    case 4: words += ["--nil", "unknown"]
    case 5: words.append("--by-time")
    default: break
    }
    let reads = draws.next().below(5) == 0
    var trial = HostileTrial(.histories, words + [reads ? "-" : name], codes: judged)
    if isJSON { trial.printed = .json }
    if reads { trial.input = name }
    trial.memory = memory
    return trial
  }

  private static func shrinking(_ name: String, _ draws: inout DiceSequence) -> HostileTrial {
    var words = ["shrink"] + limits
    let isJSON = draws.next().below(3) == 0
    if isJSON { words.append("--json") }
    if draws.next().below(3) == 0 { words += ["--out", draws.pick(["small.jsonl", "small.edn"])] }
    if draws.next().below(4) == 0 { words.append("--fewest") }
    var trial = HostileTrial(.histories, words + [name], codes: judged)
    if isJSON { trial.printed = .json }
    trial.memory = memory
    return trial
  }

  private static func converting(_ name: String, _ draws: inout DiceSequence) -> HostileTrial {
    let out = draws.pick(["-", "converted.jsonl", "converted.edn"])
    let words = ["convert", "--to", draws.pick(["jsonl", "edn"]), name, out]
    var trial = HostileTrial(.histories, words, codes: [0, 65])
    trial.printed = out == "-" ? .content : .text
    return trial
  }

  /// A good history, most of them small, and the name of its file.
  private static func history(_ draws: inout DiceSequence) -> (name: String, bytes: [UInt8]) {
    let seed = draws.next().bits
    let format = draws.pick(HistoryFormat.allCases)
    let isJepsens = [.jepsenLog, .jepsenText, .jepsenStore].contains(format)
    if !isJepsens, format != .porcupineLog, format != .etcdOperations, draws.next().below(2) == 0 {
      var small = RandomHistories(seed: seed, operationLimit: draws.pick([4, 8, 20]))
      return file(small.next(), format, &draws)
    }
    var workload = Workload(
      "hostile", operations: draws.pick([5, 20, 20, 60, 60, 60, 200]), clients: draws.next().within(1...20))
    workload.values = draws.pick([nil, 2, 5])
    workload.unknownPercent = draws.pick([0, 0, 5, 30])
    workload.isSpoiled = draws.next().below(2) == 0
    switch format {
    case .jepsenLog, .jepsenText, .jepsenStore: workload.functions = [.get, .put, .compareAndSet]
    case .etcdOperations: workload.functions = [.get, .put, .delete]
    case .porcupineLog: workload.functions = draws.pick([[.get, .put], [.get, .append], [.get, .put, .append]])
    default: workload.functions = draws.pick([[.get, .put], [.get, .append], [.get, .put, .delete, .compareAndSet]])
    }
    // Appended to, values grow with the history.
    if !workload.functions.contains(.append), draws.next().below(8) == 0 { workload.operations = 2_000 }
    if !isJepsens { workload.keys = draws.pick([1, 1, 3, 20]) }
    return file(workload.history(seed: seed), format, &draws)
  }

  private static func file(
    _ history: History, _ format: HistoryFormat, _ draws: inout DiceSequence
  ) -> (name: String, bytes: [UInt8]) {
    switch format {
    case .native: ("history.jsonl", history.jsonLines())
    case .edn: ("history.edn", history.edn())
    case .jepsenText: ("history.txt", history.jepsenText())
    case .jepsenLog where draws.next().below(2) == 0: ("jepsen.log", history.jepsenLog())
    case .jepsenLog: ("console.log", history.jepsenLines())
    case .jepsenStore: ("test.jepsen", store(history, &draws))
    case .json: ("history.json", history.jsonArray())
    case .etcdOperations: ("operations.json", history.etcdOperations())
    case .porcupineLog: ("kv.txt", (try? history.porcupineLog()) ?? [])
    }
  }

  /// A store whose blocks may be spoiled under good checksums.
  private static func store(_ history: History, _ draws: inout DiceSequence) -> [UInt8] {
    guard draws.next().below(3) > 0 else { return history.jepsenStore() }
    let seed = draws.next().bits
    let purpose = Purpose(rawValue: 0x5354_4F52)
    var number: UInt64 = 0
    return history.jepsenStore { block in
      var draws = Dice(seed: seed).sequence(purpose, number)
      number += 1
      if draws.next().below(3) == 0 { block = TextMutation.spoiled(block, &draws) }
    }
  }
}
