import Determinism
import Histories
import Linearizability

/// Any history as one HTML file: what was judged, why if it failed, and all operations on a time axis, key by key.
///
/// The file needs nothing else, as `Page` does not.
package struct HistoryPage: Sendable {
  /// What the judge says.
  package enum Finding: Int, Sendable {
    case notLinearizable, undecided, linearizable, nothingObserved

    /// In a word or two.
    var words: String {
      switch self {
      case .notLinearizable: "Not linearizable"
      case .undecided: "Undecided"
      case .linearizable: "Linearizable"
      case .nothingObserved: "Nothing observed"
      }
    }

    /// As a sentence.
    var sentence: String {
      switch self {
      case .notLinearizable: "No order of the operations explains what the clients saw."
      case .undecided: "Nobody knows whether an order explains what the clients saw."
      case .linearizable: "One order of the operations explains every answer."
      case .nothingObserved: "No operation is known to have taken effect: nothing was shown."
      }
    }
  }

  /// What is known of one key.
  package struct Key: Sendable {
    /// Its name; `nil` in a history of one register.
    let key: [UInt8]?
    /// In the order of their calls.
    let operations: [Operation]
    let finding: Finding

    package init(_ key: [UInt8]?, _ operations: [Operation], _ finding: Finding) {
      (self.key, self.operations, self.finding) = (key, operations, finding)
    }
  }

  /// The file's content.
  package let html: String

  /// So many operations are drawn of one key, so many of all, and so many keys.
  static let (keyLimit, limit, mostKeys) = (3_000, 12_000, 40)

  /// - Parameters:
  ///   - name: of the file.
  ///   - keys: in the order in which they are first mentioned.
  ///   - counterexamples: of the first keys without an order.
  ///   - order: a witness, if every key has one.
  ///   - remark: why it is undecided, or why nothing was observed.
  package init(
    of history: History, name: String, model: String, finding: Finding, keys: [Key],
    counterexamples: [Counterexample], order: [Operation], remark: String? = nil
  ) {
    let writer = HistoryPageWriter(
      history: history, name: name, model: model, finding: finding, keys: keys, counterexamples: counterexamples,
      order: order, remark: remark)
    html = writer.html
  }

  /// The file's content as bytes.
  package var bytes: [UInt8] { Array(html.utf8) }
}

/// Puts the page together.
private struct HistoryPageWriter {
  let history: History
  let name: String
  let model: String
  let finding: HistoryPage.Finding
  let keys: [HistoryPage.Key]
  let counterexamples: [Counterexample]
  let order: [Operation]
  let remark: String?

  var html: String {
    Markup.page(
      title: "\(finding.words): \(name) – raftcheck", style: HistoryPageStyle.text, script: HistoryPageStyle.script
    ) {
      page in
      page.element("main") { page in
        header(&page)
        legend(&page)
        for place in drawn { section(keys[place], &page) }
        if drawn.count < keys.count {
          page.element("p", ("class", "quiet"), text: "\((keys.count - drawn.count).grouped) more keys are not drawn.")
        }
      }
      page.element("footer", text: "raftcheck check · \(name)")
    }
  }

  private func header(_ page: inout Markup) {
    page.element("header") { page in
      page.element(
        "p", ("class", finding == .notLinearizable ? "kind" : finding == .linearizable ? "kind calm" : "kind doubtful")
      ) { page in
        page.element("strong", text: finding.words)
        page.element("span", text: name)
        page.element("span", text: model)
      }
      page.element("h1", text: finding.sentence)
      if let culprits { page.element("p", text: culprits) }
      if let remark { page.element("p", text: remark) }
      let operations = keys.reduce(0) { $0 + $1.operations.count }
      let unknown = keys.reduce(0) { $0 + $1.operations.count(where: \.isUnknown) }
      let figures = [
        ("operations", operations), ("of unknown outcome", unknown), ("keys", keys.count),
        ("keys without an order", keys.count { $0.finding == .notLinearizable }),
      ]
      page.element("dl", ("class", "sizes")) { page in
        for (name, figure) in figures {
          page.element("div") { page in
            page.element("dt", text: name)
            page.element("dd") { $0.element("b", text: figure.grouped) }
          }
        }
      }
    }
  }

  /// Where to look; `nil` if there is no such place.
  private var culprits: String? {
    guard let first = counterexamples.first else { return nil }
    let wording = Wording(history)
    let lines = Wording.lines(of: first.culprit, in: history).map { " (\($0))" } ?? ""
    let rest = counterexamples.count > 1 ? " Of other keys it is told below." : ""
    return "Look first at \(wording.client(first.culprit))'s \(wording.exchange(first.culprit))\(lines).\(rest)"
  }

  private func section(_ key: HistoryPage.Key, _ page: inout Markup) {
    let counterexample = counterexamples.first { $0.key == key.key }
    page.element("section") { page in
      let name = key.key.map { "Key \(Wording.show($0))" } ?? "All operations"
      page.element("h2", text: "\(name): \(key.finding.words.lowercased())")
      if let counterexample { reason(counterexample, &page) }
      figure(key, counterexample, &page)
    }
  }

  private func reason(_ counterexample: Counterexample, _ page: inout Markup) {
    var isFirst = true
    for line in counterexample.explanation.split(separator: "\n") {
      // The first line says of which key it is, as the title does.
      if !isFirst {
        let isItem = line.first == " "
        page.element("p", ("class", isItem ? "item" : nil), text: line.drop { $0 == " " }.description)
      }
      isFirst = false
    }
  }

  // MARK: Drawings

  /// The keys that are drawn, those without an order first, and of them those that are explained.
  private var drawn: [Int] {
    var ranks = [Int](repeating: counterexamples.count, count: keys.count)
    for (place, key) in keys.enumerated() where key.finding == .notLinearizable {
      ranks[place] = counterexamples.firstIndex { $0.key == key.key } ?? counterexamples.count
    }
    let places = keys.indices.sorted {
      (keys[$0].finding.rawValue, ranks[$0], $0) < (keys[$1].finding.rawValue, ranks[$1], $1)
    }
    var (chosen, operations): ([Int], Int) = ([], 0)
    for place in places.prefix(HistoryPage.mostKeys) {
      let count = min(keys[place].operations.count, HistoryPage.keyLimit)
      guard chosen.isEmpty || operations + count <= HistoryPage.limit else { break }
      chosen.append(place)
      operations += count
    }
    return chosen
  }

  private func legend(_ page: inout Markup) {
    page.element(
      "p", ("class", "quiet"),
      text: "Each bar lasts from a call to its return, in the order of the events and not to scale. The operations of "
        + "a client are in one row, where there are not too many clients. The number in front is the place in "
        + (finding == .notLinearizable ? "the longest order that was found." : "the order that was found."))
    page.element("ul", ("class", "legend")) { page in
      for (kind, word) in [
        ("ok", "answered"), ("unknown", "unknown: may have taken effect at any later time, or never"),
        ("failed", "failed: taken as never having run"), ("culprit", "its end is where no order is left"),
      ] {
        page.element("li") { page in
          page.element("span", ("class", "swatch \(kind)"), text: "")
          page.text(word)
        }
      }
    }
  }

  private func figure(_ key: HistoryPage.Key, _ counterexample: Counterexample?, _ page: inout Markup) {
    let drawing = HistoryDrawing(
      key.operations, of: history, culprit: counterexample?.culprit, order: counterexample?.prefix ?? order)
    page.element("figure", ("class", "history")) { page in
      page.element("figcaption") { page in
        page.text(Words.count(key.operations.count, "operation"))
        if drawing.count < key.operations.count { page.text("; drawn are \(drawing.count.grouped)\(drawing.part)") }
      }
      page.element("div", ("class", "scroll"), ("tabindex", "0")) { drawing.write(to: &$0) }
    }
  }
}

/// What this page needs besides the style of all, and what it can do: go to the culprit, and look closer.
private enum HistoryPageStyle {
  static let text: StaticString = """
    .kind.calm strong { color: var(--t7) } .kind.doubtful strong { color: var(--t0) }
    .item { padding-left: 1.4rem; font-family: var(--mono); font-size: 0.875rem; max-width: none }
    .history { margin: 1.4rem 0; background: var(--sheet); border: 1px solid var(--hair); border-radius: 8px }
    .history figcaption { border: 0; border-bottom: 1px solid var(--hair) }
    .history svg { display: block; font: 11px var(--mono) }
    .history text { fill: var(--ink) }
    .history .tick { stroke: var(--hair) }
    .history text.at { fill: var(--quiet); font-size: 10px }
    .history rect { fill: var(--wash); stroke: var(--cut) }
    .history .unknown rect { fill: none; stroke-dasharray: 4 3 }
    .history .failed rect { fill: none; stroke: var(--hair) }
    .history .failed text { fill: var(--quiet); text-decoration: line-through }
    .history .culprit rect { fill: var(--bad-wash); stroke: var(--bad); stroke-width: 2 }
    .history .culprit text { fill: var(--bad); font-weight: 700; paint-order: stroke; stroke: var(--sheet);
      stroke-width: 3px }
    .history tspan { fill: var(--quiet) }
    .legend .swatch { background: var(--wash); border: 1px solid var(--cut) }
    .legend .swatch.unknown { background: none; border-style: dashed }
    .legend .swatch.failed { background: none; border-color: var(--hair) }
    .legend .swatch.culprit { background: var(--bad-wash); border: 2px solid var(--bad) }
    .closer { float: right; display: flex; gap: 0.3rem }
    .closer button { font: 600 0.9rem/1 var(--sans); color: var(--ink); background: var(--wash);
      border: 1px solid var(--hair); border-radius: 6px; padding: 0.3rem 0.6rem; cursor: pointer }
    """

  static let script: StaticString = """
    "use strict";
    for (const figure of document.querySelectorAll(".history")) {
      const box = figure.querySelector(".scroll");
      const drawing = figure.querySelector("svg");
      const culprit = figure.querySelector(".culprit");
      const goTo = () => {
        if (!culprit) return;
        const place = culprit.getBoundingClientRect(), view = box.getBoundingClientRect();
        box.scrollLeft += place.right - view.left - view.width * 0.6;
      };
      goTo();
      const buttons = document.createElement("span");
      buttons.className = "closer";
      let scale = 1;
      for (const [word, factor, title] of [["–", 0.7, "farther"], ["+", 1 / 0.7, "closer"]]) {
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = word;
        button.title = title;
        button.addEventListener("click", () => {
          scale = Math.min(4, Math.max(0.1, scale * factor));
          drawing.style.zoom = scale;
          goTo();
        });
        buttons.append(button);
      }
      figure.querySelector("figcaption").append(buttons);
    }
    """
}
