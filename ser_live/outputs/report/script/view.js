// What is visible: a range of time, the line that reads values, and the place that is played.

const SHORTEST = Math.min(1000, LENGTH);
const view = { from: 0, to: LENGTH, cursor: null, playing: null };
const listeners = { range: [], line: [] };
let asked = { range: false, line: false };

function tell(kind) {
  if (asked[kind]) return;
  asked[kind] = true;
  requestAnimationFrame(() => {
    asked[kind] = false;
    listeners[kind].forEach((listener) => listener());
  });
}

function show(from, to) {
  const span = Math.min(LENGTH, Math.max(SHORTEST, to - from));
  const start = Math.min(LENGTH - span, Math.max(0, from));
  if (start === view.from && start + span === view.to) return false;
  view.from = start;
  view.to = start + span;
  tell("range");
  tell("line");
  return true;
}

// Make the range `factor` times as long around a time that stays where it is.
function zoom(factor, around = (view.from + view.to) / 2) {
  const span = Math.min(LENGTH, Math.max(SHORTEST, (view.to - view.from) * factor));
  const part = (around - view.from) / (view.to - view.from);
  return show(around - part * span, around + (1 - part) * span);
}

const pan = (time) => show(view.from + time, view.to + time);

function read(time) {
  view.cursor = time === null ? null : Math.min(LENGTH, Math.max(0, time));
  tell("line");
}

// Move the visible range so that a time is well inside it.
function reveal(time) {
  const span = view.to - view.from;
  if (time < view.from + span * 0.1) show(time - span * 0.3, time + span * 0.7);
  else if (time > view.to - span * 0.1) show(time - span * 0.7, time + span * 0.3);
}
