/// What the test of a page in a browser adds to it, and the page that holds all pages.
enum PageMeasure {
  /// Looks for errors, requests, texts that are cut or cover others, and marks outside the diagram; tells what it found
  /// to the page around it.
  static let script = """
    <script>
    (() => {
      "use strict";
      const problems = [];
      const say = (text) => { if (problems.length < 12) problems.push(text); };
      addEventListener("error", (event) => say(`error: ${event.message}`));
      addEventListener("securitypolicyviolation", (event) => say(`request: ${event.blockedURI || event.violatedDirective}`));
      const quote = (text) => `"${text.trim().slice(0, 50)}"`;
      // Lines of one paragraph may touch: what counts is where most of a character stands.
      const boxesOf = (node) => {
        const range = document.createRange();
        range.selectNodeContents(node);
        const size = parseFloat(getComputedStyle(node.parentElement).fontSize);
        return [...range.getClientRects()].filter((box) => box.width > 0).map((box) => ({
          left: box.left, right: box.right, node,
          top: (box.top + box.bottom - size * 0.7) / 2, bottom: (box.top + box.bottom + size * 0.7) / 2,
        }));
      };
      // What of a box is seen; nothing if it was scrolled away. Where nobody can scroll to it, it is cut.
      const seen = (box) => {
        for (let one = box.node.parentElement; one && one !== document.body; one = one.parentElement) {
          const style = getComputedStyle(one);
          if (style.overflowX === "visible" && style.overflowY === "visible") continue;
          const room = one.getBoundingClientRect();
          const isOut = box.left < room.left - 1 || box.right > room.right + 1 || box.top < room.top - 1
            || box.bottom > room.bottom + 1;
          if (!isOut) continue;
          if (![style.overflowX, style.overflowY].some((way) => way === "auto" || way === "scroll")) {
            say(`cut: ${quote(box.node.data)}`);
            return null;
          }
          box.left = Math.max(box.left, room.left);
          box.right = Math.min(box.right, room.right);
          box.top = Math.max(box.top, room.top);
          box.bottom = Math.min(box.bottom, room.bottom);
          if (box.left >= box.right || box.top >= box.bottom) return null;
        }
        return box;
      };
      const texts = () => {
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const boxes = [];
        while (walker.nextNode()) {
          const node = walker.currentNode;
          if (!node.data.trim() || !node.parentElement.checkVisibility()) continue;
          boxes.push(...boxesOf(node).map(seen).filter((box) => box));
        }
        return boxes.sort((one, other) => one.top - other.top);
      };
      const measure = () => {
        const width = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth > width) say(`wider than the screen: ${document.documentElement.scrollWidth}`);
        for (const entry of performance.getEntriesByType("resource")) {
          if (!entry.name.startsWith("data:")) say(`request: ${entry.name}`);
        }
        const boxes = texts();
        if (boxes.length < 20) say(`only ${boxes.length} texts`);
        boxes.forEach((box, place) => {
          if (box.left < -0.5 || box.right > width + 0.5) say(`outside: ${quote(box.node.data)}`);
          for (const other of boxes.slice(place + 1)) {
            if (other.top >= box.bottom - 1) break;
            const across = Math.min(box.right, other.right) - Math.max(box.left, other.left);
            if (across > 1 && other.node !== box.node) say(`covered: ${quote(box.node.data)} and ${quote(other.node.data)}`);
          }
        });
        const figure = document.querySelector(".spacetime")?.getBoundingClientRect();
        for (const mark of document.querySelectorAll("[data-event]")) {
          const box = mark.getBoundingClientRect();
          const name = `${mark.dataset.kind} ${mark.dataset.event}`;
          if (box.width === 0 && box.height === 0) say(`not drawn: ${name}`);
          if (box.left < figure.left - 2 || box.right > figure.right + 2 || box.top < figure.top || box.bottom > figure.bottom)
            say(`mark outside: ${name}`);
          if (mark.dataset.kind === "down" && (parseFloat(getComputedStyle(mark).strokeWidth) < 3 || box.height < 20)) say(`hardly seen: ${name}`);
          if (mark.classList.contains("bare") && width > 1000
            && /crash|restart|stop|election|wrong-answer/.test(mark.dataset.kind)) say(`without words: ${name}`);
        }
        return { problems, dark: matchMedia("(prefers-color-scheme: dark)").matches, width: innerWidth,
          marks: document.querySelectorAll("[data-event]").length, wordless: document.querySelectorAll(".bare").length };
      };
      addEventListener("load", () => setTimeout(() => parent.postMessage(measure(), "*"), 50));
    })();
    </script>
    """

  /// A page that shows each of the pages beside it at each width, one after the other, and writes down what they tell.
  static func driver(pages: [String], widths: [Int]) -> String {
    let jobs = pages.flatMap { page in widths.map { "[\"\(page)\", \($0)]" } }.joined(separator: ", ")
    return """
      <!DOCTYPE html><meta charset="utf-8"><link rel="icon" href="data:,"><body><pre id="result"></pre><script>
      const jobs = [\(jobs)];
      const result = document.getElementById("result");
      const write = (...fields) => { result.textContent += fields.map(encodeURIComponent).join("|") + "\\n"; };
      const next = () => {
        const job = jobs.shift();
        if (!job) return write("finished");
        const [page, width] = job;
        const frame = document.createElement("iframe");
        frame.style = `border: 0; width: ${width}px; height: 1000px`;
        frame.src = page;
        const end = (...found) => {
          clearTimeout(timer);
          onmessage = null;
          write(page, width, ...found);
          frame.remove();
          next();
        };
        const timer = setTimeout(() => end("", "", "", "", "no answer"), 30000);
        onmessage = ({ data }) => end(data.width, data.dark, data.marks, data.wordless, ...data.problems);
        document.body.append(frame);
      };
      next();
      </script>
      """
  }
}
