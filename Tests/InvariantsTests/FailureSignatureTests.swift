import Testing
import Traces

@Suite("The signature of a failure")
struct FailureSignatureTests {
  @Test("It is read as it is printed, of every invariant, failure of progress and reason to stop")
  func printed() {
    let signatures =
      [FailureSignature.linearizability] + Invariant.allCases.map { .invariant($0) }
      + LivenessFailure.allCases.map { .liveness($0) } + StopCause.allCases.map { .stopped($0) }
    for signature in signatures { #expect(FailureSignature(signature.description) == signature) }
    #expect(Set(signatures.map(\.description)).count == signatures.count)
    #expect(FailureSignature.invariant(.electionSafety).description == "invariant/ElectionSafety")
  }

  @Test("Other words are none", arguments: ["rain", "", "invariant", "invariant/", "liveness/", "stopped/rain"])
  func unknown(_ text: String) {
    #expect(FailureSignature(text) == nil)
  }
}
