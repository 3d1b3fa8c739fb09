import Determinism
import Foundation
import Histories
import Judging
import Testing

@testable import Benchmarks

@Suite("Hostile input")
struct HostileTests {
  private func draws(_ number: UInt64) -> DiceSequence { Dice(seed: 7).sequence(Purpose(rawValue: 1), number) }

  private static let sample = CaseTrials.Sample(
    bytes: Array(#"{"a" : {"b" : [1, 2, {"c" : "x"}]}, "eventHash" : "00000000000000ab", "n" : null}"#.utf8),
    history: [], origin: ["--seed", "1"])

  @Test("A history is written as Jepsen's console shows it, and means the same when it is read")
  func jepsenLines() throws {
    for seed in 0..<20 as Range<UInt64> {
      var workload = Workload("console", operations: 60, clients: 5)
      (workload.values, workload.unknownPercent, workload.isSpoiled) = (3, 10, seed % 2 == 0)
      let history = workload.history(seed: seed)
      let read = try History(reading: history.jepsenLines())
      #expect(read.header.model == .compareAndSetRegister && read.events.count == history.events.count)
      #expect(Judge().judge(read).verdict.name == Judge().judge(history).verdict.name)
    }
  }

  @Test("The places of a JSON text: every value, with its key if it has one")
  func places() throws {
    let text = Array(#" {"a": [1, "b\"c", {}], "d" : {"e":null} , "f":-1.5e3}"#.utf8)
    let places = try #require(JSONPlaces(text)).all
    let values = places.map { String(decoding: text[$0.value], as: UTF8.self) }
    #expect(
      values == [
        "1", #""b\"c""#, "{}", #"[1, "b\"c", {}]"#, "null", #"{"e":null}"#, "-1.5e3",
        String(decoding: text.dropFirst(), as: UTF8.self),
      ])
    #expect(places.map { $0.key != nil } == [false, false, false, true, true, true, true, false])
  }

  @Test(
    "What is no JSON has no places",
    arguments: ["", "{", "[1,]", "{\"a\"}", "[1] 2", "nul", "\"a", "{a:1}", "]", "[1}"])
  func noPlaces(text: String) {
    #expect(JSONPlaces(Array(text.utf8)) == nil)
  }

  @Test("Nesting a hundred thousand deep is no deep recursion")
  func deepPlaces() {
    let depth = 100_000
    let text = [UInt8](repeating: UInt8(ascii: "["), count: depth) + [UInt8](repeating: UInt8(ascii: "]"), count: depth)
    #expect(JSONPlaces(text)?.all.count == depth)
    #expect(JSONPlaces(text.dropLast()) == nil)
  }

  @Test("The same draws spoil a text in the same way, and most texts become other ones")
  func spoiling() {
    let history = Array("{\"f\":\"get\",\"key\":\"k\"}\n{\"f\":\"put\",\"value\":\"12\"}\n".utf8)
    var changed = 0
    for number in 0..<400 as Range<UInt64> {
      for spoil in [TextMutation.spoiled, FieldMutation.spoiled] {
        var (one, other) = (draws(number), draws(number))
        let spoiled = spoil(history, &one)
        #expect(spoil(history, &other) == spoiled)
        if spoiled != history { changed += 1 }
      }
    }
    #expect(changed > 600)
  }

  @Test("Fields are changed so that most texts still read as JSON, and any field can go")
  func fields() {
    let texts = (0..<600 as Range<UInt64>).map { number in
      var sequence = draws(number)
      return FieldMutation.spoiled(Self.sample.bytes, &sequence)
    }
    #expect(texts.count { JSONPlaces($0) != nil } > 300)
    for name in ["a", "b", "c", "eventHash", "n"] {
      #expect(
        texts.contains { JSONPlaces($0) != nil && $0.firstRange(of: Array("\"\(name)\"".utf8)) == nil }, "\(name)")
    }
  }

  @Test("Trials: some files of each format still read, others do not, and every kind names its files")
  func trials() {
    var (read, refused): ([String: Int], [String: Int]) = ([:], [:])
    for number in 0..<800 as Range<UInt64> {
      var sequence = draws(number)
      let trial = HistoryTrials.draw(&sequence)
      let file = trial.files[0]
      #expect(trial.input == file.name || trial.words.contains(Array(file.name.utf8)))
      if (try? History(reading: file.bytes)) == nil {
        refused[file.name, default: 0] += 1
      } else {
        read[file.name, default: 0] += 1
      }
    }
    let names: Set = [
      "history.jsonl", "history.edn", "history.txt", "history.json", "console.log", "jepsen.log", "test.jepsen",
      "kv.txt",
      "operations.json",
    ]
    #expect(Set(read.keys) == names && names.subtracting(refused.keys) == [])
    for number in 0..<100 as Range<UInt64> {
      var sequence = draws(number)
      let trial = CaseTrials.draw(from: Self.sample, &sequence)
      #expect(trial.words.contains(Array(trial.files[0].name.utf8)))
    }
  }

  @Test("A command line is shown so that a shell reads the same bytes")
  func commandLine() throws {
    var trial = HostileTrial(.commands, ["check", "a b", "", "it's", "-"], codes: [])
    trial.words.append([0x61, 0xFF, 0x0A, 0x5C])
    trial.input = "x"
    #expect(trial.commandLine == #"raftcheck check 'a b' '' $'it\x27s' - $'a\xff\x0a\x5c' < x"#)
  }
}

@Suite("How a process under limits ends")
struct LimitedProcessTests {
  private let shell = LimitedProcess(program: "/bin/sh", addressKiB: 4 << 20, stackKiB: 1_024)

  private func end(
    _ script: String, interrupts: [HostileTrial.Interrupt] = [], patience: Duration = .seconds(20)
  ) throws -> LimitedProcess.End {
    try #require(
      shell.run(
        ["-c", script].map { Array($0.utf8) }, in: "/", input: nil, interrupts: interrupts, patience: patience))
  }

  /// A trial whose only proper end is exit code 0.
  private var trial: HostileTrial { HostileTrial(.histories, ["check", "x"], codes: [0]) }

  @Test("What it prints, where it is started, and its exit code are told")
  func exits() throws {
    let end = try end("pwd; echo no >&2; exit 3")
    #expect(end.way == .exited(3) && end.output == Array("/\n".utf8) && end.errors == Array("no\n".utf8))
    #expect(end.printedBytes == 5 && !end.wasEnded)
    #expect(trial.fault(in: end) == .exited(3))
  }

  @Test("The limits hold, and a signal that nobody sent is a fault")
  func dies() throws {
    #expect(try end("ulimit -v; ulimit -s").output == Array("4194304\n1024\n".utf8))
    let died = try end("echo; kill -ABRT $$")
    #expect(died.way == .died(signal: SIGABRT) && trial.fault(in: died) == .died(signal: SIGABRT))
  }

  @Test("A signal comes at its moment, and to die by it is no fault")
  func interrupts() throws {
    var trial = trial
    trial.interrupts = [HostileTrial.Interrupt(at: .milliseconds(50), signal: SIGTERM)]
    let killed = try end("sleep 30", interrupts: trial.interrupts)
    #expect(killed.way == .died(signal: SIGTERM) && killed.time >= .milliseconds(50) && trial.fault(in: killed) == nil)
  }

  @Test("One that does not end is ended, with all that it has started")
  func endless() throws {
    let ended = try end("trap '' TERM; sleep 30 & sleep 30", patience: .milliseconds(100))
    #expect(ended.wasEnded && ended.time < .seconds(20))
    #expect(trial.fault(in: ended) == .tookLonger(than: HostileTrial.timeLimit))
  }

  @Test("Its end is judged: time, memory, silence, what is printed")
  func judging() {
    let good = LimitedProcess.End(
      way: .exited(0), time: .seconds(5), processorTime: .zero, peakBytes: 100 << 20, output: Array("held\n".utf8),
      errors: [], printedBytes: 5, wasEnded: false)
    func fault(_ change: (inout LimitedProcess.End, inout HostileTrial) -> Void) -> HostileFault? {
      var (end, trial) = (good, trial)
      trial.memory = 100 << 20
      change(&end, &trial)
      return trial.fault(in: end)
    }
    #expect(fault { _, _ in } == nil)
    #expect(fault { end, _ in end.time = .milliseconds(5_600) } == .tookLonger(than: .seconds(5)))
    #expect(fault { end, _ in end.peakBytes = 111 << 20 } == .heldMore(than: 100 << 20))
    #expect(fault { end, _ in (end.output, end.printedBytes) = ([], 0) } == .silent)
    #expect(fault { end, _ in end.output = Array("a\u{1B}[2J\n".utf8) } == .printedRaw("\u{1B}"))
    #expect(fault { end, _ in end.errors = Array("\u{202E}\n".utf8) } == .printedRaw("\u{202E}"))
    #expect(fault { end, _ in end.output = [0xFF, 0x0A] } == .printedRaw(nil))
    #expect(fault { end, _ in end.printedBytes = 2 << 20 } == .printedMuch)
    #expect(fault { _, trial in trial.printed = .json } == .notJSON)
    let object = Array("{\"a\":[1]}\n".utf8)
    #expect(fault { end, trial in (trial.printed, end.output) = (.json, object) } == nil)
    #expect(fault { end, trial in (trial.printed, end.output) = (.json, object + object) } == .notJSON)
    #expect(fault { end, trial in (trial.printed, end.output) = (.jsonLines, object + object) } == nil)
    #expect(fault { end, trial in (trial.printed, end.output) = (.content, [0xFF]) } == nil)
  }
}
