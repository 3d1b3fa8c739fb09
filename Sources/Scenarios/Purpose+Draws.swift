import Determinism

/// What draws are for, in one list so that no two purposes share a number.
extension Purpose {
  // What a seed means
  static let clusterPlan = Purpose(rawValue: 1)
  static let networkPlan = Purpose(rawValue: 2)
  static let diskPlan = Purpose(rawValue: 3)
  static let clockPlan = Purpose(rawValue: 4)
  static let workloadPlan = Purpose(rawValue: 5)
  static let clientPlan = Purpose(rawValue: 6)
  static let faultPlan = Purpose(rawValue: 7)
  static let fault = Purpose(rawValue: 8)
  static let sessionPlan = Purpose(rawValue: 9)
  static let protocolPlan = Purpose(rawValue: 10)
  static let calmPlan = Purpose(rawValue: 11)
  static let framePlan = Purpose(rawValue: 12)
  static let diskSpeed = Purpose(rawValue: 13)
  static let walkPlan = Purpose(rawValue: 14)
  static let lateKindsPlan = Purpose(rawValue: 15)
  static let valuePlan = Purpose(rawValue: 16)
  static let diskWalk = Purpose(rawValue: 17)

  // What happens in a run
  package static let messageFate = Purpose(rawValue: 101)
  package static let messageDelay = Purpose(rawValue: 102)
  package static let duplicateDelay = Purpose(rawValue: 103)
  package static let messageHold = Purpose(rawValue: 104)
  package static let clientLoss = Purpose(rawValue: 105)
  package static let clientDelay = Purpose(rawValue: 106)
  package static let electionTimeout = Purpose(rawValue: 107)
  package static let syncLatency = Purpose(rawValue: 108)
  package static let crashCut = Purpose(rawValue: 109)
  package static let replayFate = Purpose(rawValue: 110)
  package static let nodeDelay = Purpose(rawValue: 111)
  package static let diskDelay = Purpose(rawValue: 112)
  package static let diskDamage = Purpose(rawValue: 113)
  package static let brokenConnection = Purpose(rawValue: 114)
  package static let encoding = Purpose(rawValue: 120)
  package static let clusterName = Purpose(rawValue: 121)
  package static let frameDamage = Purpose(rawValue: 122)
  package static let strayFrame = Purpose(rawValue: 123)
}
