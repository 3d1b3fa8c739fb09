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
      $0.shrinkAllButMessages(downTo: 3)
      $0.shrinkAllButMessages(downTo: 1)
      $0.dropMessages()
    }
  }

  private mutating func shrinkAllButMessages(downTo nodes: Int) {
    dropNodes(downTo: nodes)
    repeatWhileSmaller {
      $0.shrinkCoarsely()
      $0.simplify()
    }
  }

  /// Takes away what people count.
  private mutating func shrinkCoarsely() {
    repeatWhileSmaller {
      $0.repeatWhileSmaller {
        $0.cutEnd()
        $0.forceElections()
        $0.pinFaults()
        $0.cutEnd()
        $0.cutStart()
        $0.dropFaults()
        $0.dropOperations()
        $0.dropNodes(downTo: 3)
        $0.calmWeather()
      }
      $0.joinFaults()
      $0.dropPairs()
    }
  }

  /// Makes what is left plain. Whatever is made short or put together here has less room to be changed.
  private mutating func simplify() {
    cutEnd()
    dropElections()
    nameElections()
    calmKnobs()
    simplifyFaults()
    simplifyOperations()
    joinClients()
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
