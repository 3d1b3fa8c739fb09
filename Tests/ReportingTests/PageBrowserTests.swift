import Foundation
import Testing

@testable import Reporting

@Suite("A page in a browser")
struct PageBrowserTests {
  /// Debian's Chromium or another one, if there is any.
  private static let browser: String? = {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    let paths = names.flatMap { name in folders.map { "\($0)/\(name)" } }
    return paths.first(where: FileManager.default.isExecutableFile)
  }()

  private static let widths = [1_400, 400]

  /// What a page told at one width.
  private struct Report {
    var page: String
    var width: Int
    var isDark: Bool
    var marks: Int
    var problems: [String]

    init?(_ line: Substring) {
      let fields = line.split(separator: "|", omittingEmptySubsequences: false)
        .map { String($0).removingPercentEncoding ?? "?" }
      guard fields.count >= 6, let width = Int(fields[1]) else { return nil }
      (page, self.width, isDark, marks) = (fields[0], width, fields[3] == "true", Int(fields[4]) ?? -1)
      problems = Array(fields[6...]) + (Int(fields[2]) == width ? [] : ["its width is \(fields[2])"])
    }
  }

  @Test(
    """
    Nothing is asked for, nothing complains, every mark is inside the diagram, and no words are cut or cover others: in \
    light and dark, at 1,400 and at 400 pixels
    """, .enabled(if: browser != nil, "no Chromium on PATH"), arguments: [false, true])
  func measured(isDark: Bool) throws {
    let browser = try #require(Self.browser)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pages-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let runs = try PageCases.minimal.get() + [PageCases.unshrunk()]
    for run in runs {
      let html = run.page.html
      try keep(html, as: run.name)
      let measured = html.replacing("<head>", with: "<head>\(PageMeasure.script)", maxReplacements: 1)
      try Data(measured.utf8).write(to: folder.appendingPathComponent("\(run.name).html"))
    }
    let driver = folder.appendingPathComponent("driver.html")
    let pages = runs.map { "\($0.name).html" }
    try Data(PageMeasure.driver(pages: pages, widths: Self.widths).utf8).write(to: driver)
    let (page, complaints) = try show(driver, in: browser, isDark: isDark, folder)

    #expect(complaints.isEmpty)
    let result = try #require(page.split(separator: "<pre id=\"result\">").last?.split(separator: "</pre>").first)
    let lines = result.split(separator: "\n")
    #expect(lines.last == "finished")
    let reports = lines.compactMap(Report.init)
    #expect(reports.count == pages.count * Self.widths.count)
    for report in reports {
      #expect(report.problems.isEmpty, "\(report.page) at \(report.width) pixels")
      #expect(report.isDark == isDark && report.marks > 3, "\(report.page)")
    }
  }

  /// Shows a page until it has nothing to do any more: the page as it is then, and what stands in the browser's console.
  private func show(_ page: URL, in browser: String, isDark: Bool, _ folder: URL) throws -> (String, [Substring]) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: browser)
    process.arguments =
      [
        "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--enable-logging=stderr",
        "--virtual-time-budget=10000000", "--user-data-dir=\(folder.path)/profile",
        "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)", "--dump-dom", page.absoluteString,
      ]
    let output = Pipe()
    let log = folder.appendingPathComponent("log")
    try Data().write(to: log)
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: log)
    try process.run()
    let shown = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let complaints = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
      .filter { $0.contains("CONSOLE") }
    return (String(decoding: shown, as: UTF8.self), complaints)
  }

  /// Leaves the page for people to look at, where they have asked for it.
  private func keep(_ html: String, as name: String) throws {
    guard let folder = ProcessInfo.processInfo.environment["RAFTCHECK_KEEP_PAGES"] else { return }
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(html.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).html"))
  }
}
