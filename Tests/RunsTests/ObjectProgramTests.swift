import Foundation
import Testing

@Suite(
  "Histories of objects, from the command line",
  .enabled(if: Program.executable != nil, "the program is not built beside the tests"))
struct ObjectProgramTests {
  /// Two enqueues, one after the other, and what came out.
  private static let queue = """
    {:process 0, :type :invoke, :f :enqueue, :value 1}
    {:process 0, :type :ok, :f :enqueue, :value 1}
    {:process 0, :type :invoke, :f :enqueue, :value 2}
    {:process 0, :type :ok, :f :enqueue, :value 2}
    {:process 1, :type :invoke, :f :dequeue, :value nil}
    {:process 1, :type :ok, :f :dequeue, :value 2}
    {:process 2, :type :invoke, :f :dequeue, :value nil}
    {:process 2, :type :ok, :f :dequeue, :value 1}

    """
  private static let lock = """
    {:process 0, :type :invoke, :f :acquire, :value nil}
    {:process 0, :type :ok, :f :acquire, :value nil}
    {:process 1, :type :invoke, :f :acquire, :value nil}
    {:process 1, :type :ok, :f :acquire, :value nil}

    """
  private static let accounts = """
    [{"process":0,"type":"invoke","f":"read","value":null},
     {"process":0,"type":"ok","f":"read","value":{"0":10,"1":10}},
     {"process":1,"type":"invoke","f":"transfer","value":{"from":0,"to":1,"amount":3}},
     {"process":1,"type":"ok","f":"transfer","value":{"from":0,"to":1,"amount":3}},
     {"process":0,"type":"invoke","f":"read","value":null},
     {"process":0,"type":"ok","f":"read","value":{"0":7,"1":10}}]
    """
  private static let transactions = """
    {:process 0, :type :invoke, :f :txn, :value [[:w :x 1] [:w :y 1]]}
    {:process 0, :type :ok, :f :txn, :value [[:w :x 1] [:w :y 1]]}
    {:process 1, :type :invoke, :f :txn, :value [[:r :x nil] [:r :y nil]]}
    {:process 1, :type :ok, :f :txn, :value [[:r :x 1] [:r :y nil]]}

    """

  @Test(
    "What is wrong is said in the words of the object",
    arguments: [
      (queue, ["--model", "fifo-queue"], "it took 2 out, but the queue holds 1, 2, in this order"),
      (lock, [], "it took the lock, but it is held since c0's acquire (lines 1-2)"),
      (accounts, [], "it read 0: 7, 1: 10, but the accounts hold 0: 7, 1: 13"),
      (transactions, [], "it read x = 1"),
    ] as [(String, [String], String)])
  func violations(_ text: String, _ options: [String], _ sentence: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "history.edn")
    let page = "\(folder.path)/page.html"
    let result = try Program.run(["check", path, "--html", page] + options)
    #expect(result.exitCode == 1)
    #expect(result.output.inOneLine.contains(sentence), "\(result.output)")
    #expect(try String(contentsOfFile: page, encoding: .utf8).contains("class=\"culprit\""))
    let small = try Program.run(["shrink", path] + options)
    #expect(small.exitCode == 1 && small.output.inOneLine.contains("are not made small"))
    #expect(small.output.inOneLine.contains(sentence))
  }

  @Test("A value that is none of the model is refused at its line")
  func misfit() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      Self.accounts.replacingOccurrences(of: ":3}}", with: ":\"x\"}}"), to: "history.json")
    let result = try Program.run(["check", path])
    #expect(result.exitCode == 65 && result.output == "")
    #expect(result.errors.hasPrefix("\(path):") && result.errors.contains("(model bank)"), "\(result.errors)")
    let small = try Program.run(["shrink", path])
    #expect(small.exitCode == 65 && small.errors == result.errors)
  }

  @Test("A queue whose values may come out in any order is found by the names of its functions")
  func inferred() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(Self.queue, to: "history.edn")
    let result = try Program.run(["check", path])
    #expect(result.exitCode == 0 && result.output.contains("unordered-queue"))
    #expect(try Program.run(["convert", path, "\(folder.path)/history.jsonl"]).exitCode == 0)
    let again = try Program.run(["check", "\(folder.path)/history.jsonl"])
    #expect(again.exitCode == 0 && again.output.inOneLine.contains("unordered-queue 4 operations"))
  }
}
