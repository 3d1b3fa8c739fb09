import Benchmarks
import Testing

@Suite("Engines on longer histories")
struct LargeAgreementTests {
  // The seed is one on which a wrong place of the ninth class of unknown results shows.
  @Test("No engine contradicts another, or how the history was made")
  func engines() {
    let agreement = LargeAgreement.run(count: 100, seed: 101, operationLimit: 200)
    #expect(agreement.contradictions.isEmpty, "\(agreement.contradictions.first ?? "")")
    #expect(agreement.undecided <= 5)
    #expect((25...75).contains(agreement.notLinearizable))
    for contestant in agreement.contestants { #expect(contestant.decided >= 10, "\(contestant.name)") }
  }
}
