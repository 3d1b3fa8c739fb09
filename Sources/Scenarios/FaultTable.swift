/// How likely a kind of fault is, and how bad it gets: one row of the table.
///
/// Times are in thousandths of the cluster's longest election timeout, and drawn so that each doubling is as likely as
/// the others.
struct FaultOdds: Sendable {
  /// In how many seeds of a hundred it may occur at all. A seed switches whole kinds off, so that what only a few of them
  /// together bring about is not drowned by the others.
  let seeds: Int
  /// How often it comes, compared with the other kinds that the seed has switched on; a seed is up to four times as fond
  /// of one kind as of another.
  let weight: Int
  /// How long it lasts; `nil` if it is over at once.
  let lasts: ClosedRange<Int>?
  /// How many messages of a hundred it hits.
  var percent = 0...0
  /// How long a delay is, or how far a clock jumps.
  var span = 1...1
  /// How long each turn of something that comes again and again takes.
  var every = 1...1
  /// How many bytes can still be written; half of the time as many pages instead.
  var room = 0...0
}

/// The table. What unseats leaders comes more often than what merely slows things down.
extension FaultKind {
  /// This kind's row; torn and lost writes follow from crashes and are never planned.
  var odds: FaultOdds {
    switch self {
    case .one, .halves, .majority: FaultOdds(seeds: 45, weight: 2, lasts: 250...6_000)
    case .minorityThird: FaultOdds(seeds: 25, weight: 1, lasts: 250...6_000)
    case .majoritiesRing, .bridge: FaultOdds(seeds: 30, weight: 2, lasts: 250...6_000)
    case .primaries: FaultOdds(seeds: 50, weight: 4, lasts: 250...6_000)
    case .oneWay: FaultOdds(seeds: 50, weight: 3, lasts: 250...6_000)
    case .clog: FaultOdds(seeds: 30, weight: 2, lasts: 100...4_000)
    case .loss: FaultOdds(seeds: 45, weight: 1, lasts: 1_000...12_000, percent: 2...50)
    case .delay: FaultOdds(seeds: 45, weight: 2, lasts: 1_000...12_000, span: 20...500)
    case .duplicate: FaultOdds(seeds: 45, weight: 2, lasts: 1_000...12_000, percent: 2...50)
    case .reorder: FaultOdds(seeds: 45, weight: 2, lasts: 1_000...12_000, percent: 2...50, span: 50...2_000)
    case .replay: FaultOdds(seeds: 30, weight: 2, lasts: 1_000...12_000, percent: 1...20, span: 1_000...20_000)
    case .slowNode: FaultOdds(seeds: 25, weight: 1, lasts: 1_000...12_000, span: 20...1_000)
    case .kill: FaultOdds(seeds: 80, weight: 6, lasts: 1...5_000)
    case .killMajority: FaultOdds(seeds: 70, weight: 4, lasts: 1...5_000)
    case .powerLoss: FaultOdds(seeds: 30, weight: 2, lasts: 1...2_000)
    case .crashLoop: FaultOdds(seeds: 25, weight: 2, lasts: 1_000...8_000, every: 20...2_000)
    case .pause: FaultOdds(seeds: 45, weight: 2, lasts: 10...5_000)
    case .snapshot: FaultOdds(seeds: 35, weight: 2, lasts: nil)
    case .tornWrite, .lostWrite: FaultOdds(seeds: 0, weight: 0, lasts: nil)
    case .syncError: FaultOdds(seeds: 30, weight: 2, lasts: 50...4_000)
    case .writeError: FaultOdds(seeds: 25, weight: 2, lasts: 50...4_000)
    case .diskFull: FaultOdds(seeds: 25, weight: 2, lasts: 500...8_000, room: 0...4_000)
    case .slowDisk: FaultOdds(seeds: 30, weight: 1, lasts: 1_000...12_000, span: 20...1_000)
    case .bitFlip, .unreadableSector: FaultOdds(seeds: 20, weight: 1, lasts: 1...2_000)
    case .clockDrift: FaultOdds(seeds: 45, weight: 1, lasts: 1_000...12_000)
    case .clockJump: FaultOdds(seeds: 45, weight: 1, lasts: nil, span: 100...100_000)
    case .clockStrobe: FaultOdds(seeds: 25, weight: 1, lasts: 500...6_000, span: 100...100_000, every: 50...1_000)
    case .clockFreeze: FaultOdds(seeds: 25, weight: 1, lasts: 500...12_000)
    case .clockLeap: FaultOdds(seeds: 45, weight: 2, lasts: nil, span: 100...20_000)
    }
  }
}
