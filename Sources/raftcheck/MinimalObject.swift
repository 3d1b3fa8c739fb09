import Reporting
import Runs

/// What `--json` says of a run that was shrunk.
struct MinimalObject: Encodable {
  let certificate: [CertificateLine]
  let deliveries: Int
  let eventHash: String
  let faults: Int
  /// Whether nothing more can be taken away.
  let isComplete: Bool
  let nodes: Int
  let operations: Int
  let otherFailures: [String]
  let replay: String
  let signature: String
  /// What happened, for people.
  let story: String
  let trials: Int
  let wallNanoseconds: Int64

  init(_ result: CaseShrinking.Result) {
    let minimality = result.minimal.minimality
    certificate = minimality.certificate
    deliveries = minimality.after.deliveries
    eventHash = result.minimal.report.outcome.eventHash.hexadecimal
    faults = minimality.after.faults
    isComplete = minimality.isComplete
    nodes = minimality.after.nodes
    operations = minimality.after.operations
    otherFailures = minimality.otherFailures
    replay = result.failing.replay
    signature = result.failing.signature.description
    story = Telling.text(of: result.failing)
    trials = minimality.trials
    wallNanoseconds = result.minimal.time.nanoseconds
  }
}
