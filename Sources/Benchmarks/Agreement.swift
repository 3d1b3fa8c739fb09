import Histories
import Linearizability

/// Compares the search with brute force on every small history of a register over two values, which starts with the
/// first of them, with results `ok` and `info`.
package struct Agreement: Sendable {
  /// How often the two were asked, and how often no order was found.
  package private(set) var histories = 0
  package private(set) var notLinearizable = 0
  /// The histories that the two disagree on, at most ten, in the native format.
  package private(set) var disagreements: [String] = []

  private let operationLimit: Int
  private let processCount: Int
  private let actions: [Action]
  private let checker: LinearizabilityChecker
  private static let values: [[UInt8]] = [[UInt8(ascii: "0")], [UInt8(ascii: "1")]]

  /// Compares them on every history of up to `operations` operations of `processes` clients.
  ///
  /// A client whose call ends unknown goes on at once, under a new name.
  ///
  /// - Complexity: exponential in the operations. Four operations of two clients make 318,710 histories.
  package static func run(operations: Int = 4, processes: Int = 2) -> Agreement {
    var agreement = Agreement(operations, processes)
    let header = HistoryHeader(model: .register, initial: values[0])
    let clients = (0..<processes).map { Client(process: $0) }
    agreement.extend(HistoryRecorder(header: header), clients, called: 0)
    return agreement
  }

  /// Who calls, and what is open.
  private struct Client {
    let process: Int
    var action: Action?
  }

  private init(_ operations: Int, _ processes: Int) {
    operationLimit = operations
    processCount = processes
    actions = [.get] + Self.values.map { .put($0) }
    checker = LinearizabilityChecker(model: Model(.register, initial: Self.values[0]))
  }

  /// Compares the two on this history once nothing is open, and goes on in every way there is.
  private mutating func extend(_ recorder: HistoryRecorder, _ clients: [Client], called: Int) {
    if called > 0, clients.allSatisfy({ $0.action == nil }) { compare(recorder.finish()) }
    for (place, client) in clients.enumerated() {
      if let action = client.action {
        for outcome in outcomes(of: action) {
          var (recorder, clients) = (recorder, clients)
          recorder.complete(process: client.process, at: 0, outcome)
          clients[place] = Client(process: client.process + (outcome == .info ? processCount : 0))
          extend(recorder, clients, called: called)
        }
      } else if called < operationLimit {
        for action in actions {
          var (recorder, clients) = (recorder, clients)
          recorder.invoke(process: client.process, at: 0, key: [], action)
          clients[place].action = action
          extend(recorder, clients, called: called + 1)
        }
      }
    }
  }

  private func outcomes(of action: Action) -> [Outcome] {
    action == .get ? Self.values.map { .ok(.value($0)) } + [.info] : [.ok(.done), .info]
  }

  private mutating func compare(_ history: History) {
    histories += 1
    let isLegal = Subhistory.parts(of: history).allSatisfy {
      BruteForce.isLinearizable($0, checker.model.specification)
    }
    notLinearizable += isLegal ? 0 : 1
    let agrees = checker.check(history).says(isLegal: isLegal)
    if !agrees, disagreements.count < 10 {
      disagreements.append(String(decoding: history.jsonLines(), as: UTF8.self))
    }
  }
}

extension Verdict {
  /// Whether this is the verdict on a history that brute force finds legal, or not.
  fileprivate func says(isLegal: Bool) -> Bool {
    switch self {
    case .linearizable: isLegal
    case .notLinearizable: !isLegal
    case .unknown: false
    }
  }
}
