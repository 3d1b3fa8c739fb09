import System

extension WorkerSetup.Mishap {
  /// Lets it happen.
  func happen(to task: WorkerTask) {
    switch self {
    case .trap: fatalError("a worker of a test traps")
    case .hang: while true {}
    case .sleep: while true { Pause.sleep(.seconds(1)) }
    case .allocate:
      var held: [[UInt8]] = []
      while true { held.append([UInt8](repeating: UInt8(truncatingIfNeeded: held.count), count: 1 << 20)) }
    case .killed: ChildProcess(id: ThisProgram.processID).send(.kill)
    case .killedOnce: if task.attempt == 0 { ChildProcess(id: ThisProgram.processID).send(.kill) }
    }
  }
}
