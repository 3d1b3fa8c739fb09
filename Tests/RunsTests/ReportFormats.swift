import Foundation

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// A file of JUnit, held against the rules of Jenkins' junit-10.xsd.
final class JUnitFile: NSObject, XMLParserDelegate {
  struct Case {
    var name: String
    var outcome = ""
    var type = ""
    var message = ""
    var text = ""
  }

  private struct Element {
    var parents: [String]
    var attributes: [String]
    var required: [String]
    var mayHoldText = false
  }

  private static let elements: [String: Element] = [
    "testsuites": Element(parents: [""], attributes: ["name", "time", "tests", "failures", "errors"], required: []),
    "testsuite": Element(
      parents: ["testsuites", "testsuite"],
      attributes: [
        "name", "tests", "failures", "errors", "group", "time", "skipped", "timestamp", "hostname", "id", "package",
        "file", "log", "url",
      ], required: ["name", "tests", "failures", "errors"]),
    "properties": Element(parents: ["testsuite"], attributes: [], required: []),
    "property": Element(parents: ["properties"], attributes: ["name", "value"], required: ["name", "value"]),
    "testcase": Element(
      parents: ["testsuite"], attributes: ["name", "time", "classname", "group"], required: ["name", "classname"]),
    "skipped": outcome, "error": outcome, "failure": outcome,
    "system-out": Element(parents: ["testcase", "testsuite"], attributes: [], required: [], mayHoldText: true),
  ]
  private static let outcome = Element(
    parents: ["testcase"], attributes: ["type", "message"], required: [], mayHoldText: true)

  private(set) var objections: [String] = []
  private(set) var cases: [Case] = []
  private var open: [String] = []
  private var counts: [String: String] = [:]

  init(_ bytes: [UInt8]) throws {
    super.init()
    let parser = XMLParser(data: Data(bytes))
    parser.delegate = self
    if !parser.parse() { objections.append("is no XML: \(String(describing: parser.parserError))") }
    let outcomes = cases.map(\.outcome)
    for (name, outcome) in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
    where counts[name] != "\(outcomes.count { $0 == outcome })" {
      objections.append("\(name) is \(counts[name] ?? "missing")")
    }
    if counts["tests"] != "\(cases.count)" { objections.append("tests is \(counts["tests"] ?? "missing")") }
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    if let element = Self.elements[name] {
      if !element.parents.contains(open.last ?? "") { objections.append("\(name) stands in \(open.last ?? "nothing")") }
      for key in attributes.keys where !element.attributes.contains(key) { objections.append("\(name) has \(key)") }
      for key in element.required where attributes[key]?.isEmpty ?? true { objections.append("\(name) lacks \(key)") }
    } else {
      objections.append("\(name) is no element")
    }
    // The schema's pattern of a time, of which only digits and a point are used.
    let time = attributes["time"] ?? "0"
    if time.wholeMatch(of: /[0-9]+(\.[0-9]+)?/) == nil { objections.append("time \(time)") }
    switch name {
    case "testsuite": counts = attributes
    case "testcase": cases.append(Case(name: attributes["name"] ?? ""))
    case "failure", "error", "skipped", "system-out":
      guard !cases.isEmpty else { break }
      (cases[cases.count - 1].outcome, cases[cases.count - 1].type) = (name, attributes["type"] ?? "")
      cases[cases.count - 1].message = attributes["message"] ?? ""
    default: break
    }
    open.append(name)
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    open.removeLast()
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    if Self.elements[open.last ?? ""]?.mayHoldText ?? false {
      if !cases.isEmpty { cases[cases.count - 1].text += text }
    } else if text.contains(where: { !$0.isWhitespace }) {
      objections.append("\(open.last ?? "") holds text: \(text)")
    }
  }
}

/// A file of SARIF, held against what version 2.1.0 and GitHub's code scanning demand.
struct SARIFObject {
  struct Result {
    var rule = ""
    var fingerprint = ""
    var message = ""
    var uri = ""
    var steps: [String] = []
  }

  private(set) var objections: [String] = []
  private(set) var results: [Result] = []
  private(set) var notes: [String] = []
  private(set) var category = ""

  private typealias Object = [String: Any]

  init(_ bytes: [UInt8]) throws {
    guard let file = try JSONSerialization.jsonObject(with: Data(bytes)) as? Object,
      let runs = file["runs"] as? [Object], let run = runs.first, runs.count == 1
    else {
      objections = ["there is no run"]
      return
    }
    expect(text(file, "$schema", "").hasSuffix("sarif-2.1.0.json"), "$schema")
    expect(file["version"] as? String == "2.1.0", "version")
    let driver = (run["tool"] as? Object)?["driver"] as? Object ?? [:]
    expect(text(driver, "name", "driver") == "raftcheck" && !text(driver, "version", "driver").isEmpty, "driver")
    let rules = driver["rules"] as? [Object] ?? []
    for rule in rules { read(rule: rule) }
    let ids = rules.compactMap { $0["id"] as? String }
    expect(Set(ids).count == ids.count && ids.count > 60, "rules")
    category = text(run["automationDetails"] as? Object ?? [:], "id", "automationDetails")
    for invocation in run["invocations"] as? [Object] ?? [] {
      expect(invocation["executionSuccessful"] is Bool, "executionSuccessful")
      for note in invocation["toolExecutionNotifications"] as? [Object] ?? [] {
        expect(["note", "warning", "error"].contains(text(note, "level", "notification")), "level of a notification")
        notes.append(message(note, "notification"))
      }
    }
    for result in run["results"] as? [Object] ?? [] { read(result: result, ids) }
    expect(run["results"] is [Any], "results")
    let fingerprints = results.map(\.fingerprint)
    expect(Set(fingerprints).count == fingerprints.count, "fingerprints")
  }

  private mutating func expect(_ holds: Bool, _ what: String) { if !holds { objections.append(what) } }

  private mutating func text(_ object: [String: Any], _ key: String, _ what: String) -> String {
    let text = object[key] as? String ?? ""
    expect(!text.isEmpty, "\(what).\(key)")
    return text
  }

  private mutating func message(_ object: [String: Any], _ what: String, key: String = "message") -> String {
    text(object[key] as? [String: Any] ?? [:], "text", "\(what).\(key)")
  }

  private mutating func read(rule: [String: Any]) {
    let id = text(rule, "id", "rule")
    for key in ["shortDescription", "fullDescription", "help"] {
      expect(message(rule, id, key: key).count <= 1_024, "\(id).\(key) is long")
    }
  }

  private mutating func read(result object: [String: Any], _ ids: [String]) {
    var result = Result()
    result.rule = text(object, "ruleId", "result")
    let index = object["ruleIndex"] as? Int ?? -1
    expect(ids.indices.contains(index) && ids[index] == result.rule, "ruleIndex of \(result.rule)")
    expect(["note", "warning", "error"].contains(text(object, "level", "result")), "level")
    result.message = message(object, "result")
    let locations = object["locations"] as? [[String: Any]] ?? []
    expect(locations.count == 1, "locations")
    result.uri = uri(of: locations.first ?? [:])
    let fingerprints = object["partialFingerprints"] as? [String: Any] ?? [:]
    result.fingerprint = text(fingerprints, "primaryLocationLineHash", "result")
    for flow in object["codeFlows"] as? [[String: Any]] ?? [] {
      let threads = flow["threadFlows"] as? [[String: Any]] ?? []
      expect(threads.count == 1, "threadFlows")
      let steps = threads.first?["locations"] as? [[String: Any]] ?? []
      expect((1...1_000).contains(steps.count), "steps")
      for step in steps {
        let location = step["location"] as? [String: Any] ?? [:]
        expect(uri(of: location) == result.uri, "location of a step")
        result.steps.append(message(location, "step"))
      }
    }
    results.append(result)
  }

  private mutating func uri(of location: [String: Any]) -> String {
    let physical = location["physicalLocation"] as? [String: Any] ?? [:]
    let region = physical["region"] as? [String: Any] ?? [:]
    for key in ["startLine", "startColumn", "endLine", "endColumn"] {
      expect((region[key] as? Int ?? 0) > 0, "region.\(key)")
    }
    return text(physical["artifactLocation"] as? [String: Any] ?? [:], "uri", "artifactLocation")
  }
}
