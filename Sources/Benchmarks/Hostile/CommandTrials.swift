import Determinism
import Glibc

/// Command lines that somebody mistyped, or that nobody would type.
package enum CommandTrials {
  /// A command, as its help describes it.
  package struct Shape: Sendable {
    /// The words of its name.
    package let name: [String]
    /// With their dashes.
    package let options: [String]
    /// Command lines that work, without the program's name.
    package let examples: [[String]]

    /// A command with these options.
    package init(name: [String], options: [String], examples: [[String]]) {
      (self.name, self.options, self.examples) = (name, options, examples)
    }
  }

  /// A trial of one of these commands.
  ///
  /// What is asked for may well take hours, so that it is soon interrupted, and then must end.
  package static func draw(of shapes: [Shape], beside sample: CaseTrials.Sample, _ draws: inout DiceSequence)
    -> HostileTrial
  {
    let shape = draws.pick(shapes)
    var words = draws.pick(shape.examples + [shape.name]).map { Array($0.utf8) }
    for _ in 0...draws.next().below(4) { spoil(&words, shape, &draws) }
    var trial = HostileTrial(.commands, [], codes: [0, 1, 2, 3, 4, 64, 65, 74, 130])
    trial.words = words
    var small = RandomHistories(seed: draws.next().bits)
    trial.files = [
      ("case.json", sample.bytes), ("history.jsonl", small.next().jsonLines()), ("folder/h.edn", small.next().edn()),
    ]
    trial.interrupts = [250, 500].map { HostileTrial.Interrupt(at: .milliseconds($0), signal: SIGINT) }
    trial.time = .seconds(2)
    // What is printed hangs on what is left of the command line.
    trial.printed = words.contains { $0 == Array("-".utf8) || $0.starts(with: "--html".utf8) } ? .content : .text
    return trial
  }

  /// What is put where a value should be. Nothing in it leads out of the folder in which the program is started.
  private static let values: [[UInt8]] =
    [
      "", " ", "-", "--", "---", "-1", "0", "1", "007", "1.5", "1e3", "9223372036854775807", "9223372036854775808",
      "18446744073709551615", "18446744073709551616", "0..<1", "0..<18446744073709551615", "5..<5", "..<", "1ms", "0s",
      "9999999999h", "9223372036854775807ms", "1K", "1048575G", "0K", "none", "kill", "kill,kill", ",", "lease", "auto",
      "slots",
      "kv", "edn", "jsonl", "no-sessions", "reads-any-node", "case.json", "history.jsonl", "folder", "folder/",
      "missing", ".", "a/b/c",
      "case.json/x", "/dev/null", "/dev/full", "/proc/self/mem", "out", "%s%n", "$(id)", "'", "\"", "\\", "*", "~", "=",
      "--seed=",
      "--help", "--json", "-h", "\u{202E}abc", "\u{9B}31m", "a\nb", "a\u{1B}[2Jb", "\u{2028}", "é", "e\u{301}", "👩‍👩‍👧‍👦",
      "١",
    ].map { Array($0.utf8) } + [
      [0xFF], [0x61, 0xC0, 0x80, 0x62], [0xED, 0xA0, 0x80], [UInt8](repeating: 0x39, count: 5_000),
      [UInt8](repeating: 0x61, count: 300), [UInt8](repeating: 0x78, count: 20_000),
      [UInt8]([[UInt8]](repeating: Array("\u{301}".utf8), count: 2_000).joined()),
    ]

  private static func spoil(_ words: inout [[UInt8]], _ shape: Shape, _ draws: inout DiceSequence) {
    let option = Array((shape.options.isEmpty ? "--json" : draws.pick(shape.options)).utf8)
    let value = draws.pick(values)
    let place = draws.next().below(words.count + 1)
    switch draws.next().below(10) {
    case 0 where place < words.count: words.remove(at: place)
    case 1 where place < words.count: words.insert(words[place], at: place)
    case 2 where place < words.count: words[place] = value
    case 3: words.insert(value, at: place)
    case 4: words.append(option)
    case 5: words.append(option + [UInt8(ascii: "=")] + value)
    case 6 where place < words.count && !words[place].isEmpty:
      let byte = draws.next().below(words[place].count)
      words[place][byte] = max(1, UInt8(truncatingIfNeeded: draws.next().bits))
    case 7 where place < words.count: words.swapAt(place, draws.next().below(words.count))
    default: words += [option, value]
    }
  }
}
