import Histories
import Runs
import Scenarios

extension LiveSystem {
  /// The names of those that this program knows.
  package static let builtIn = [RaftkvSystem.name, SystemDescription.etcd.name, SystemDescription.pysyncobjName]

  /// A built-in system by its name, or one that a folder describes.
  ///
  /// - Parameters:
  ///   - choices: what was chosen of its options.
  ///   - folder: where the files of a built-in one are put, if it has some.
  package static func named(
    _ name: String, choosing choices: [(name: String, value: String)], in folder: String
  ) throws(LiveProblem) -> LiveSystem {
    // Servers are started in folders of their own.
    let choices = choices.map { (name: $0.name, value: absolute($0.value)) }
    switch name {
    case RaftkvSystem.name:
      let isChosen = choices.contains { $0.name == RaftkvSystem.programOption }
      let program = isChosen ? [] : [(name: RaftkvSystem.programOption, value: RaftkvSystem.program)]
      return try LiveSystem(RaftkvSystem.description, choosing: choices + program)
    case SystemDescription.etcd.name: return try LiveSystem(.etcd, choosing: choices)
    case SystemDescription.pysyncobjName where !Files.isFolder(name):
      let path = "\(folder)/\(name)"
      try SystemDescription.writePySyncObj(to: path)
      return try LiveSystem(SystemDescription(readingFolder: path), in: path, choosing: choices)
    default:
      guard Files.isFolder(name) else {
        throw LiveProblem(
          .content,
          "there is no system \"\(name)\"; expected \(Hints.choice(among: builtIn)), or the folder of one with its "
            + "system.json" + Hints.clause(for: name, among: builtIn))
      }
      return try LiveSystem(SystemDescription(readingFolder: name), in: name, choosing: choices)
    }
  }
}

extension LiveSystem {
  /// The path from the root on of a file that is there, its last name as it stands; any other text as it is.
  private static func absolute(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "/")), Files.isFile(text) else { return text }
    let (folder, name) = text.folderAndName
    return (try? Files.resolved(folder)).map { "\($0)/\(name)" } ?? text
  }

  /// Why what its servers send each other cannot be disturbed on this machine; `nil` if it can.
  package func obstacleToLinkFaults() -> String? {
    let needsPackets = description.links == .packets && description.faults.contains(where: \.isOfLinks)
    return needsPackets ? PacketNetwork.obstacle() : nil
  }

  /// Starts this program anew in a network of its own, if these faults need one and it is in none.
  ///
  /// - Parameter words: its command line.
  package func enterNetwork(_ words: [String], for faults: [FaultKind]) throws(LiveProblem) {
    guard description.links == .packets, faults.contains(where: \.isOfLinks) else { return }
    try PacketNetwork.enter(words)
  }
}

extension SystemDescription {
  /// Whether no server is told of any other.
  package var isOfStrangers: Bool {
    !(server + environment.map(\.value)).contains { word in
      Template(word).names.contains { $0 == "peers" || $0 == "others" }
    }
  }

  /// What its clients can do to a key.
  package var changes: [LiveChange] {
    LiveChange.allCases.filter { change in
      switch change {
      case .put: operations.contains(.put)
      case .append: operations.contains(.append)
      case .compareAndSet: operations.contains(.compareAndSet)
      case .delete: operations.contains(.delete)
      }
    }
  }
}

extension FaultKind {
  /// Whether it is about what servers send each other.
  package var isOfLinks: Bool {
    switch self {
    case .one, .halves, .majority, .minorityThird, .majoritiesRing, .bridge, .primaries, .oneWay, .clog, .loss, .delay,
      .duplicate, .reorder, .slowNode:
      true
    default: false
    }
  }
}
