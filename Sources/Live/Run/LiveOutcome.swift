import Determinism
import Histories
import Scenarios

/// What came of a live run, before anybody has judged it.
package struct LiveOutcome: Sendable {
  package let scenario: Scenario
  package let history: History
  package let deeds: [LiveDeed]
  package let counts: LiveCounts
  /// From the start of the storm to its end, or to when it was ended.
  package let time: Duration
  /// What became of the frames that servers sent each other; nothing where they are not counted.
  package let links: LinkFigures
  /// Processes that were killed.
  package let kills: Int
  /// What ended though nobody killed it, as in `n3 ended with 70 at 4.210 s`.
  package let endings: [String]
  /// Servers that did not answer once all was calm.
  package let silent: [NodeID]
  /// Keys that were to be read in the end, and those of which no server told the value.
  package let keys: Int
  package let unreadKeys: Int
  /// What clients could not do, in a sentence.
  package let remark: String?
  /// Whether somebody ended it before its time.
  package let wasInterrupted: Bool
}
