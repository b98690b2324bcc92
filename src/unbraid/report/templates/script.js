"use strict";
// Without this script every table is in its first order and every strip shows all its frames.
for (const table of document.querySelectorAll("table.scores")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const text = head.dataset.sort === "text";
      // The best comes first, and names from a to z; a second click turns the order round.
      const first = head.dataset.sort === "higher" ? "descending" : "ascending";
      const other = first === "ascending" ? "descending" : "ascending";
      const order = head.getAttribute("aria-sort") === first ? other : first;
      for (const one of heads) one.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const body = table.tBodies[0];
      const key = (row) => {
        const cell = row.cells[column];
        if (text) return cell.textContent.trim();
        return cell && cell.dataset.value !== undefined ? Number(cell.dataset.value) : null;
      };
      const compare = (a, b) => {
        const [x, y] = [key(a), key(b)];
        // What has no value comes last in either order.
        if (x === null || y === null) return (x === null) - (y === null);
        return sign * (text ? x.localeCompare(y) : x - y);
      };
      body.append(...[...body.rows].sort(compare));
    });
  });
}
for (const item of document.querySelectorAll(".strip-item")) {
  const positions = JSON.parse(item.dataset.positions);
  const range = item.querySelector("input");
  const output = item.querySelector("output");
  const strip = item.querySelector("img");
  const frame = document.createElement("div");
  frame.className = "frame" + (strip.classList.contains("pixelated") ? " pixelated" : "");
  frame.style.backgroundImage = `url("${strip.src}")`;
  item.prepend(frame);
  item.classList.add("live");
  range.hidden = output.hidden = false;
  const show = () => {
    const step = Number(range.value);
    const part = positions.length > 1 ? step / (positions.length - 1) : 0;
    frame.style.backgroundPosition = `${100 * part}% 0`;
    item.style.setProperty("--step", step);
    output.textContent = positions[step];
    range.setAttribute("aria-valuetext", positions[step]);
  };
  range.addEventListener("input", show);
  show();
}
