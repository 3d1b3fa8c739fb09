import Determinism
import Raft
import Traces

/// What a server did, or was done to it, in words.
struct EffectText {
  /// Behind its name: `votes for n2 in term 3`.
  let predicate: String
  /// Beside its lane in the picture, and where there is little room there.
  let label: String
  let short: String

  private init(_ predicate: String, label: String? = nil, short: String? = nil) {
    self.predicate = predicate
    self.label = label ?? predicate
    self.short = short ?? self.label
  }

  /// `nil` for what is told of messages and clients, not of a server.
  init?(_ what: TracedEffect.What) {
    switch what {
    case .role(.follower, let term):
      self.init("is a follower in term \(term)", label: "follows, term \(term)", short: "follows")
    case .role(.preCandidate, let term):
      self.init("is a pre-candidate of term \(term)", label: "pre-candidate, term \(term)", short: "pre-cand.")
    case .role(.candidate, let term):
      self.init("is a candidate of term \(term)", label: "candidate, term \(term)", short: "candidate")
    case .role(.leader, let term):
      self.init("is the leader of term \(term)", label: "leader, term \(term)", short: "leader \(term)")
    case .term(let term): self.init("enters term \(term)", label: "term \(term)")
    case .voted(let candidate, let term):
      self.init(
        "votes for \(candidate) in term \(term)", label: "votes for \(candidate), term \(term)",
        short: "votes \(candidate)")
    case .appended(let entries): self.init(appending: entries)
    case .truncated(let index):
      self.init("removes its entries from \(index) on", label: "drops \(index) and on", short: "drops \(index)")
    case .committed(let index):
      self.init("commits all entries through \(index)", label: "commits to \(index)", short: "commits")
    case .tookSnapshot(let position):
      self.init("takes a snapshot through \(position)", label: "snapshot to \(position)", short: "snapshot")
    case .installedSnapshot(let position):
      self.init(
        "installs its leader's snapshot through \(position)", label: "installs snapshot to \(position)",
        short: "installs")
    case .refusedFrame: self.init("drops a client's damaged frame", label: "drops a frame", short: "drops")
    case .removedFile(let name): self.init("removes \(name)", short: "removes")
    case .started: self.init("starts", label: "restarts")
    case .crashed(let isLossy):
      self.init(
        isLossy ? "crashes and loses what was not synced" : "crashes",
        label: isLossy ? "crashes, loses writes" : nil, short: "crashes")
    case .stopped(.server(let reason)): self.init("stops: \(reason)", label: "stops")
    case .stopped(.damage(let damage)): self.init("stops: \(damage)", label: "stops")
    case .paused: self.init("stands still", short: "still")
    case .resumed: self.init("goes on")
    case .cut(let others): self.init("no longer reaches \(Words.list(others.map(\.description)))")
    case .healed(let others): self.init("reaches \(Words.list(others.map(\.description))) again")
    case .sent, .lost, .called, .returned: return nil
    }
  }

  /// More entries than these are counted, not named.
  static let maxEntries = 5

  private init(appending entries: [TracedEntry]) {
    func place(_ entry: TracedEntry) -> String { "\(entry.index)/\(entry.term)" }
    var names = entries.prefix(Self.maxEntries).map { "\(place($0)) \($0.text)" }
    if entries.count > Self.maxEntries { names.append("and \(entries.count - Self.maxEntries) more") }
    let predicate = "appends \(names.joined(separator: "; "))"
    guard let first = entries.first, let last = entries.last else {
      self.init("appends nothing")
      return
    }
    if entries.count == 1 {
      self.init(predicate, label: "+ \(place(first)) \(first.text)", short: "+ \(place(first))")
    } else {
      self.init(predicate, label: "+ \(place(first)) … \(place(last))", short: "+ \(place(first)) …")
    }
  }
}
