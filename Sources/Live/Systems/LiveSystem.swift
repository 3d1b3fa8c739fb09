import Determinism
import Runs
import System

/// A system as it is tested: what is known of it, where its files are, and what was chosen of its options.
package struct LiveSystem: Sendable {
  package let description: SystemDescription
  /// Where its files are, from the root on; `nil` of one that has none.
  package let folder: String?
  /// What each of its options is, in the order of the description.
  package let options: [(name: String, value: String)]
  /// What stands behind the words that start a server: what the scenario decides of it.
  package var moreWords: [String] = []

  /// - Parameter choices: options and what they are to be, in any order.
  /// - Throws: in one sentence, which choice is none.
  package init(
    _ description: SystemDescription, in folder: String? = nil, choosing choices: [(name: String, value: String)] = []
  ) throws(LiveProblem) {
    self.description = description
    if let folder {
      do throws(FileProblem) {
        self.folder = try Files.resolved(folder)
      } catch {
        throw LiveProblem(.system, error.description)
      }
    } else {
      self.folder = nil
    }
    let known = description.options
    for (place, choice) in choices.enumerated() {
      guard known.contains(where: { $0.name == choice.name }) else {
        throw LiveProblem(.content, Self.sentence(onUnknown: choice.name, of: description))
      }
      guard !choices[..<place].contains(where: { $0.name == choice.name }) else {
        throw LiveProblem(.content, "the option \(choice.name) is given twice")
      }
    }
    var options: [(name: String, value: String)] = []
    for option in known {
      let chosen = choices.first { $0.name == option.name }?.value
      options.append((option.name, try Self.value(of: option, chosen: chosen)))
    }
    self.options = options
  }

  private static func sentence(onUnknown name: String, of description: SystemDescription) -> String {
    let known = description.options.map(\.name)
    let start = "\(name.quoted(columns: 60)) is no option of \(description.name)"
    if known.isEmpty { return "\(start), which has none" }
    return start + Hints.clause(for: name, among: known, otherwise: "; it has \(known.joined(separator: ", "))")
  }

  private static func value(
    of option: SystemDescription.Option, chosen: String?
  ) throws(LiveProblem) -> String {
    guard let value = chosen ?? option.values.first else {
      throw LiveProblem(
        .content, "the option \(option.name) has no value: give it one with --option \(option.name)=VALUE")
    }
    guard !value.utf8.contains(0), value.utf8.count <= DescriptionLimits.wordBytes else {
      throw LiveProblem(
        .content, "the option \(option.name) is no text of at most \(DescriptionLimits.wordBytes) bytes")
    }
    guard option.isOpen || option.values.contains(value) else {
      throw LiveProblem(
        .content,
        "the option \(option.name) is \(value.quoted(columns: 60)); expected \(Hints.choice(among: option.values))"
          + Hints.clause(for: value, among: option.values))
    }
    return value
  }

  // MARK: Words

  /// The words that start a server, one of these.
  package func command(for server: LiveServer, among servers: [LiveServer]) -> [String] {
    description.server.map { filled($0, in: .server, for: server, among: servers) } + moreWords
  }

  /// What an option is.
  package func option(_ name: String) -> String? { options.first { $0.name == name }?.value }

  /// The variables with which a server is started: those of this program, some in the place of others.
  package func environment(for server: LiveServer, among servers: [LiveServer]) -> [String] {
    let own = description.environment.map { variable in
      (name: variable.name, value: filled(variable.value, in: .server, for: server, among: servers))
    }
    let inherited = EnvironmentVariables.all.filter { variable in
      !own.contains { variable.utf8.starts(with: "\($0.name)=".utf8) }
    }
    return inherited + own.map { "\($0.name)=\($0.value)" }
  }

  /// The words that start a client; none if this program has its own.
  package var clientCommand: [String] {
    guard case .program(let words) = description.client else { return [] }
    return words.map { filled($0, in: .client, for: nil, among: []) }
  }

  private func filled(
    _ word: String, in scope: Placeholder.Scope, for server: LiveServer?, among servers: [LiveServer]
  ) -> String {
    let known = Placeholder.known(in: scope, ports: description.ports, options: description.options.map(\.name))
    return Template(word).filled { name in
      guard let meaning = known.first(where: { $0.name == name })?.meaning else {
        preconditionFailure("\(description.name) names {\(name)}, which means nothing")
      }
      return value(of: meaning, for: server, among: servers)
    }
  }

  private func value(of meaning: Placeholder, for server: LiveServer?, among servers: [LiveServer]) -> String {
    func its() -> LiveServer {
      guard let server else { preconditionFailure("a client of \(description.name) is for no single server") }
      return server
    }
    switch meaning {
    case .folder:
      guard let folder else { preconditionFailure("\(description.name) has no folder") }
      return folder
    case .option(let place): return options[place].value
    case .node: return "\(its().node.number)"
    case .name: return "\(its().node)"
    case .host: return its().address.host
    case .port(let place): return "\(its().addresses[place].port)"
    case .address(let place): return "\(its().addresses[place])"
    case .data: return its().data
    case .peers: return list(servers)
    case .others:
      let own = its().node
      return list(servers.filter { $0.node != own })
    }
  }

  private func list(_ servers: [LiveServer]) -> String {
    servers.map { filled(description.peer, in: .peer, for: $0, among: servers) }
      .joined(separator: description.betweenPeers)
  }
}
