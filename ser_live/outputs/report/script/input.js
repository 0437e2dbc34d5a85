// Mouse, fingers, wheel and keys.

const STILL = 5; // pixels that a click may move

function listenTo(block) {
  const { canvas } = block;
  const pointers = new Map();
  let moved = 0;
  const timeOf = (event) => timeAt(event.clientX - canvas.getBoundingClientRect().left, block.width);
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    if (!pointers.size) moved = 0;
    pointers.set(event.pointerId, event.clientX);
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) {
      if (event.pointerType === "mouse") {
        pointedAt = performance.now();
        read(timeOf(event));
      }
      return;
    }
    const before = [...pointers.values()];
    moved += Math.abs(event.clientX - pointers.get(event.pointerId));
    pointers.set(event.pointerId, event.clientX);
    const after = [...pointers.values()];
    if (moved < STILL) return;
    canvas.classList.add("dragging");
    const perPixel = (view.to - view.from) / block.width;
    if (after.length === 1) pan((before[0] - after[0]) * perPixel);
    else if (after.length === 2) {
      const distance = (xs) => Math.max(24, Math.abs(xs[0] - xs[1]));
      const middle = (after[0] + after[1]) / 2 - canvas.getBoundingClientRect().left;
      zoom(distance(before) / distance(after), timeAt(middle, block.width));
    }
  });
  const release = (event) => {
    const held = pointers.delete(event.pointerId);
    if (pointers.size) return;
    canvas.classList.remove("dragging");
    if (held && event.type === "pointerup" && moved < STILL) choose(block, timeOf(event));
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("wheel", (event) => {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    const amount = (event.deltaMode ? 16 : 1) * (sideways ? event.deltaX || event.deltaY : event.deltaY);
    const changed = sideways
      ? pan((amount * (view.to - view.from)) / block.width)
      : zoom(Math.exp(Math.max(-60, Math.min(60, amount)) * (event.ctrlKey ? 0.012 : 0.004)), timeOf(event));
    if (changed || event.ctrlKey) event.preventDefault(); // else the page scrolls on
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (key(block, event)) event.preventDefault();
  });
}

function choose(block, time) {
  read(time);
  block.choose(time);
  playFrom(time);
}

// The next or previous reading of a lane, or a small step where there is none.
function step(lane, direction) {
  const now = view.cursor === null ? view.from - 1 : view.cursor;
  const i = direction > 0 ? countUpTo(lane.ends, now) : countUpTo(lane.ends, now - 1) - 1;
  const time = lane.ends[i] ?? Math.max(0, now + (direction * (view.to - view.from)) / 100);
  read(time);
  reveal(time);
}

function jump(lane, direction) {
  const now = view.cursor === null ? -1 : view.cursor;
  const i = direction > 0 ? countUpTo(lane.stretchStarts, now) : countUpTo(lane.stretchStarts, now - 1) - 1;
  if (lane.stretches[i]) {
    read(lane.stretches[i][0]);
    reveal(lane.stretches[i][0]);
  }
}

function key(block, event) {
  const span = view.to - view.from;
  const around = view.cursor !== null && view.cursor >= view.from && view.cursor <= view.to ? view.cursor : undefined;
  const sideways = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (sideways && event.shiftKey) pan((sideways * span) / 4);
  else if (sideways) step(block.lane, sideways);
  else if (event.key === "ArrowUp" || event.key === "ArrowDown") jump(block.lane, event.key === "ArrowUp" ? -1 : 1);
  else if (event.key === "PageUp") pan(-span * 0.9);
  else if (event.key === "PageDown") pan(span * 0.9);
  else if (event.key === "Home") show(0, LENGTH);
  else if (event.key === "End") show(LENGTH - span, LENGTH);
  else if (event.key === "+" || event.key === "=") zoom(1 / 1.5, around);
  else if (event.key === "-") zoom(1.5, around);
  else if (event.key === "0") show(0, LENGTH);
  else if (event.key === "Enter" && view.cursor !== null) block.choose(view.cursor);
  else if (event.key === " " && !audio.hidden) playOrPause();
  else if (event.key === "Escape") block.choose(null);
  else return false;
  return true;
}

// The small map: a click or a drag moves the visible range.
function listenToMap(canvas) {
  let held = false;
  const go = (event) => {
    const box = canvas.getBoundingClientRect();
    const middle = ((event.clientX - box.left) / box.width) * LENGTH;
    show(middle - (view.to - view.from) / 2, middle + (view.to - view.from) / 2);
  };
  canvas.addEventListener("pointerdown", (event) => {
    held = true;
    canvas.setPointerCapture(event.pointerId);
    go(event);
  });
  canvas.addEventListener("pointermove", (event) => held && go(event));
  for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, () => (held = false));
}
