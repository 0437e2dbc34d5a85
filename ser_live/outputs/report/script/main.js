// Puts the page together.

const BLOCKS = LANES.map((lane, number) => new LaneBlock(lane, number));
const byId = (id) => document.getElementById(id);

function paintAll() {
  readTheme();
  BLOCKS.forEach((block) => block.paint());
  paintAxis(byId("axis"));
  paintMap(byId("map"));
}

function moveLines() {
  byId("time").textContent = view.cursor === null ? `${clock(view.from, 0)} – ${clock(view.to, 0)}` : clock(view.cursor, 2);
  BLOCKS.forEach((block) => block.move());
}

listeners.range.push(paintAll);
listeners.line.push(moveLines);
byId("lanes").append(...BLOCKS.map((block) => block.root));
for (const id of ["tools", "below", "hint", "csv"]) byId(id).hidden = false;
BLOCKS.forEach(listenTo);
listenToMap(byId("map"));
byId("in").addEventListener("click", () => zoom(1 / 2, view.cursor ?? undefined));
byId("out").addEventListener("click", () => zoom(2, view.cursor ?? undefined));
byId("all").addEventListener("click", () => show(0, LENGTH));
byId("csv").addEventListener("click", downloadCsv);

if (tableBox.querySelector("table")) {
  toggle.hidden = false;
  toggle.addEventListener("click", () => showTable(tableBox.classList.contains("unseen")));
  showTable(false);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-at]");
  if (!button) return;
  const time = Number(button.dataset.at);
  if (view.to - view.from > 60000) show(time - 20000, time + 40000);
  reveal(time);
  read(time);
  playFrom(time);
  const { top, bottom } = byId("lanes").getBoundingClientRect();
  if (bottom < 80 || top > innerHeight - 80) byId("picture").scrollIntoView();
});

function redraw(print) {
  printing = print;
  document.documentElement.classList.toggle("printing", print);
  paintAll();
  moveLines();
}
window.addEventListener("beforeprint", () => redraw(true));
window.addEventListener("afterprint", () => redraw(false));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => tell("range"));
new ResizeObserver(() => {
  tell("range");
  tell("line");
}).observe(byId("below"));
paintAll();
moveLines();
