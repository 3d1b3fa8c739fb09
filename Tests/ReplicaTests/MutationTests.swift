import Determinism
import Foundation
import KeyValue
import Raft
import Testing

@testable import Replica

/// Bytes that nobody vouches for, and what becomes of them.
@Suite("Mutated bytes")
struct MutationTests {
  /// `RAFTCHECK_MUTATIONS` asks for more.
  private static let count =
    ProcessInfo.processInfo.environment["RAFTCHECK_MUTATIONS"].flatMap { Int($0) } ?? 10_000

  /// What decodes has one form: it encodes to the very bytes, so nothing in them was overlooked.
  private struct Format: CustomTestStringConvertible {
    let testDescription: String
    let sample: @Sendable (inout Samples) -> [UInt8]
    /// Makes right what is checked before all else.
    var mend: @Sendable (inout [UInt8]) -> Void = { _ in }
    /// The bytes of what they decode to; `nil` if they are refused.
    let recoded: @Sendable ([UInt8]) -> [UInt8]?
  }

  /// Frames of a kind. Their checksum is made right, or nothing behind it would be read.
  private static func frames(_ description: String, _ kind: Int) -> Format {
    Format(testDescription: description, sample: { Wire.encode($0.frame(kind)) }, mend: { Wire.seal(&$0) }) {
      (try? Wire.open($0)).map { Wire.encode($0) }
    }
  }

  private static let formats = [
    frames("a message between servers", 0), frames("a client's request", 1), frames("an answer to a client", 2),
    Format(testDescription: "a command", sample: { $0.command().encoded() }) {
      (try? Command(decoding: $0)).map { $0.encoded() }
    },
    Format(testDescription: "a snapshot of the state machine", sample: { $0.snapshot() }) {
      (try? StateMachine(snapshot: $0)).map { $0.snapshot(rules: PaperSessionRules.self) }
    },
  ]

  @Test("Mutated or cut, they decode to what encodes to them, or are refused", arguments: formats)
  private func mutations(format: Format) throws {
    var samples = Samples(seed: 2)
    var (accepted, refused) = (0, 0)
    var sample: [UInt8] = []
    for round in 0..<Self.count / Self.formats.count {
      // To make a sample may take longer than to read it.
      if round % 10 == 0 { sample = format.sample(&samples) }
      var mutant = samples.mutated(sample)
      if samples.below(4) == 0 { mutant = samples.mutated(mutant) }
      format.mend(&mutant)
      if let recoded = format.recoded(mutant) {
        accepted += 1
        try #require(recoded == mutant)
      } else {
        refused += 1
      }
    }
    #expect(accepted > Self.count / 100 && refused > Self.count / 100)
  }
}
