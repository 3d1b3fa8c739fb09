import Determinism
import Hosting
import Terminal

/// `raftkv status` and `snapshot`: each server for itself.
enum ServerCommands {
  static let status = ClientCommand(
    syntax: Syntax(
      name: "status", summary: "show what each server knows of itself", options: [],
      examples: [("raftkv status", "role, term and log of those named by --endpoints and of all members")],
      note: "Ends with 0 if any server answers.")
  ) { arguments, context in
    context.show(context.client.status())
  }

  static let snapshot = ClientCommand(
    syntax: Syntax(
      name: "snapshot", summary: "let each server that --endpoints names take a snapshot", options: [],
      examples: [("raftkv snapshot --endpoints 127.0.0.1:8002", "server 2 alone")],
      note: "A server writes its snapshot while it goes on; it shows in `raftkv status` once it is durable.")
  ) { arguments, context in
    let reports = context.client.snapshot()
    let code = context.show(reports)
    // Not all have done it.
    return code == .done && reports.contains { $0.result.outcome != .ok } ? .failed : code
  }
}
