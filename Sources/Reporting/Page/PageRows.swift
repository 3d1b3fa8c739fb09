import Determinism
import Scenarios

/// Where the rows, labels and marks of a space-time diagram lie on the page: in pixels down, in shares across.
///
/// Time runs downwards. A row is as far below the one before it as the time between them asks for, no farther than is
/// good to look at, and far enough that no words lie on others: wherever something would not fit, the row moves down.
struct PageRows {
  /// A message's words.
  struct Label {
    var arrow: Int
    var x: Across
    var y: Int
    var width: Across
  }

  /// Where a message's line ends that does not arrive.
  struct End {
    var x: Across
    var y: Int
  }

  /// A stretch of time that is drawn shorter than it was.
  struct Break {
    var y: Int
    var time: Duration
  }

  private(set) var laneX: [Across] = []
  /// How far a lane is from the next one, for what stands on it.
  private(set) var laneWidth: [Across] = []
  private(set) var y: [Int] = []
  private(set) var labels: [Label] = []
  /// For each arrow.
  private(set) var ends: [End] = []
  private(set) var breaks: [Break] = []
  /// For each note and banner.
  private(set) var noteY: [Int] = []
  private(set) var bannerY: [Int] = []
  private(set) var failureY = 0
  private(set) var height = 0

  private let drawing: PageSpaceTime
  private let labelsAll: Bool
  /// What is taken already: between lane i and the next one, and on lane i.
  private var columns: [Taken]
  private var onLanes: [Taken]

  /// Half of what a line of words, and a note on a lane, take.
  private static let labelHalf = 8
  private static let noteHalf = 10
  private static let crossHalf = 5
  /// A note stands so far below the arrival that it tells of, and what is sent then leaves from below it: so arrows' heads
  /// are seen.
  static let noteDrop = 11
  private static let sendDrop = 16
  /// Above and below which a banner of one line keeps clear, and what each further line adds.
  private static let bannerHalf = 13
  private static let lineHalf = 8
  /// So many characters of a banner fit a line on the narrowest screen.
  private static let bannerColumns = 44
  /// A server that is down for a moment is seen to be down between what is written at its crash and at its restart.
  private static let downLength = 36
  private static let longestGap = 44
  /// How far a row moves down for words.
  private static let longestSearch = 160
  /// The most messages besides those of the story that all have words.
  private static let labelLimit = 70

  private let failureHalf: Int

  /// - Parameter failureText: what is written where the failure is seen.
  init(_ drawing: PageSpaceTime, failureText: String = "") {
    self.drawing = drawing
    failureHalf = Self.half(failureText)
    labelsAll = drawing.drawnMessages <= Self.labelLimit
    columns = drawing.lanes.map { _ in Taken() }
    onLanes = drawing.lanes.map { _ in Taken() }
    ends = drawing.arrows.map { _ in End(x: Across(share: 0), y: 0) }
    noteY = drawing.notes.map { _ in 0 }
    bannerY = drawing.banners.map { _ in 0 }
    placeLanes()
    placeRows()
    height = (y.last ?? 0) + 42
    height = max(height, failureY + failureHalf + 13)
  }

  /// What words across all lanes take above and below, on the narrowest screen.
  private static func half(_ text: String) -> Int {
    bannerHalf + max(0, text.count - 1) / bannerColumns * lineHalf
  }

  private func half(_ banner: Int) -> Int { Self.half(drawing.banners[banner].mark.text) }

  private mutating func placeLanes() {
    // A client's lane needs less room than a server's.
    let weights = drawing.lanes.map { lane in if case .clients = lane { 72 } else { 100 } }
    let total = max(1, weights.reduce(0, +))
    var before = 0
    // Notes on the last lane need some more room.
    let room = total + 18
    for weight in weights {
      laneX.append(Across(share: (before * 2 + weight) * 5_000 / room))
      laneWidth.append(Across(share: weight * 10_000 / room))
      before += weight
    }
  }

  // MARK: Rows

  private mutating func placeRows() {
    let pace = typicalDelay
    for row in drawing.rows.indices {
      var top = 18
      if row > 0 {
        let time = drawing.rows[row].at - drawing.rows[row - 1].at
        let wanted = Int(min(Int64(1_000_000), time.nanoseconds * 26 / max(1, pace.nanoseconds)))
        top = y[row - 1] + max(4, min(wanted, Self.longestGap))
        if wanted > Self.longestGap * 3 {
          top += 12
          breaks.append(Break(y: (y[row - 1] + top) / 2, time: time))
        }
        if row - 1 == drawing.failure { top = max(top, failureY + failureHalf + 3) }
      }
      place(row, from: top)
    }
  }

  /// What a message between servers takes mostly.
  private var typicalDelay: Duration {
    let delays = drawing.arrows.compactMap { arrow -> Duration? in
      guard arrow.fate == .arrived, let arrival = arrow.arrival else { return nil }
      return drawing.rows[arrival].at - drawing.rows[arrow.sent].at
    }.sorted()
    return delays.isEmpty ? .milliseconds(1) : max(.microseconds(1), delays[delays.count / 2])
  }

  /// Finds the first place for a row, at `top` or below, at which all fits that comes with it.
  private mutating func place(_ row: Int, from top: Int) {
    let arrows = drawing.arrows.indices.filter { drawing.arrows[$0].arrival == row }
    let notes = drawing.notes.indices.filter { drawing.notes[$0].row == row }
    let banners = drawing.banners.indices.filter { drawing.banners[$0].row == row }
    var place = top
    for index in arrows {
      let arrow = drawing.arrows[index]
      place = max(place, start(of: arrow) + (isServers(arrow) ? 18 : 10))
    }
    for segment in drawing.segments where segment.look == .down && segment.rows.upperBound == row {
      let crash = segment.rows.lowerBound
      if crash < row { place = max(place, y[crash] + Self.downLength) }
    }
    // Messages that go the same way at the same time never find room for both their words: then one goes without.
    let first = place
    while place < first + Self.longestSearch, !fits(row, at: place, arrows, notes, banners) { place += 2 }
    if place >= first + Self.longestSearch {
      place = first
      while !fits(row, at: place, [], notes, banners) { place += 2 }
    }
    y.append(place)
    take(row, at: place, arrows, notes, banners)
    for index in drawing.arrows.indices where drawing.arrows[index].sent == row && drawing.arrows[index].arrival == nil
    {
      placeLost(index)
    }
    if row == drawing.failure {
      // Below all that has happened so far.
      let lines = drawing.arrows.indices.filter { drawing.arrows[$0].sent <= row }.map { ends[$0].y + 6 }
      let words = columns.map(\.end) + onLanes.map(\.end)
      failureY = ([place + 20] + words + lines).max().map { $0 + failureHalf } ?? 0
      takeAcross(failureY, failureHalf)
    }
  }

  /// Where an arrow leaves its lane.
  func start(of arrow: PageSpaceTime.Arrow) -> Int {
    let isNoted = drawing.notes.contains { $0.row == arrow.sent && $0.lane == arrow.from }
    return y[arrow.sent] + (isNoted ? Self.sendDrop : 0)
  }

  private func fits(_ row: Int, at place: Int, _ arrows: [Int], _ notes: [Int], _ banners: [Int]) -> Bool {
    for index in banners.indices {
      let y = bannerPlace(index, of: banners, at: place, notes)
      let isFree = (columns + onLanes).allSatisfy { $0.isFree(y, half(banners[index])) }
      if !isFree { return false }
    }
    for index in notes {
      let lane = drawing.notes[index].lane
      guard onLanes[lane].isFree(place + Self.noteDrop, Self.noteHalf) else { return false }
      for column in beside(lane) where !columns[column].isFree(place + Self.noteDrop, Self.noteHalf) { return false }
    }
    var mine = columns
    for index in notes {
      for column in beside(drawing.notes[index].lane) { mine[column].take(place + Self.noteDrop, Self.noteHalf) }
    }
    for index in banners.indices {
      let y = bannerPlace(index, of: banners, at: place, notes)
      for column in mine.indices { mine[column].take(y, half(banners[index])) }
    }
    for index in arrows {
      guard onLanes[drawing.arrows[index].to].isFree(place, 3),
        let label = label(of: index, to: place, in: mine)
      else { return false }
      if let column = label.column { mine[column].take(label.y, Self.labelHalf) }
    }
    return true
  }

  private mutating func take(_ row: Int, at place: Int, _ arrows: [Int], _ notes: [Int], _ banners: [Int]) {
    for (index, banner) in banners.enumerated() {
      bannerY[banner] = bannerPlace(index, of: banners, at: place, notes)
      takeAcross(bannerY[banner], half(banner))
    }
    for index in notes {
      noteY[index] = place + Self.noteDrop
      let lane = drawing.notes[index].lane
      onLanes[lane].take(noteY[index], Self.noteHalf)
      for column in beside(lane) { columns[column].take(noteY[index], Self.noteHalf) }
    }
    for index in arrows {
      let arrow = drawing.arrows[index]
      ends[index] = End(x: laneX[arrow.to], y: place)
      if arrow.fate != .arrived {
        // Short of the lane that it does not reach.
        ends[index].x = laneX[arrow.from].towards(laneX[arrow.to], thousandths: 900)
        ends[index].y = start(of: arrow) + (place - start(of: arrow)) * 9 / 10
      }
      guard let label = label(of: index, to: place, in: columns), let column = label.column else { continue }
      columns[column].take(label.y, Self.labelHalf)
      addLabel(index, column, label.y)
    }
  }

  /// Banners of one row lie above each other, and above what happens on the lanes.
  private func bannerPlace(_ index: Int, of banners: [Int], at place: Int, _ notes: [Int]) -> Int {
    let below = banners[(index + 1)...].reduce(0) { $0 + 2 * half($1) }
    let own = half(banners[index])
    // The last one of a row without notes lies on it.
    return place - below - (notes.isEmpty ? below > 0 ? own - Self.bannerHalf : 0 : own + 2)
  }

  private mutating func takeAcross(_ place: Int, _ half: Int) {
    for index in columns.indices {
      columns[index].take(place, half)
      onLanes[index].take(place, half)
    }
  }

  // MARK: Messages

  private func isServers(_ arrow: PageSpaceTime.Arrow) -> Bool {
    for case .clients in [drawing.lanes[arrow.from], drawing.lanes[arrow.to]] { return false }
    return true
  }

  private func hasLabel(_ arrow: PageSpaceTime.Arrow) -> Bool {
    isServers(arrow) && !arrow.text.isEmpty && (arrow.isStory || labelsAll)
  }

  /// The columns on both sides of a lane.
  private func beside(_ lane: Int) -> [Int] {
    [lane - 1, lane].filter { $0 >= 0 && $0 < drawing.lanes.count - 1 }
  }

  /// The columns that an arrow crosses, those in its middle first.
  private func crossed(_ arrow: PageSpaceTime.Arrow) -> [Int] {
    let columns = Array(min(arrow.from, arrow.to)..<max(arrow.from, arrow.to))
    let middle = columns.reduce(0, +) * 2 / max(1, columns.count)
    return columns.sorted { (abs($0 * 2 - middle), $0) < (abs($1 * 2 - middle), $1) }
  }

  private func middle(of column: Int) -> Across { laneX[column].towards(laneX[column + 1], thousandths: 500) }

  /// Where a message's words can stand if it arrives at `place`: in which column, if it has any, and how far down. `nil`
  /// if they do not fit.
  private func label(of index: Int, to place: Int, in columns: [Taken]) -> (column: Int?, y: Int)? {
    let arrow = drawing.arrows[index]
    guard hasLabel(arrow) else { return (nil, 0) }
    let (from, to) = (laneX[arrow.from].share, laneX[arrow.to].share)
    let start = start(of: arrow)
    for column in crossed(arrow) {
      let label = start + (place - start) * (middle(of: column).share - from) / (to - from)
      if columns[column].isFree(label, Self.labelHalf) { return (column, label) }
    }
    return nil
  }

  private mutating func addLabel(_ arrow: Int, _ column: Int, _ y: Int) {
    let width = Across(share: laneX[column + 1].share - laneX[column].share)
    labels.append(Label(arrow: arrow, x: middle(of: column), y: y, width: width))
  }

  /// A message that is lost where it is sent, or is still under way: it ends between the last two lanes on its way.
  private mutating func placeLost(_ index: Int) {
    let arrow = drawing.arrows[index]
    let column = arrow.from < arrow.to ? arrow.to - 1 : arrow.to
    var end = start(of: arrow) + 18
    let hasWords = hasLabel(arrow) && (arrow.fate == .lost || arrow.isStory)
    let half = hasWords ? Self.labelHalf : Self.crossHalf
    while !columns[column].isFree(end, half) { end += 2 }
    columns[column].take(end, half)
    if hasWords { addLabel(index, column, end) }
    ends[index] = End(x: middle(of: column), y: end)
  }
}

/// What is taken of a column: stretches from top to bottom.
private struct Taken {
  private var stretches: [(top: Int, bottom: Int)] = []

  var end: Int { stretches.map(\.bottom).max() ?? 0 }

  func isFree(_ middle: Int, _ half: Int) -> Bool {
    // Later rows never reach far up.
    stretches.suffix(200).allSatisfy { $0.bottom <= middle - half || $0.top >= middle + half }
  }

  mutating func take(_ middle: Int, _ half: Int) {
    stretches.append((middle - half, middle + half))
  }
}
