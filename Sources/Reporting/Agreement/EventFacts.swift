import Determinism
import Histories
import KeyValue
import Linearizability
import Raft
import Replica
import Scenarios
import Traces

/// All that some events, or other values of a run, name: whatever is told of them must be among it.
///
/// It is gathered by looking into the values themselves, whatever they are, so that a new effect or decision need not be
/// entered here.
struct EventFacts {
  private(set) var times: [Duration] = []
  private(set) var spans: [Duration] = []
  private(set) var nodes: [NodeID] = []
  private(set) var terms: [UInt64] = []
  private(set) var indices: [UInt64] = []
  private(set) var positions: [LogPosition] = []
  private(set) var entries: [TracedEntry] = []
  private(set) var clients: [UInt64] = []
  private(set) var numbers: [UInt64] = []
  /// Who asked what.
  private(set) var operations: [(client: UInt64, request: String)] = []
  /// What stands in a text as a whole.
  private(set) var phrases: [String] = []
  /// The keys that clients ask for.
  var keys: [String] = []
  private var instants: [Int64] = []

  // MARK: What is added by name

  mutating func add(time: Duration) { times.append(time) }
  mutating func add(span: Duration) { spans.append(span) }
  mutating func add(node: NodeID) { nodes.append(node) }
  mutating func add(client: Int) { clients.append(UInt64(client)) }
  mutating func add(phrase: String) {
    if let number = UInt64(phrase) { add(number: number) }
    if !phrases.contains(phrase) { phrases.append(phrase) }
  }

  mutating func add(number: UInt64) { if !numbers.contains(number) { numbers.append(number) } }

  mutating func add(_ operation: Operation, _ wording: Wording, _ history: History) {
    let request = wording.request(operation)
    clients.append(UInt64(operation.process))
    operations.append((UInt64(operation.process), request))
    add(phrase: request)
    add(phrase: wording.exchange(operation))
    switch history.action(of: operation) {
    case .put(let value), .append(let value): add(shown: value)
    case .compareAndSet(let expected, let new):
      add(shown: expected)
      add(shown: new)
    case .get, .delete: break
    }
    guard case .ok(let answer) = history.outcome(of: operation) else { return }
    switch answer {
    case .value(let value):
      add(shown: value)
      for mark in [" returns ", ": "] { add(phrase: "\(request)\(mark)\(Wording.show(value))") }
    case .mismatch(let seen):
      add(shown: seen)
      for mark in [" returns: it found ", ": found "] { add(phrase: "\(request)\(mark)\(Wording.show(seen))") }
    case .done, .swapped, .unseenMismatch: break
    }
  }

  mutating func add(_ position: LogPosition) {
    guard !positions.contains(position) else { return }
    positions.append(position)
    terms.append(position.term.rawValue)
    indices.append(position.index.rawValue)
  }

  mutating func add(_ entry: TracedEntry) {
    guard !entries.contains(entry) else { return }
    entries.append(entry)
    add(LogPosition(index: entry.index, term: entry.term))
    add(phrase: entry.text)
  }

  mutating func add(_ other: EventFacts) {
    times += other.times
    spans += other.spans
    nodes += other.nodes
    terms += other.terms
    indices += other.indices
    positions += other.positions
    for entry in other.entries where !entries.contains(entry) { entries.append(entry) }
    clients += other.clients
    numbers += other.numbers
    operations += other.operations
    for key in other.keys where !keys.contains(key) { keys.append(key) }
    for phrase in other.phrases { add(phrase: phrase) }
  }

  // MARK: What is found in a value

  /// Adds all that a value names, however deep. Times that stand beside each other in it also give the span between them.
  mutating func add(allIn value: Any) {
    instants = []
    walk(value)
    for (place, one) in instants.enumerated() {
      for other in instants[(place + 1)...] { spans.append(.nanoseconds(max(one, other) - min(one, other))) }
    }
  }

  private mutating func walk(_ value: Any) {
    let type = Swift.type(of: value)
    if type == NodeID.self, let node = value as? NodeID {
      nodes.append(node)
    } else if type == NodeSet.self, let set = value as? NodeSet {
      for node in set { nodes.append(node) }
      add(number: UInt64(set.count))
    } else if type == Term.self, let term = value as? Term {
      terms.append(term.rawValue)
    } else if type == LogIndex.self, let index = value as? LogIndex {
      indices.append(index.rawValue)
    } else if type == LogPosition.self, let position = value as? LogPosition {
      add(position)
    } else if type == Duration.self, let duration = value as? Duration {
      spans.append(duration)
    } else if type == String.self, let text = value as? String {
      add(phrase: text)
    } else if !takesNumber(value, type), !takesWhole(value, type) {
      let mirror = Mirror(reflecting: value)
      if mirror.displayStyle == .collection { add(number: UInt64(mirror.children.count)) }
      for child in mirror.children { walk(child.value) }
    }
  }

  private mutating func takesNumber(_ value: Any, _ type: Any.Type) -> Bool {
    if type == UInt64.self, let number = value as? UInt64 {
      add(number: number)
    } else if type == Int.self, let number = value as? Int {
      add(number: UInt64(number.magnitude))
    } else if type == Int64.self, let number = value as? Int64 {
      add(number: number.magnitude)
    } else if type == UInt32.self, let number = value as? UInt32 {
      add(number: UInt64(number))
    } else if type == UInt8.self, let number = value as? UInt8 {
      add(number: UInt64(number))
    } else if type == Bool.self {
      return true
    } else {
      return false
    }
    return true
  }

  /// Takes values that mean more, or something else, than what they consist of.
  private mutating func takesWhole(_ value: Any, _ type: Any.Type) -> Bool {
    if type == [UInt8].self, let bytes = value as? [UInt8] {
      add(shown: bytes)
    } else if type == LocalInstant.self, let instant = value as? LocalInstant {
      instants.append(instant.nanoseconds)
    } else if type == WallInstant.self, let instant = value as? WallInstant {
      instants.append(instant.nanoseconds)
      times.append(.nanoseconds(instant.nanoseconds))
    } else if type == TracedEntry.self, let entry = value as? TracedEntry {
      add(entry)
    } else if type == TracedMessage.self, let message = value as? TracedMessage {
      times.append(message.sentAt)
      nodes += [message.key.sender, message.key.recipient]
      terms.append(message.key.term)
      walk(message.content)
      if case .forAnother(let node)? = message.flaw { nodes.append(node) }
    } else if type == AppendEntries.self, let append = value as? AppendEntries {
      take(append)
    } else if type == TracedCaller.self, let caller = value as? TracedCaller {
      add(client: caller.process)
    } else if type == Ratio.self, let ratio = value as? Ratio {
      add(number: UInt64(ratio.numerator))
      add(number: UInt64(ratio.denominator))
      let percent = (UInt64(ratio.numerator) * 100).quotientAndRemainder(dividingBy: UInt64(ratio.denominator))
      if percent.remainder == 0 { add(number: percent.quotient) }
    } else if type == KeyValueOperation.self, let operation = value as? KeyValueOperation {
      add(phrase: MessageText.of(operation))
      add(shown: operation.key)
    } else {
      return takesExchange(value, type)
    }
    return true
  }

  private mutating func takesExchange(_ value: Any, _ type: Any.Type) -> Bool {
    if type == ClientRequest.self, let request = value as? ClientRequest {
      add(phrase: MessageText.of(request.body))
    } else if type == ClientReply.self, let reply = value as? ClientReply {
      add(phrase: MessageText.of(reply.body))
      // What it only points to.
      for child in Mirror(reflecting: reply).children { walk(child.value) }
    } else if type == InstallSnapshot.self, let piece = value as? InstallSnapshot {
      // Where it ends.
      add(number: piece.offset &+ UInt64(piece.bytes.count))
      for child in Mirror(reflecting: piece).children { walk(child.value) }
    } else {
      return false
    }
    return true
  }

  private mutating func add(shown bytes: [UInt8]?) {
    add(phrase: Wording.show(bytes))
  }

  private mutating func take(_ append: AppendEntries) {
    terms.append(append.term.rawValue)
    add(append.previous)
    indices.append(append.commitIndex.rawValue)
    add(number: append.round)
    add(number: UInt64(max(0, append.entries.count - MessageText.maxEntries)))
    var index = append.previous.index
    for entry in append.entries {
      index = LogIndex(index.rawValue &+ 1)
      add(TracedEntry(index: index, term: entry.term, content: .init(entry.payload)))
    }
  }
}

// MARK: Whether a claim holds

extension EventFacts {
  /// Whether it is among these facts.
  func hold(_ claim: Claim) -> Bool {
    switch claim {
    case .time(let text):
      Self.milliseconds(text).map { told in
        times.contains { $0.nanoseconds / 1_000_000 == told } || spans.contains { $0.nanoseconds / 1_000_000 == told }
      } ?? false
    case .span(let text): spans.contains { FaultText.span($0) == text }
    case .node(let number): nodes.contains { UInt64($0.number) == number }
    case .client(let number): clients.contains(number)
    case .term(let term): terms.contains(term)
    case .index(let index): indices.contains(index)
    case .position(let index, let term):
      positions.contains { $0.index.rawValue == index && $0.term.rawValue == term }
    case .content(let index, let term, let text):
      entries.contains { entry in
        entry.index.rawValue == index && entry.text == text && term.map { $0 == entry.term.rawValue } ?? true
      }
    case .operation(let client, let text):
      operations.contains { one in
        // With or without its answer.
        one.client == client && text.utf8.starts(with: one.request.utf8)
      }
    // Any other words behind a verb are no request.
    case .unknownRequest(let word): !keys.contains(word)
    case .unknownAnswer: false
    case .number(let number):
      numbers.contains(number) || indices.contains(number) || terms.contains(number)
    }
  }

  /// `0.390 s` in milliseconds.
  private static func milliseconds(_ text: String) -> Int64? {
    Int64(String(decoding: text.utf8.filter { (0x30...0x39).contains($0) }, as: UTF8.self))
  }

  /// What of the same kind these facts name, in words.
  func alternatives(to claim: Claim) -> String {
    let all: [String] =
      switch claim {
      case .time: times.map(\.description)
      case .span: spans.map { FaultText.span($0) }
      case .node: nodes.map(\.description)
      case .client: clients.map { "c\($0)" }
      case .term: terms.map { "term \($0)" }
      case .index: indices.map { "entry \($0)" }
      case .position, .content: entries.map { "\($0.index)/\($0.term) \($0.text)" } + positions.map { "\($0)" }
      case .operation, .unknownRequest, .unknownAnswer: operations.map { "c\($0.client)'s \($0.request)" }
      case .number: numbers.map { "\($0)" }
      }
    var distinct: [String] = []
    for one in all where !distinct.contains(one) { distinct.append(one) }
    let shown = distinct.prefix(Self.shownAlternatives).joined(separator: ", ")
    return distinct.isEmpty ? "nothing of the kind" : shown + (distinct.count > Self.shownAlternatives ? ", …" : "")
  }

  private static let shownAlternatives = 8
}

extension Claim: CustomStringConvertible {
  /// As it stands in a text, more or less.
  var description: String {
    switch self {
    case .time(let text), .span(let text): text
    case .node(let number): "n\(number)"
    case .client(let number): "c\(number)"
    case .term(let term): "term \(term)"
    case .index(let index): "entry \(index)"
    case .position(let index, let term): "entry \(index) of term \(term)"
    case .content(let index, let term, let text):
      "entry \(index)\(term.map { " of term \($0)" } ?? "") (\(text))"
    case .operation(let client, let text): "c\(client)'s \(text)"
    case .unknownRequest(let key): "another request for \(key)"
    case .unknownAnswer(let text): text
    case .number(let number): "\(number)"
    }
  }
}
