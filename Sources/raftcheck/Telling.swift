import Reporting
import Runs

/// A failing run as text and as a page.
enum Telling {
  /// As text without colour.
  static func text(of run: FailingRun) -> String { Story(of: run).text() }

  /// As text for a terminal.
  static func text(of run: FailingRun, on console: Console) -> String {
    Story(of: run).text()
  }

  /// As a page, with the case to copy.
  static func page(of run: FailingRun, _ saved: CaseFile) -> [UInt8] { [] }
}
