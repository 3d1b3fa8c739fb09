import Determinism
import Histories
import Linearizability

/// A history of a few operations of another one.
struct HistoryExtract {
  let history: History
  /// The operations in the order of their calls in the new history, by their places in what was given.
  let order: [Int]

  /// - Parameters:
  ///   - operations: as they are to stand among themselves.
  ///   - origins: the same, as they stand in `whole`.
  init(of whole: History, _ model: Model, operations: [Operation], origins: [Operation]) {
    var header = whole.header
    (header.model, header.initial, header.expected) = (model.name, model.initial, .notLinearizable)
    var recorder = HistoryRecorder(header: header)
    order = operations.indices.sorted { operations[$0].call < operations[$1].call }
    let processes = Self.processes(of: operations, order)
    var events: [(position: Int, operation: Int, isReturn: Bool)] = []
    for place in order {
      events.append((operations[place].call, place, false))
      if let end = operations[place].end, !operations[place].isUnknown { events.append((end, place, true)) }
    }
    for event in events.sorted(by: { $0.position < $1.position }) {
      let (operation, origin) = (operations[event.operation], origins[event.operation])
      if event.isReturn {
        recorder.complete(
          process: processes[event.operation], at: whole.events[origin.end ?? origin.call].time,
          whole.outcome(of: operation))
      } else {
        recorder.invoke(
          process: processes[event.operation], at: whole.events[origin.call].time, key: whole.values[origin.key],
          whole.action(of: operation))
      }
    }
    history = recorder.finish()
  }

  /// The clients, each its own unless it still has a call open: then it goes on under a new number.
  private static func processes(of operations: [Operation], _ order: [Int]) -> [Int] {
    var processes = operations.map(\.process)
    // When each client is free again.
    var ends = LookupTable<Int, Int>()
    for process in processes { ends[process] = -1 }
    let highest = processes.max() ?? 0
    var fresh = highest + processes.count < Int(Int32.max) ? max(highest, 0) : 0
    for place in order {
      if let end = ends[processes[place]], end > operations[place].call {
        repeat { fresh += 1 } while ends[fresh] != nil
        processes[place] = fresh
      }
      ends[processes[place]] = operations[place].isUnknown ? .max : operations[place].end ?? .max
    }
    return processes
  }
}
