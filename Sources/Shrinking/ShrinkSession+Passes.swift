import Determinism
import Scenarios

// Which pass comes when.
extension ShrinkSession {
  /// Shrinks until no pass finds anything more.
  mutating func shrink() {
    if best.scenario.keepsCalm {
      begin()
      cutEnd()
      forceElections()
      pinFaults()
      retell()
    }
    repeatWhileSmaller {
      $0.repeatWhileSmaller { $0.shrinkWithoutMessages() }
      $0.dropNodes(downTo: 1)
      $0.repeatWhileSmaller { $0.shrinkWithoutMessages() }
      $0.dropMessages()
    }
  }

  private mutating func shrinkWithoutMessages() {
    cutEnd()
    forceElections()
    pinFaults()
    cutEnd()
    cutStart()
    dropFaults()
    dropOperations()
    cutEnd()
    dropElections()
    dropNodes(downTo: 3)
    calmKnobs()
    dropFaults()
    simplifyFaults()
    simplifyOperations()
    cutEnd()
    shortenTimes()
    redirectOperations()
    renameAll()
  }

  private mutating func repeatWhileSmaller(_ passes: (inout ShrinkSession) -> Void) {
    var measure: ScenarioMeasure
    repeat {
      measure = best.measure
      passes(&self)
    } while best.measure < measure && !isInterrupted
  }
}
