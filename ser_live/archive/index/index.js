"use strict";
(() => {
  const { labels, rows } = JSON.parse(document.getElementById("data").textContent);
  const HEIGHT = 32, SPARE = 20;
  const share = value => value === null ? "–" : `${Math.round(100 * value)} %`;
  const time = value => {
    const whole = Math.round(value), minutes = Math.floor(whole / 60) % 60, hours = Math.floor(whole / 3600);
    const two = number => String(number).padStart(2, "0");
    return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
  };
  const COLUMNS = [
    { word: "Recording", kind: "name" }, { word: "Lane", kind: "lane" }, { word: "Changed", kind: "date" },
    { word: "Length", kind: "number", show: time }, { word: "Speech", kind: "number", show: share },
    { word: "Withheld", kind: "number", show: share }, { word: "Mainly", kind: "label" },
    { word: "Emotions", kind: "shares" }, { word: "Changes", kind: "number" }, { word: "Warnings", kind: "number" },
  ];
  const get = id => document.getElementById(id);
  const make = (name, text, kind) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };
  const scroll = get("scroll"), body = get("rows"), find = get("find"), main = get("main");
  let sorted = { column: 0, down: false }, shown = rows;

  const bar = seconds => {
    const element = make("div", undefined, "bar"), all = seconds.reduce((sum, value) => sum + value, 0);
    const words = [];
    labels.forEach((label, number) => {
      if (!seconds[number]) return;
      const part = make("i");
      part.style.width = `${100 * seconds[number] / all}%`;
      part.style.background = label.colour;
      element.append(part);
      words.push(`${label.name} ${seconds[number].toFixed(1)} s`);
    });
    element.title = words.join(", ") || "no emotion shown";
    element.setAttribute("role", "img");
    element.setAttribute("aria-label", element.title);
    return element;
  };
  const line = (row, number) => {
    const element = make("tr");
    element.setAttribute("aria-rowindex", number + 2);
    COLUMNS.forEach((column, at) => {
      const cell = make("td", undefined, column.kind);
      if (at === 0) {
        const link = make("a", row[0]);
        link.href = row[row.length - 1];
        cell.title = row[0];
        cell.append(link);
      } else if (column.kind === "shares") {
        cell.append(bar(row[at]));
      } else {
        cell.textContent = column.show ? column.show(row[at]) : row[at];
      }
      element.append(cell);
    });
    return element;
  };
  const space = rows => {
    const element = make("tr", undefined, "space"), cell = make("td");
    cell.colSpan = COLUMNS.length;
    cell.style.height = `${rows * HEIGHT}px`;
    element.append(cell);
    return element;
  };
  const draw = () => {
    const first = Math.max(0, Math.floor(scroll.scrollTop / HEIGHT) - SPARE);
    const last = Math.min(shown.length, first + Math.ceil(scroll.clientHeight / HEIGHT) + 2 * SPARE);
    body.replaceChildren(space(first), ...shown.slice(first, last).map((row, at) => line(row, first + at)), space(shown.length - last));
  };
  const key = row => {
    const value = row[sorted.column];
    return Array.isArray(value) ? value.reduce((sum, each) => sum + each, 0) : value;
  };
  const order = (a, b) => {
    const x = key(a), y = key(b);
    if (x === y) return 0;
    if (x === null) return 1;
    if (y === null) return -1;
    const least = typeof x === "string" ? x.localeCompare(y, "en", { numeric: true }) : x - y;
    return sorted.down ? -least : least;
  };
  const choose = () => {
    const word = find.value.trim().toLowerCase();
    shown = rows.filter(row => (!word || row[0].toLowerCase().includes(word)) && (!main.value || row[6] === main.value));
    shown.sort(order);
    get("count").textContent = `${shown.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} lines`;
    document.querySelector("table").setAttribute("aria-rowcount", shown.length + 1);
    scroll.scrollTop = 0;
    draw();
  };
  COLUMNS.forEach((column, at) => {
    const cell = make("th", undefined, column.kind), button = make("button", column.word);
    button.type = "button";
    cell.scope = "col";
    cell.append(button);
    button.addEventListener("click", () => {
      sorted = { column: at, down: sorted.column === at ? !sorted.down : column.kind === "number" || column.kind === "shares" };
      for (const each of get("head").children) each.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
      choose();
    });
    get("head").append(cell);
  });
  for (const label of labels) main.append(new Option(label.name, label.name));
  get("tools").hidden = false;
  get("tools").addEventListener("submit", event => event.preventDefault());
  find.addEventListener("input", choose);
  main.addEventListener("change", choose);
  scroll.addEventListener("scroll", () => requestAnimationFrame(draw));
  addEventListener("resize", draw);
  choose();
})();
