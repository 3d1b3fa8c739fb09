import Determinism
import Scenarios

/// What becomes of what one server sends to another.
package struct LinkState: Hashable, Sendable {
  /// All is lost.
  package var isCut = false
  /// All is held until it is not clogged any more.
  package var isClogged = false
  /// How likely something is lost, comes twice, or is overtaken.
  package var loss = Ratio(0, 1)
  package var duplication = Ratio(0, 1)
  package var reordering = Ratio(0, 1)
  /// How long what is to be overtaken is held at most.
  package var hold = Duration.zero
  /// The mean of what everything takes longer, and how that is distributed.
  package var delay = Duration.zero
  package var delayShape = DelayShape.constant

  package init() {}

  /// Whether nothing happens to it.
  package var isFair: Bool { self == LinkState() }
}

/// The state of every link from one server to another.
package struct LinkWeather: Hashable, Sendable {
  package let nodes: [NodeID]
  private var states: [LinkState]

  package init(_ nodes: [NodeID]) {
    self.nodes = nodes
    states = Array(repeating: LinkState(), count: nodes.count * nodes.count)
  }

  package subscript(from sender: NodeID, to recipient: NodeID) -> LinkState {
    get { states[place(sender, recipient)] }
    set { states[place(sender, recipient)] = newValue }
  }

  private func place(_ sender: NodeID, _ recipient: NodeID) -> Int {
    let (row, column) = (nodes.firstIndex(of: sender), nodes.firstIndex(of: recipient))
    guard let row, let column else { preconditionFailure("\(sender) or \(recipient) is not among \(nodes)") }
    return row * nodes.count + column
  }
}

/// The links between the servers of a run.
package protocol Links: AnyObject {
  /// Puts a weather in the place of the one before.
  ///
  /// - Throws: in one sentence, what the machine does not allow.
  func change(to weather: LinkWeather) throws(LiveProblem)
  /// What has become of what was sent; nothing where that is not counted.
  var figures: LinkFigures { get }
  /// Nothing is left of them.
  func close()
}

extension Links {
  package var figures: LinkFigures { LinkFigures() }
}
