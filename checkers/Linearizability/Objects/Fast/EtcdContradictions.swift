import Determinism

/// What reads of etcd saw against the writes whose revisions are known. What unknown writes have done is of no matter here.
struct EtcdContradictions {
  /// What a call made of a key.
  private struct Write {
    let key: Int32
    let revision: Int64
    /// The value; −1 if it was deleted.
    let value: Int32
    let place: Int32
  }

  private let calls: [ModelCall<EtcdCall>]
  /// By key, those of one by their revisions.
  private var writes: [Write] = []
  /// By revision: who is known to have made it.
  private var writers = LookupTable<Int64, Int32>()

  init(_ calls: [ModelCall<EtcdCall>]) {
    self.calls = calls
    for (place, call) in calls.enumerated() { add(call.operation, Int32(place)) }
    writes.sort { ($0.key, $0.revision) < ($1.key, $1.revision) }
  }

  private mutating func add(_ call: EtcdCall, _ place: Int32) {
    guard call.hasWritten == true, let answer = call.answer, let revision = answer.revision,
      case .transaction(_, let then, let otherwise) = call.request
    else { return }
    if let other = writers[revision], other != place { return }
    writers[revision] = place
    for (number, step) in (answer.isFailure ? otherwise : then).enumerated() {
      switch step {
      case .put(let key, let value, _):
        writes.append(Write(key: key, revision: revision, value: value, place: place))
      case .delete(let key):
        guard case .deleted(1)? = answer.results?[number] else { continue }
        writes.append(Write(key: key, revision: revision, value: -1, place: place))
      case .range: break
      }
    }
  }

  /// The first answer that cannot be, with the write that it contradicts.
  var first: FastViolation? {
    for (place, call) in calls.enumerated() {
      guard let answer = call.operation.answer, var revision = answer.revision, let results = answer.results else {
        continue
      }
      // A transaction that writes sees what was before, or what it wrote itself.
      if call.operation.hasWritten == true { revision -= 1 }
      if case .range(_, let asked) = call.operation.request, asked != 0 { revision = asked }
      for case .found(let found, _) in results {
        for one in found where one.revision > 1 && one.revision <= revision {
          guard let write = contradiction(of: one, at: revision) else { continue }
          return FastViolation(.wrongAnswer, [write, Int32(place)])
        }
      }
    }
    return nil
  }

  /// The write that says otherwise than what was found at a revision.
  private func contradiction(of found: EtcdCall.Found, at revision: Int64) -> Int32? {
    let end = writes.partitionPoint { ($0.key, $0.revision) > (found.key, revision) }
    let last = end > 0 && writes[end - 1].key == found.key ? writes[end - 1] : nil
    if let last, last.revision > found.revision || last.revision == found.revision && last.value != found.value {
      return last.place
    }
    return last?.revision == found.revision ? nil : writers[found.revision]
  }
}
