import Determinism
import Testing

@testable import Live

@Suite("Rules for packets")
struct LinkRulesTests {
  private static let nodes = NodeID.first(3)

  /// The rules for links in a weather, without what is the same in any.
  private func rules(_ change: (inout LinkWeather) -> Void) -> [String] {
    var weather = LinkWeather(Self.nodes)
    change(&weather)
    let prefix = "add rule bridge raftcheck links "
    return LinkRules(weather) { "10.99.0.\($0.number)" }.text.split(separator: "\n").compactMap {
      $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil
    }
  }

  @Test("In a fair weather there are no rules for links")
  func fair() {
    #expect(rules { _ in } == [])
  }

  @Test("A link that is cut in both directions loses everything, a clogged one or one that loses each packet does too")
  func cutBothWays() {
    let lost = rules { weather in
      weather[from: Self.nodes[0], to: Self.nodes[1]].isCut = true
      weather[from: Self.nodes[1], to: Self.nodes[0]].isClogged = true
      weather[from: Self.nodes[0], to: Self.nodes[2]].loss = Ratio(3, 3)
      weather[from: Self.nodes[2], to: Self.nodes[0]].isCut = true
    }
    #expect(
      lost == [
        "ip saddr 10.99.0.1 ip daddr { 10.99.0.2, 10.99.0.3 } drop",
        "ip saddr 10.99.0.2 ip daddr { 10.99.0.1 } drop",
        "ip saddr 10.99.0.3 ip daddr { 10.99.0.1 } drop",
      ])
  }

  @Test("A link that is cut in one direction lets confirmations through in that direction")
  func cutOneWay() {
    let unheard = rules { weather in
      weather[from: Self.nodes[2], to: Self.nodes[0]].isCut = true
      weather[from: Self.nodes[2], to: Self.nodes[1]].isCut = true
    }
    #expect(unheard == ["ip saddr 10.99.0.3 ip daddr { 10.99.0.1, 10.99.0.2 } jump unheard"])
  }

  @Test("Loss is a chance for each packet; delays are not offered")
  func loss() {
    let unreliable = rules { weather in
      weather[from: Self.nodes[0], to: Self.nodes[1]].loss = Ratio(1, 10)
      weather[from: Self.nodes[0], to: Self.nodes[2]].loss = Ratio(1, 5)
      weather[from: Self.nodes[1], to: Self.nodes[2]].delay = .milliseconds(5)
    }
    #expect(
      unreliable == [
        "ip saddr 10.99.0.1 ip daddr { 10.99.0.2 } numgen random mod 10 < 1 drop",
        "ip saddr 10.99.0.1 ip daddr { 10.99.0.3 } numgen random mod 5 < 1 drop",
      ])
  }

  @Test("The table is replaced as a whole, and of segments only those without content come through a one-way cut")
  func frame() {
    let lines = LinkRules(LinkWeather(Self.nodes)) { "\($0)" }.text.split(separator: "\n").map { String($0) }
    #expect(
      lines.prefix(4) == [
        "add table bridge raftcheck",
        "add chain bridge raftcheck links { type filter hook forward priority 0; policy accept; }",
        "add chain bridge raftcheck unheard",
        "flush table bridge raftcheck",
      ])
    let unheard = "add rule bridge raftcheck unheard"
    #expect(lines.contains("\(unheard) tcp flags & (fin|syn|rst|ack) == ack tcp doff 8 ip length 52 accept"))
    #expect(lines.last == "\(unheard) drop")
  }

  @Test("The rules of as many servers as a cluster may have fit into a pipe")
  func size() {
    let nodes = NodeID.first(64)
    var weather = LinkWeather(nodes)
    for sender in nodes { for recipient in nodes { weather[from: sender, to: recipient].isCut = true } }
    #expect(LinkRules(weather) { "10.99.0.\($0.number)" }.text.utf8.count < 64 << 10)
  }
}
