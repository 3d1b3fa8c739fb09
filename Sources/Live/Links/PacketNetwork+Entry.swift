import Determinism
import System

extension PacketNetwork {
  /// The programs that it takes, and the packages in which distributions have them.
  static let requirements: [(program: String, package: String)] = [
    ("ip", "iproute2"), ("nft", "nftables"), ("unshare", "util-linux"), ("nsenter", "util-linux"),
    ("sleep", "coreutils"),
  ]

  /// The variables that tell this program, once it is started again, which process was put into a network of its own, and
  /// what the network was that it has left.
  private static let (processMark, networkMark) = ("RAFTCHECK_PROCESS", "RAFTCHECK_NETWORK_OUTSIDE")

  /// How a program gets a network of its own: as a user who may do anything, and as one who may only within a namespace of
  /// users.
  private static let ways = [["unshare", "-n"], ["unshare", "-Urn"]]

  /// Why this machine does not allow such a network, in one sentence without a full stop; `nil` if it does.
  package static func obstacle() -> String? {
    do throws(LiveProblem) {
      _ = try wayIn()
      return nil
    } catch {
      return error.description
    }
  }

  /// Starts this program once more in a network of its own, unless it is in one: the number of the process, its folder and
  /// its open files stay. To be called before anything is printed or started, and before signals are blocked.
  ///
  /// - Parameter words: the arguments of this program, without its name.
  package static func enter(_ words: [String]) throws(LiveProblem) {
    if isEntered { return }
    let way = try wayIn()
    guard let program = ThisProgram.path, let name = ThisProgram.networkName,
      let unshare = InstalledProgram.path(of: way[0])
    else { throw LiveProblem(.system, "cannot find this program's file") }
    let marks = ["\(processMark)=\(ThisProgram.processID)", "\(networkMark)=\(name)"]
    do throws(SystemError) {
      try ThisProgram.replace(
        // Of two variables of one name the first one counts.
        with: [unshare] + way.dropFirst() + ["--", program] + words, environment: marks + EnvironmentVariables.all)
    } catch {
      throw LiveProblem(.system, "cannot make a network: \(error)")
    }
  }

  /// Whether `enter` has made the network of this process. The variables alone would not do: others inherit them.
  static var isEntered: Bool {
    guard let outside = EnvironmentVariables[networkMark], let name = ThisProgram.networkName else { return false }
    return EnvironmentVariables[processMark].flatMap { Int32($0) } == ThisProgram.processID && name != outside
  }

  /// The words before a program that give it a network of its own, tried out.
  private static func wayIn() throws(LiveProblem) -> [String] {
    guard ThisProgram.networkName != nil else {
      throw lack("network namespaces, which only Linux has")
    }
    for (program, package) in requirements where InstalledProgram.path(of: program) == nil {
      throw lack("the program \(program), of the package \(package)")
    }
    if isEntered { return [] }
    var refusal = ""
    for way in ways {
      let trial = try result(of: way + ["true"])
      if trial.isSuccess {
        try tryOut(way)
        return way
      }
      refusal = trial.complaint
    }
    throw lack("a network namespace, which is refused: \(refusal)")
  }

  private static func lack(_ need: String) -> LiveProblem {
    LiveProblem(.system, "cutting links between servers needs \(need)")
  }

  /// Makes in a namespace that vanishes at once what a network consists of.
  private static func tryOut(_ way: [String]) throws(LiveProblem) {
    let nodes = NodeID.first(3)
    var weather = LinkWeather(nodes)
    weather[from: nodes[0], to: nodes[1]].isCut = true
    weather[from: nodes[0], to: nodes[2]].loss = Ratio(1, 2)
    let trials = [
      (["ip", "-batch", "-"], ["link add name bridge0 type bridge", "link add name veth0 type veth peer name veth1"]),
      (["nft", "-f", "-"], [LinkRules(weather) { "10.0.0.\($0.number)" }.text]),
    ]
    for (words, input) in trials {
      let trial = try result(of: way + words, input: input)
      guard !trial.isSuccess else { continue }
      throw lack("a bridge and filters that this kernel does not offer: \(words[0]): \(trial.complaint)")
    }
  }
}
