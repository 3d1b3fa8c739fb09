/// What the page can do beyond showing: copy, and light up what belongs together. It shows everything without it.
enum PageScript {
  static let text: StaticString = """
    "use strict";
    for (const box of document.querySelectorAll(".copy")) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Copy";
      button.addEventListener("click", () => {
        const code = box.querySelector("code");
        const done = (word) => {
          button.textContent = word;
          setTimeout(() => { button.textContent = "Copy"; }, 1600);
        };
        const select = () => {
          getSelection().selectAllChildren(code);
          done("Selected");
        };
        if (!navigator.clipboard) return select();
        navigator.clipboard.writeText(code.textContent).then(() => done("Copied"), select);
      });
      box.append(button);
    }
    // Of words for which there is no room the short ones are shown, or none: the story has them all.
    const fit = () => {
      let open = [...document.querySelectorAll(".words")];
      for (const size of ["long", "short", "none"]) {
        for (const words of open) {
          words.textContent = size === "none" ? "" : words.dataset[size] ?? words.dataset.long;
          words.parentElement.classList.toggle("bare", size === "none");
        }
        open = open.filter((words) => words.scrollWidth > words.clientWidth);
      }
    };
    fit();
    addEventListener("resize", fit);
    for (const line of document.querySelectorAll(".line")) {
      const mark = document.getElementById(line.id.replace("line", "mark"));
      if (!mark) continue;
      const number = line.querySelector(".number");
      const light = (isLit) => () => {
        line.classList.toggle("lit", isLit);
        mark.classList.toggle("lit", isLit);
      };
      for (const one of [line, mark.parentElement]) {
        one.addEventListener("pointerenter", light(true));
        one.addEventListener("pointerleave", light(false));
        one.addEventListener("focusin", light(true));
        one.addEventListener("focusout", light(false));
      }
      const goTo = (place, focus, block) => (event) => {
        event.preventDefault();
        place.scrollIntoView({ block });
        focus.focus({ preventScroll: true });
      };
      number.addEventListener("click", goTo(mark, mark, "center"));
      mark.addEventListener("click", goTo(line, number, "nearest"));
    }
    """
}
