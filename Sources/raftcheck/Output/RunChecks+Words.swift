import Traces

/// What is said of runs that not everything ends.
extension RunChecks {
  /// Behind a title: empty where everything is looked at.
  var restriction: String {
    switch self {
    case .all, .damage: ""
    case .outside: "   as an operator sees it"
    case .none: "   clients' histories only"
    }
  }

  /// By what bugs were counted as caught.
  var counted: String {
    switch self {
    case .all, .damage: "by any effect that its row names"
    case .outside: "by what an operator sees"
    case .none: "by the clients' histories alone"
    }
  }

  /// Behind a command that runs a seed in the same way.
  var options: String {
    switch self {
    case .all, .damage: ""
    case .outside: " --as-operator"
    case .none: " --no-invariants"
    }
  }
}
