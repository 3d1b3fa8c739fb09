import Histories
import Testing

@testable import Linearizability

/// Checks a history given as text.
private func verdict(_ model: ModelName, initial: String? = nil, _ text: String) throws -> Verdict {
  var reader = HistoryReader(model: model)
  try reader.read(Array(text.utf8))
  let checker = LinearizabilityChecker(model: Model(model, initial: initial.map { Array($0.utf8) }))
  return checker.check(try reader.finish())
}

@Suite("What files say of objects")
struct ModelReadingTests {
  @Test("A sum that 64 bits do not hold does not begin anew at the other end")
  func largeSums() throws {
    let large = "\(Int64.max)"
    let counter = """
      {:process 0, :type :invoke, :f :add, :value \(large)}
      {:process 0, :type :ok, :f :add, :value \(large)}
      {:process 0, :type :invoke, :f :add, :value 1}
      {:process 0, :type :ok, :f :add, :value 1}
      {:process 0, :type :invoke, :f :read, :value nil}
      {:process 0, :type :ok, :f :read, :value \(Int64.min)}

      """
    guard case .notLinearizable = try verdict(.counter, counter) else {
      Issue.record("a counter")
      return
    }
    let bank = """
      {:process 0, :type :invoke, :f :transfer, :value {:from 0, :to 1, :amount \(large)}}
      {:process 0, :type :ok, :f :transfer, :value {:from 0, :to 1, :amount \(large)}}
      {:process 0, :type :invoke, :f :read, :value nil}
      {:process 0, :type :ok, :f :read, :value {0 \(-Int64.max), 1 -2}}

      """
    guard case .notLinearizable = try verdict(.bank, initial: "{0 0, 1 \(large)}", bank) else {
      Issue.record("a bank")
      return
    }
  }

  @Test("A transaction that read what nobody wrote is told with its reason")
  func multiRegister() throws {
    let found = try verdict(
      .multiRegister,
      """
      {:process 0, :type :invoke, :f :txn, :value [[:w :x 1]]}
      {:process 0, :type :ok, :f :txn, :value [[:w :x 1]]}
      {:process 0, :type :invoke, :f :txn, :value [[:r :x nil]]}
      {:process 0, :type :ok, :f :txn, :value [[:r :x 2]]}

      """)
    guard case .notLinearizable(let counterexample) = found else {
      Issue.record("\(found)")
      return
    }
    #expect(counterexample.anomaly == .wrongAnswer)
    #expect(counterexample.culprit.call == 2)
    #expect(counterexample.prefix.map(\.call) == [0])
    #expect(counterexample.blocked.map(\.reason) == ["it read x = 2, but the registers hold x = 1"])
    #expect(counterexample.value == Array("the registers hold x = 1".utf8))
    #expect(
      counterexample.explanation.hasPrefix(
        """
        The object: no order of the operations explains what the clients saw.
        Everything before line 4 has an order. With line 4, the end of c0's txn
        """))
  }

  @Test("Names of EDN and of JSON are the same, and a text of digits is the number")
  func names() throws {
    let edn = """
      {:process 0, :type :invoke, :f :transfer, :value {:from 0 :to 1 :amount 3}}
      {:process 0, :type :ok, :f :transfer, :value {:from 0 :to 1 :amount 3}}
      {:process 0, :type :invoke, :f :read, :value nil}
      {:process 0, :type :ok, :f :read, :value {0 7, 1 13}}

      """
    for initial in ["{0 10, 1 10}", "{0 10 1 10}", "{\"0\":10,\"1\":10}"] {
      #expect(try verdict(.bank, initial: initial, edn).name == "linearizable", "\(initial)")
    }
    #expect(try verdict(.bank, initial: "{0 10, 1 11}", edn).name == "not-linearizable")
    #expect(try verdict(.bank, edn).name == "linearizable")
    let json = """
      {"process":0,"type":"invoke","f":"transfer","value":{"from":"0","to":1,"amount":3}}
      {"process":0,"type":"ok","f":"transfer","value":{"from":0,"to":1,"amount":3}}
      {"process":0,"type":"invoke","f":"read","value":null}
      {"process":0,"type":"ok","f":"read","value":{"0":7,"1":13}}

      """
    #expect(try verdict(.bank, initial: "{0 10, 1 10}", json).name == "linearizable")
  }

  @Test("A set of EDN is read as one")
  func sets() throws {
    func text(_ seen: String) -> String {
      """
      {:process 0, :type :invoke, :f :add, :value 1}
      {:process 0, :type :ok, :f :add, :value 1}
      {:process 0, :type :invoke, :f :read, :value nil}
      {:process 0, :type :ok, :f :read, :value \(seen)}

      """
    }
    #expect(try verdict(.set, text("#{1}")).name == "linearizable")
    #expect(try verdict(.set, text("[1]")).name == "linearizable")
    #expect(try verdict(.set, text("#{}")).name == "not-linearizable")
    #expect(try verdict(.set, text("#{1 2}")).name == "not-linearizable")
  }

  @Test("A value that no operation can have is told with its line")
  func misfits() throws {
    let found = try verdict(
      .counter,
      """
      {:process 0, :type :invoke, :f :add, :value 1}
      {:process 0, :type :ok, :f :add, :value 1}
      {:process 0, :type :invoke, :f :read, :value nil}
      {:process 0, :type :ok, :f :read, :value "many"}

      """)
    guard case .unknown(.misfit(let misfit)) = found else {
      Issue.record("\(found)")
      return
    }
    #expect(misfit.description == "line 4: expected a whole number, found \"many\"")
  }

  @Test("A lock's owner is the client that the answer names, and a mark is none")
  func owners() throws {
    func text(_ second: String) -> String {
      """
      {:process 0, :type :invoke, :f :acquire, :value "u1"}
      {:process 0, :type :ok, :f :acquire, :value {:client "c1" :fence 3 :uid "u1"}}
      {:process 1, :type :invoke, :f :acquire, :value "u2"}
      {:process 1, :type :ok, :f :acquire, :value {\(second) :uid "u2"}}

      """
    }
    #expect(try verdict(.fencedLock, text(":client \"c1\" :fence 3")).name == "linearizable")
    #expect(try verdict(.fencedLock, text(":client \"c1\" :fence 4")).name == "not-linearizable")
    #expect(try verdict(.fencedLock, text(":client \"c1\" :fence -1")).name == "linearizable")
    #expect(try verdict(.fencedLock, text(":client \"c2\" :fence 4")).name == "not-linearizable")
    #expect(try verdict(.reentrantMutex, text(":client \"c1\" :fence 4")).name == "linearizable")
    #expect(try verdict(.semaphore, text(":client \"c2\" :fence 4")).name == "linearizable")
    #expect(try verdict(.semaphore, initial: "1", text(":client \"c2\" :fence 4")).name == "not-linearizable")
  }

  @Test("A search that paused goes on where it was, and its answer is the same")
  func resumed() throws {
    var random = RandomObjectHistories(.multiRegister, seed: 3, limit: 9)
    var paused = 0
    for _ in 0..<200 {
      guard let drawn = try ObjectCase(&random) else { continue }
      let decoded = try MultiRegisterModel.decode(drawn.part, History.plainValue(ofBytes: drawn.model.initial))
      let places = Array(0..<Int32(decoded.calls.count))
      let problem = ModelProblem(decoded.model, decoded.calls, places: places)
      var search = ModelSearch(decoded.model, problem, ProvenModelRules.self)
      var expansions = 0
      while case .limited = search.run(within: Budget(expansions: expansions), shouldStop: { false }) {
        paused += 1
        expansions += 1
      }
      var whole = ModelSearch(decoded.model, problem, ProvenModelRules.self)
      let result = whole.run(within: Budget(), shouldStop: { false })
      #expect(search.expansions == whole.expansions)
      if case .found = result { #expect(drawn.isLegal) } else { #expect(!drawn.isLegal) }
    }
    #expect(paused > 200)
  }
}
