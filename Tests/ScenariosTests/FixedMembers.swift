import Scenarios

extension ScenarioKnobs {
  /// Of clusters whose members stay what they are.
  static var fixedMembers: ScenarioKnobs {
    var knobs = ScenarioKnobs()
    knobs.changesMembers = false
    return knobs
  }
}
