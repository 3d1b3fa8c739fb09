import Reporting
import Runs

/// A failing run as text and as a page.
enum Telling {
  /// As text without colour.
  static func text(of run: FailingRun) -> String { Story(of: run).text() }

  /// As text for a terminal.
  static func text(of run: FailingRun, on console: Console) -> String {
    Story(of: run).text { text, tone in console.paint(text, Console.Tone(tone)) }
  }

  /// As a page, with the case to copy.
  static func page(of run: FailingRun, _ saved: CaseFile) -> [UInt8] {
    Page(of: run, caseText: String(decoding: saved.encoded(), as: UTF8.self)).bytes
  }
}

extension Console.Tone {
  /// What a part of a story means for its reader.
  init(_ tone: StoryTone) {
    self =
      switch tone {
      case .good: .good
      case .bad: .bad
      case .doubtful: .doubtful
      case .quiet: .quiet
      case .strong: .strong
      }
  }
}
