import Replica

extension KnownBug {
  /// Mistakes about what comes over the network.
  static let wire = [
    KnownBug(
      "corrupt-frame-accepted",
      "A frame that was damaged on its way is taken for what was sent.",
      trigger: "corrupt", effects: [.invariant, .history, .stop],
      seenIn: "this project; Amazon S3, July 2008",
      rule: "WireRules.isIntact", RuleSet(wire: CorruptFrameAccepted.self)),
    KnownBug(
      "foreign-frame-accepted",
      "A frame of another cluster, or for another server, is taken for one to this server.",
      trigger: "foreign, misdeliver", effects: [.invariant, .history, .stop],
      seenIn: "this project",
      rule: "WireRules.isAddressed", RuleSet(wire: ForeignFrameAccepted.self)),
  ]
}
