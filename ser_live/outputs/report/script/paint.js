// Drawing on a canvas: a lane's sound, emotions and warnings.

const theme = {};
let printing = false;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const ROWS = { marks: 16, sound: 46, speech: 12, gap: 6, emotion: 23, band: 120 };
const CELL = 5; // pixels
const GREY = "#9AA3AB"; // a label without a colour

function readTheme() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["paper", "ink", "soft", "line", "warn", "hatch", "ground"]) {
    theme[name] = style.getPropertyValue(`--${name}`).trim();
  }
}

// A canvas of the width of its place, sharp on any screen; returns what draws on it.
function prepare(canvas, height) {
  const width = printing ? 700 : Math.max(1, canvas.parentElement.clientWidth);
  const scale = printing ? 3 : window.devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.style.height = printing ? "auto" : `${height}px`;
  const pen = canvas.getContext("2d");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  return { pen, width, height };
}

const place = (time, width) => ((time - view.from) / (view.to - view.from)) * width;
const timeAt = (x, width) => view.from + (x / width) * (view.to - view.from);

// Without a waveform only speech is drawn, as a thicker line.
const soundRoom = (lane) => (lane.peaks ? ROWS.sound : ROWS.speech);

function paintSound(pen, lane, width, top) {
  const room = soundRoom(lane);
  const middle = top + room / 2;
  for (let x = 0; x < width; x++) {
    const from = timeAt(x, width);
    const to = timeAt(x + 1, width);
    const speaks = lane.speaks((from + to) / 2);
    let peak = 0;
    if (lane.peaks) {
      const last = Math.min(lane.peaks.length - 1, Math.floor((to - 1e-6) / lane.bin));
      for (let bin = Math.floor(from / lane.bin); bin <= last; bin++) peak = Math.max(peak, lane.peaks[bin]);
    }
    const half = Math.max(speaks ? 1.25 : 0.5, ((peak / 255) * room) / 2);
    pen.globalAlpha = speaks ? 0.62 : 0.25;
    pen.fillStyle = theme.ink;
    pen.fillRect(x, middle - half, 1, 2 * half);
  }
  pen.globalAlpha = 1;
}

// Many short stretches: for every few pixels the share of each label, from the bottom up.
function paintCells(pen, lane, from, to, width, top, height) {
  const L = LABELS.length;
  const cells = Math.max(1, Math.floor(width / CELL));
  const shares = lane.cells(from, to, cells);
  for (let cell = 0; cell < cells; cell++) {
    let bottom = top + height;
    for (let l = L - 1; l >= 0; l--) {
      const part = shares[cell * L + l] * height;
      pen.fillStyle = LABELS[l].colour;
      pen.fillRect((cell * width) / cells, bottom - part, width / cells + 0.3, part);
      bottom -= part;
    }
    pen.fillStyle = "rgba(0, 0, 0, .4)";
    if (bottom < top + height) pen.fillRect((cell * width) / cells, bottom, width / cells + 0.3, 0.75);
  }
}

const crowded = (lane, from, to, width) =>
  countUpTo(lane.stretchStarts, to) - countUpTo(lane.stretchStarts, from) > width / 8;

function paintEmotions(pen, lane, width, top) {
  if (crowded(lane, view.from, view.to, width)) {
    paintCells(pen, lane, view.from, view.to, width, top, ROWS.emotion);
    return;
  }
  pen.font = `600 12px ${FONT}`;
  pen.textBaseline = "middle";
  pen.textAlign = "left";
  for (const [start, end, number] of lane.stretches) {
    const left = Math.max(-4, place(start, width));
    const right = Math.min(width + 4, place(end, width));
    if (right < 0 || left > width) continue;
    const label = LABELS[number] || { name: "?", letter: "?", colour: GREY };
    const span = Math.max(1, right - left - 0.5);
    pen.fillStyle = label.colour;
    pen.strokeStyle = "rgba(0, 0, 0, .3)";
    pen.beginPath();
    pen.roundRect(left, top, span, ROWS.emotion, Math.min(4, span / 2));
    pen.fill();
    if (span > 3) pen.stroke();
    const text = pen.measureText(label.name).width + 12 < span ? label.name : label.letter;
    if (pen.measureText(text).width + 4 > span) continue;
    pen.fillStyle = "#000";
    const shift = text === label.letter ? (span - pen.measureText(text).width) / 2 : 6;
    pen.fillText(text, Math.max(left, 0) + shift, top + ROWS.emotion / 2 + 0.5);
  }
}

function paintMarks(pen, marks, width, height) {
  pen.fillStyle = pen.strokeStyle = theme.warn;
  pen.lineWidth = 1;
  for (const [start, end] of marks) {
    const x = place(start, width);
    const right = end === null ? x : place(end, width);
    if (right < -8 || x > width + 8) continue;
    if (right - x > 1) pen.fillRect(x, 12, right - x, 2);
    pen.beginPath();
    pen.moveTo(x - 6, 11);
    pen.lineTo(x + 6, 11);
    pen.lineTo(x, 1);
    pen.fill();
    pen.globalAlpha = 0.45;
    pen.setLineDash([3, 3]);
    pen.beginPath();
    pen.moveTo(x, 12);
    pen.lineTo(x, height);
    pen.stroke();
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }
}
