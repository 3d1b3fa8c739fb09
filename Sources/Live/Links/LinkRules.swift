import Determinism

/// The rules of nftables for a weather: which packets a bridge does not pass on between servers.
///
/// All links are in one table of one bridge, so that a weather takes the place of another one at a single instant. What
/// goes from and to addresses that are no server's is never touched.
struct LinkRules: Hashable {
  /// What becomes of the packets from one server to another.
  private enum Fate: Hashable {
    case lost
    /// Nothing that a server says comes through, but what the system sends to confirm that it was sent something does.
    /// Otherwise the link in the other direction would break down as well, for want of confirmations.
    case unheard
    case unreliable(Ratio)

    /// The end of a rule.
    var statement: String {
      switch self {
      case .lost: "drop"
      case .unheard: "jump unheard"
      case .unreliable(let loss): "numgen random mod \(loss.denominator) < \(loss.numerator) drop"
      }
    }
  }

  /// The text that puts these rules into the place of whatever rules there were.
  let text: String

  /// - Parameter address: where a server is.
  init(_ weather: LinkWeather, address: (NodeID) -> String) {
    var lines = Self.frame
    var groups: [(fate: Fate, sender: NodeID, recipients: [NodeID])] = []
    for sender in weather.nodes {
      for recipient in weather.nodes where recipient != sender {
        guard let fate = Self.fate(from: sender, to: recipient, in: weather) else { continue }
        if let place = groups.firstIndex(where: { $0.fate == fate && $0.sender == sender }) {
          groups[place].recipients.append(recipient)
        } else {
          groups.append((fate, sender, [recipient]))
        }
      }
    }
    for group in groups {
      let recipients = group.recipients.map(address).joined(separator: ", ")
      let packets = "add rule \(Self.table) links ip saddr \(address(group.sender)) ip daddr { \(recipients) }"
      lines.append("\(packets) \(group.fate.statement)")
    }
    text = lines.joined(separator: "\n")
  }

  private static func fate(from sender: NodeID, to recipient: NodeID, in weather: LinkWeather) -> Fate? {
    let state = weather[from: sender, to: recipient]
    if isLost(state) { return isLost(weather[from: recipient, to: sender]) ? .lost : .unheard }
    return state.loss.numerator > 0 ? .unreliable(state.loss) : nil
  }

  /// Packets that are held would be sent again, so a link that holds everything is a link that loses everything.
  private static func isLost(_ state: LinkState) -> Bool {
    state.isCut || state.isClogged || state.loss.numerator == state.loss.denominator
  }

  private static let table = "bridge raftcheck"

  /// The table without rules for links. A segment of TCP confirms and says nothing else if it ends where its header does.
  private static let frame: [String] = {
    let opening = "tcp flags & (fin|syn|rst|ack) == (syn|ack)"
    let plain = "tcp flags & (fin|syn|rst|ack) == ack"
    let (ipWords, bytesPerWord) = (5, 4)
    let confirmations = (5...15).map { tcpWords in
      "\(plain) tcp doff \(tcpWords) ip length \((ipWords + tcpWords) * bytesPerWord) accept"
    }
    return [
      "add table \(table)",
      "add chain \(table) links { type filter hook forward priority 0; policy accept; }",
      "add chain \(table) unheard",
      "flush table \(table)",
    ]
      + (["ip hdrlength != \(ipWords) drop", "\(opening) accept"] + confirmations + ["drop"]).map {
        "add rule \(table) unheard \($0)"
      }
  }()
}
