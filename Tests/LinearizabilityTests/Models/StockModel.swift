import Foundation
import Testing

@testable import Linearizability

// The example of checkers/MAKING-A-MODEL.md, which quotes this file.

struct Stock: SequentialModel {
  enum Operation: Hashable, Sendable {
    case refill(Int)
    case take(gotOne: Bool?)
    case count(Int?)
  }

  let initial = 0

  func successors(of stock: Int, by operation: Operation) -> [Int] {
    switch operation {
    case .refill(let pieces): return [stock + pieces]
    case .take(let gotOne):
      if let gotOne, gotOne != (stock > 0) { return [] }
      return [max(0, stock - 1)]
    case .count(let pieces): return pieces == nil || pieces == stock ? [stock] : []
    }
  }

  func onlyLooks(_ operation: Operation, from stock: Int) -> Bool {
    switch operation {
    case .refill: false
    case .take(let gotOne): gotOne == false
    case .count: true
    }
  }

  func forgettingAnswer(of operation: Operation) -> Operation {
    switch operation {
    case .refill: operation
    case .take: .take(gotOne: nil)
    case .count: .count(nil)
    }
  }

  func description(of operation: Operation) -> String {
    switch operation {
    case .refill(let pieces): "added \(pieces)"
    case .take(let gotOne): gotOne == false ? "found nothing left" : "took one"
    case .count(let pieces): "counted \(pieces.map { "\($0)" } ?? "something")"
    }
  }

  func description(of stock: Int) -> String { "the stock is \(stock)" }
}

@Suite("The model of MAKING-A-MODEL.md")
struct StockTests {
  @Test("More than there was cannot be taken")
  func takenTooOften() throws {
    let verdict = ModelChecker(Stock()).check([
      ModelCall(call: 0, end: 1, .refill(2)),
      ModelCall(call: 2, end: 5, .take(gotOne: true)),
      ModelCall(call: 3, end: 4, .take(gotOne: true)),
      ModelCall(call: 6, end: 7, .take(gotOne: true)),
    ])
    guard case .notLinearizable(let counterexample) = verdict else {
      Issue.record("\(verdict)")
      return
    }
    #expect(counterexample.culprit == 3)
    #expect(counterexample.isCertain)
    #expect(counterexample.state == 0)
    #expect(counterexample.blocked == [3])
    let page = try Self.page()
    #expect(page.contains("```text\n\(counterexample.explanation)\n```\n"), "\(counterexample.explanation)")
  }

  @Test("A refill of unknown result may explain a take, and one that was called later may not")
  func unknownRefill() {
    let calls: [ModelCall<Stock.Operation>] = [
      ModelCall(call: 0, end: nil, .refill(1)), ModelCall(call: 1, end: 2, .take(gotOne: true)),
    ]
    guard case .linearizable(let order) = ModelChecker(Stock()).check(calls) else {
      Issue.record("it has an order")
      return
    }
    #expect(order == [0, 1])
    let late: [ModelCall<Stock.Operation>] = [
      ModelCall(call: 2, end: nil, .refill(1)), ModelCall(call: 0, end: 1, .take(gotOne: true)),
    ]
    guard case .notLinearizable = ModelChecker(Stock()).check(late) else {
      Issue.record("it has no order")
      return
    }
  }

  @Test("The page quotes this file")
  func quotation() throws {
    let source = try String(contentsOfFile: #filePath, encoding: .utf8)
    let blocks = try Self.page().components(separatedBy: "```swift\n").dropFirst()
    #expect(blocks.count == 5)
    for block in blocks {
      let code = block.components(separatedBy: "```")[0]
      #expect(source.contains(code), "\(code)")
    }
  }

  private static func page() throws -> String {
    let folder = #filePath.components(separatedBy: "/").dropLast(4).joined(separator: "/")
    return try String(contentsOfFile: folder + "/checkers/MAKING-A-MODEL.md", encoding: .utf8)
  }
}
