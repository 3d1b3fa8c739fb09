import Foundation

/// Words that nothing in the package uses: each had a plainer one, or one of the papers.
enum WordRules {
  /// As single words; identifiers are split where a capital begins.
  static let words = [
    "letter", "letters", "grip", "grips", "gripped", "ambush", "ambushes", "generosity", "insist", "insists",
    "insisted",
    "retell", "retells", "retold", "nudge", "nudges", "nudged", "trifle", "trifles", "life", "gremlin", "moody",
  ]
  /// As parts of the text, in which line breaks, comment marks and the capitals of identifiers are word breaks.
  static let phrases = [
    "go on node", "turn away", "told anew", "heals late", "given up with reads waiting", "hears from no leader",
    "fair again", "fine day", "finer day",
  ]
  /// What others have named.
  private static let foreign = ["letter-spacing", "isLetter"]

  /// What a text says that it should not.
  static func forbidden(in text: String) -> [String] {
    let own = foreign.reduce(text) { $0.replacingOccurrences(of: $1, with: " ") }
    // Lower case, one blank between words.
    var plain: [UInt8] = [0x20]
    for byte in own.utf8 {
      let isCapital = (0x41...0x5A).contains(byte)
      let isOfWord = isCapital || (0x61...0x7A).contains(byte) || byte >= 0x80
      if !isOfWord || isCapital, plain.last != 0x20 { plain.append(0x20) }
      if isOfWord { plain.append(isCapital ? byte + 0x20 : byte) }
    }
    let spoken = String(decoding: plain + [0x20], as: UTF8.self)
    return (words + phrases).filter { spoken.range(of: " \($0) ", options: .literal) != nil }
  }
}

/// Facts cross rooms as types. English is the last step and is never read back.
enum ProseRules {
  /// What takes a text apart or looks for words in it.
  private static let patterns = [
    #"\b(contains|hasPrefix|hasSuffix|starts|wholeMatch|firstMatch)\((with: |of: )?#?""#,
    #"\b(firstRange|ranges|range|trimmingPrefix)\((of: )?#?""#, #"\b(split|components)\(separat(or|edBy): ""#,
    #"\breplacing\(""#,
  ]
  /// A comparison with more than one character.
  private static let comparison = #"[!=]= "[^"]{2,}""#

  /// Files, and folders, that may take text apart, and why.
  static let allowed: [(place: String, reason: String)] = [
    ("Sources/Determinism/Ratio.swift", "reads a ratio from a case file or the command line"),
    ("Sources/Scenarios/Fault.swift", "reads the nodes of a target from a case file"),
    ("Sources/Traces/FailureSignature.swift", "reads a signature from a case file"),
    ("Sources/Runs/Cases/CaseFolder", "takes the names of a folder and of its files apart"),
    ("Sources/Benchmarks/Hostile/", "makes command lines and says what is expected of each"),
    ("Sources/Runs/OtherProcess.swift", "reads the output and the environment of another process"),
    ("Sources/Runs/DeterminismCheck.swift", "reads the lines of hashes that another process printed"),
    ("Sources/raftcheck/CommandLine/", "reads what the user typed"),
    ("Sources/raftcheck/Commands/ConvertCommand.swift", "finds a format by the ending of a file's name"),
    ("Sources/raftcheck/Commands/ShrinkCommand+History.swift", "finds a format by the ending of a file's name"),
    ("Sources/System/", "reads addresses, paths and names as the system has them"),
    ("Sources/Hosting/HTTP/", "reads what comes over the network"),
    ("Sources/Hosting/API/", "reads what clients ask for"),
    ("Sources/Hosting/Network/AddressBook.swift", "reads a file of addresses"),
    ("Sources/Hosting/Files/DataFolder.swift", "reads a file that says whose folder it is"),
    ("Sources/Hosting/Server/FaultSocket.swift", "reads the lines of a socket"),
    ("Sources/Live/Processes/", "reads the lines of a guard"),
    ("Sources/Live/Run/LivePlan.swift", "reads options as the user types them"),
    ("Sources/Live/Systems/", "reads the files in which others describe their systems"),
    ("Sources/Live/Run/LivePlan.swift", "reads what the user typed, and a file that keeps it"),
    ("Sources/raftkv/", "reads what the user typed"),
    ("Sources/Terminal/", "reads what the user typed, and the environment"),
    ("Sources/Reporting/Text/Layout.swift", "breaks any text at its spaces, whatever it says"),
    ("Sources/Reporting/Text/TextTable.swift", "breaks any text at its spaces, whatever it says"),
    ("Sources/Reporting/Text/Bars.swift", "breaks any text at its spaces, whatever it says"),
    (
      "Sources/Reporting/Agreement/",
      "holds what is told against the trace: it reads told text on purpose, as a reader does"
    ),
    (
      "Sources/Reporting/Page/",
      "compares the names of its style classes, and shortens units and arrows for its columns"
    ),
    ("checkers/Judging/ResidentMemory.swift", "reads a file of the operating system"),
    ("checkers/Linearizability/Explanation/Wording.swift", "quotes a user's value that would read like a word of ours"),
  ]

  /// The lines of a file that take text apart.
  static func readsBack(in text: SourceText, source: String) -> [Int] {
    let lines = source.components(separatedBy: "\n")
    // What a line holds, the file holds: to look at that once is much quicker.
    let whole = text.codeLines.joined(separator: "\n")
    let patterns = patterns.filter { whole.range(of: $0, options: .regularExpression) != nil }
    return text.codeLines.indices.filter { number in
      let code = text.codeLines[number]
      guard code.utf8.contains(UInt8(ascii: "\"")) else { return false }
      if patterns.contains(where: { code.range(of: $0, options: .regularExpression) != nil }) { return true }
      return code.range(of: #"[!=]= """#, options: .regularExpression) != nil
        && lines[number].range(of: comparison, options: .regularExpression) != nil
    }.map { $0 + 1 }
  }

  static func isAllowed(_ path: String) -> Bool { allowed.contains { path.hasPrefix($0.place) } }
}
