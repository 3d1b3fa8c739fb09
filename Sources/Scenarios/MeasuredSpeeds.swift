import Determinism

// How long messages and syncs take for processes of one machine (ARCHITECTURE.md, "The simulator and the world").

extension NetworkPlan {
  mutating func takeMeasuredSpeeds() {
    (delayMin, delayMean, delayShape) = (.microseconds(30), .microseconds(50), .exponential)
    (clientDelayMin, clientDelayMean, clientLoss) = (.microseconds(30), .microseconds(50), .zero)
  }
}

extension DiskPlan {
  mutating func takeMeasuredSpeeds() {
    (syncMin, syncMean, syncPerByte) = (.microseconds(110), .microseconds(250), .zero)
  }
}
