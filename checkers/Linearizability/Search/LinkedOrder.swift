/// Some of the numbers 0 to count − 1 in a fixed order, of which any can be taken out and, last out first in, be put
/// back, each in constant time (Knuth's dancing links).
struct LinkedOrder {
  private var following: [Int32]
  private var preceding: [Int32]
  /// Stands before the first and behind the last.
  let end: Int

  /// All numbers of `order`, which holds each of 0 to its count − 1 once.
  init(_ order: [Int]) {
    end = order.count
    following = [Int32](repeating: 0, count: order.count + 1)
    preceding = following
    var last = end
    for number in order {
      following[last] = Int32(number)
      preceding[number] = Int32(last)
      last = number
    }
    following[last] = Int32(end)
    preceding[end] = Int32(last)
  }

  /// The first that is left; `end` if none is.
  var first: Int { Int(following[end]) }

  /// Whether none is left.
  var isEmpty: Bool { first == end }

  /// The one behind `number`; `end` if it is the last.
  func next(_ number: Int) -> Int { Int(following[number]) }

  /// Takes `number` out.
  mutating func remove(_ number: Int) {
    following[Int(preceding[number])] = following[number]
    preceding[Int(following[number])] = preceding[number]
  }

  /// Puts back `number`, the last one taken out.
  mutating func restore(_ number: Int) {
    following[Int(preceding[number])] = Int32(number)
    preceding[Int(following[number])] = Int32(number)
  }
}
