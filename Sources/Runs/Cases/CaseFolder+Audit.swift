extension CaseFolder {
  /// What in the folder does not read, does not replay, or does not belong with the rest; none if all is as this program
  /// leaves it. Folders within it are others' business.
  package func faults() -> [String] {
    guard let folder = try? Folder(at: path), let names = try? folder.names() else {
      return ["\(path): cannot be read"]
    }
    var found: [String] = []
    // What is hidden was under way when somebody killed it, and goes with the next run.
    for name in names where !name.hasPrefix(".") {
      if name == FileManifest.name {
        let files = FileManifest(in: folder).map { manifest in
          manifest.files.filter { !manifest.vouches(for: $0.name, in: folder) }.map(\.name)
        }
        found += files.map { $0.map { "\($0) is not what the manifest names" } } ?? ["\(name) does not read"]
      } else if name.hasSuffix(".json") {
        found += faults(ofCase: name)
      } else if name.hasSuffix(".jsonl") {
        do { _ = try RecordedHistory(path: "\(path)/\(name)", options: CheckOptions()) } catch {
          found.append("\(error)")
        }
      } else if name.hasSuffix(".html") {
        let page = (try? Files.read("\(path)/\(name)", limit: Files.historyLimit)) ?? []
        if !page.ends(with: "</html>\n") { found.append("\(name) ends amid the page") }
      } else if name != Self.reportName, name != Self.scriptName, !Files.isFolder("\(path)/\(name)") {
        found.append("\(name) is no file of a run")
      }
    }
    return found
  }

  private func faults(ofCase name: String) -> [String] {
    let saved: CaseFile
    do { saved = try CaseFile(at: "\(path)/\(name)") } catch { return ["\(error)"] }
    let report = saved.run.simulate().judged()
    guard report.outcome.eventHash.hexadecimal == saved.expected.eventHash,
      report.verdict.rawValue == saved.expected.verdict
    else { return ["\(name) does not end as it says"] }
    let historyName: String
    switch name {
    case Self.caseName: historyName = historyPath
    case Self.unshrunkName: historyName = unshrunkHistoryPath
    default: return []
    }
    guard let bytes = try? Files.read(historyName, limit: Files.historyLimit) else { return ["\(name) has no history"] }
    let expected = report.outcome.history.jsonLines()
    guard bytes != expected else { return [] }
    let same = zip(bytes, expected).prefix { $0 == $1 }.map(\.0)
    let line = same.count { $0 == UInt8(ascii: "\n") } + 1
    return [
      "\(name) has the history of another run: of \(bytes.count) bytes, where its own has \(expected.count), line \(line) differs"
    ]
  }
}

extension [UInt8] {
  fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
