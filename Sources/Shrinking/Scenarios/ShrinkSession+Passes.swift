import Determinism
import Scenarios

// Which pass comes when.
extension ShrinkSession {
  /// Shrinks until no pass finds anything more; where that leaves much, a second time on another way.
  mutating func shrink() {
    let original = best.scenario
    goOneWay {
      $0.begin()
      if $0.best.scenario.weather > 0 { $0.spendSpareTime { $0.rebuildWhole() } }
      $0.shrinkFurther()
    }
    if !isSmall, original.cluster.nodes < 3 {
      goOneWay { $0.shrinkAnew(from: [original.growing.withoutWeather, original.growing]) }
    }
    if !isSmall {
      takesFirstThingsFirst = true
      goOneWay { $0.shrinkAnew(from: [original], rebuilding: true) }
    }
    shrinkFurther()
  }

  /// Whether it is as small as most failures get.
  private var isSmall: Bool {
    let size = ScenarioSize(best.scenario, best.outcome)
    return size.nodes <= 3 && size.faults <= (size.nodes < 3 ? 1 : 3) && size.operations <= 4
  }

  /// Shrinks from the first scenario on that fails, and keeps what is smaller.
  private mutating func shrinkAnew(from starts: [Scenario], rebuilding: Bool = false) {
    let former = best
    guard takeFirstFailing(of: starts) else { return }
    if rebuilding { rebuildWhole() }
    shrinkFurther()
    if former.measure < best.measure { restore(former) }
  }

  /// Rebuilds a storm. What does not fail without weather, with all of the storm there, hangs on milliseconds.
  private mutating func rebuildWhole() {
    cutEnd()
    forceElections()
    pinFaults()
    rebuild()
  }

  /// Shrinks until no pass finds anything more.
  mutating func shrinkFurther() {
    repeatWhileSmaller {
      $0.shrinkAllButMessages(downTo: 3)
      $0.shrinkAllButMessages(downTo: 1)
    }
    dropMessages()
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
      $0.spendSpareTime {
        if !$0.isSmall { $0.rebuild() }
        $0.joinFaults()
        $0.dropPairs()
        $0.dropAndMend()
      }
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
    callLater()
    renameAll()
  }

  private mutating func repeatWhileSmaller(_ passes: (inout ShrinkSession) -> Void) {
    var measure: ScenarioMeasure
    repeat {
      measure = best.measure
      passes(&self)
    } while best.measure < measure && !isOver
  }
}
