import Testing

@testable import Live

@Suite("Guards")
struct GuardTests {
  @Test("What a guard is told comes through its command line", arguments: [true, false])
  func words(isFull: Bool) {
    var order = Guard.Order(words: ["sh", "-c", "--log"], log: "a b")
    if isFull {
      (order.network, order.makesNetwork, order.directory, order.isTalkedWith) = (12, true, "/", true)
    }
    #expect(Guard.Order(words: order.commandWords) == order)
  }
}
