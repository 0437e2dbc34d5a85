// Drawing on a canvas: one lane's sound, emotions and probabilities, the axis and the small map of the whole.

const theme = {};
let printing = false;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const ROWS = { marks: 16, sound: 46, gap: 6, emotion: 23, band: 120 };
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

function paintSound(pen, lane, width, top) {
  const middle = top + ROWS.sound / 2;
  for (let x = 0; x < width; x++) {
    const from = timeAt(x, width);
    const to = timeAt(x + 1, width);
    const speaks = lane.speaks((from + to) / 2);
    let peak = 0;
    if (lane.peaks) {
      const last = Math.min(lane.peaks.length - 1, Math.floor((to - 1e-6) / lane.bin));
      for (let bin = Math.floor(from / lane.bin); bin <= last; bin++) peak = Math.max(peak, lane.peaks[bin]);
    }
    const half = Math.max(speaks ? 1.25 : 0.5, ((peak / 255) * ROWS.sound) / 2);
    pen.globalAlpha = speaks ? 0.62 : 0.25;
    pen.fillStyle = theme.ink;
    pen.fillRect(x, middle - half, 1, 2 * half);
  }
  pen.globalAlpha = 1;
}

function paintEmotions(pen, lane, width, top) {
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

// The stacked band: for every column of pixels where each label begins, from the first label at the top.
function bandColumns(lane, width) {
  const L = LABELS.length;
  const shares = new Float64Array(L);
  const edges = new Float32Array(width * (L + 1));
  const kinds = new Int8Array(width);
  for (let x = 0; x < width; x++) {
    kinds[x] = lane.mix(timeAt(x, width), timeAt(x + 1, width), shares);
    const whole = shares.reduce((sum, share) => sum + share, 0) || 1;
    for (let l = 0; l < L; l++) edges[x * (L + 1) + l + 1] = edges[x * (L + 1) + l] + shares[l] / whole;
  }
  return { edges, kinds };
}

function runs(kinds, same) {
  const found = [];
  for (let x = 0; x < kinds.length; x++) {
    const before = found[found.length - 1];
    if (!same(kinds[x])) continue;
    if (before && before[1] === x) before[1] = x + 1;
    else found.push([x, x + 1]);
  }
  return found;
}

function paintBand(pen, lane, width, top) {
  const L = LABELS.length;
  const { edges, kinds } = bandColumns(lane, width);
  const y = (x, l) => top + edges[x * (L + 1) + l] * ROWS.band;
  const spoken = runs(kinds, (kind) => kind >= 0);
  for (const [from, to] of spoken) {
    for (let l = 0; l < L; l++) {
      pen.beginPath();
      pen.moveTo(from, y(from, l));
      for (let x = from; x < to; x++) pen.lineTo(x + 0.5, y(x, l));
      pen.lineTo(to, y(to - 1, l));
      pen.lineTo(to, y(to - 1, l + 1));
      for (let x = to - 1; x >= from; x--) pen.lineTo(x + 0.5, y(x, l + 1));
      pen.lineTo(from, y(from, l + 1));
      pen.fillStyle = LABELS[l].colour;
      pen.fill();
    }
  }
  const withheld = runs(kinds, (kind) => kind === 1);
  pen.fillStyle = theme.paper;
  pen.globalAlpha = 0.6;
  for (const [from, to] of withheld) pen.fillRect(from, top, to - from, ROWS.band);
  pen.globalAlpha = 0.4;
  paintHatch(pen, withheld, top, ROWS.band);
  pen.globalAlpha = 0.28;
  pen.strokeStyle = theme.ink;
  pen.lineWidth = 0.75;
  for (const [from, to] of spoken) {
    for (let l = 0; l <= L; l++) {
      pen.beginPath();
      for (let x = from; x < to; x++) pen.lineTo(x + 0.5, y(x, l));
      pen.stroke();
    }
  }
  pen.globalAlpha = 1;
  for (const run of spoken) paintLetters(pen, run, kinds, y);
}

function paintHatch(pen, spans, top, height) {
  pen.strokeStyle = theme.hatch;
  pen.lineWidth = 1;
  for (const [from, to] of spans) {
    pen.save();
    pen.beginPath();
    pen.rect(from, top, to - from, height);
    pen.clip();
    pen.beginPath();
    for (let x = from - height - ((from - height) % 7); x < to; x += 7) {
      pen.moveTo(x, top + height);
      pen.lineTo(x + height, top);
    }
    pen.stroke();
    pen.restore();
  }
}

// A label's letter where its part of the band is thickest, about every 160 pixels.
function paintLetters(pen, [from, to], kinds, y) {
  pen.font = `700 11px ${FONT}`;
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  const pieces = Math.max(1, Math.round((to - from) / 160));
  for (let piece = 0; piece < pieces; piece++) {
    const start = Math.round(from + (piece * (to - from)) / pieces) + 6;
    const stop = Math.round(from + ((piece + 1) * (to - from)) / pieces) - 6;
    for (let l = 0; l < LABELS.length; l++) {
      let best = -1;
      let thickest = 14;
      for (let x = start; x < stop; x++) {
        const thick = Math.min(y(x, l + 1) - y(x, l), y(x - 4, l + 1) - y(x - 4, l), y(x + 4, l + 1) - y(x + 4, l));
        if (thick > thickest) [best, thickest] = [x, thick];
      }
      if (best < 0) continue;
      pen.fillStyle = kinds[best] === 1 ? theme.ink : "#000";
      pen.globalAlpha = 0.8;
      pen.fillText(LABELS[l].letter, best, (y(best, l) + y(best, l + 1)) / 2 + 0.5);
    }
  }
  pen.globalAlpha = 1;
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

function paintAxis(canvas) {
  const { pen, width } = prepare(canvas, 22);
  const steps = [100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 144e5];
  const step = steps.find((size) => (size / (view.to - view.from)) * width > 64) || 288e5;
  pen.font = `11px ${FONT}`;
  pen.textBaseline = "top";
  pen.fillStyle = theme.soft;
  for (let time = Math.ceil(view.from / step) * step; time <= view.to; time += step) {
    const x = place(time, width);
    pen.fillRect(Math.min(x, width - 1), 0, 1, 5);
    pen.textAlign = x < 16 ? "left" : x > width - 16 ? "right" : "center";
    pen.fillText(clock(time, step < 1000 ? 1 : 0), x, 8);
  }
}

function paintMap(canvas) {
  const { pen, width, height } = prepare(canvas, 12 + 14 * LANES.length);
  pen.fillStyle = theme.ground;
  pen.fillRect(0, 0, width, height);
  LANES.forEach((lane, number) => {
    const top = 6 + 14 * number;
    pen.fillStyle = theme.hatch;
    pen.globalAlpha = 0.5;
    for (let i = 0; i < lane.utterances.length; i += 2) {
      const left = (lane.utterances[i] / LENGTH) * width;
      pen.fillRect(left, top + 5, Math.max(0.5, (lane.utterances[i + 1] / LENGTH) * width - left), 2);
    }
    pen.globalAlpha = 1;
    for (const [start, end, label] of lane.stretches) {
      pen.fillStyle = LABELS[label] ? LABELS[label].colour : GREY;
      const left = (start / LENGTH) * width;
      pen.fillRect(left, top, Math.max(0.75, (end / LENGTH) * width - left), 12);
    }
  });
  const left = (view.from / LENGTH) * width;
  const right = (view.to / LENGTH) * width;
  pen.fillStyle = theme.paper;
  pen.globalAlpha = 0.7;
  pen.fillRect(0, 0, left, height);
  pen.fillRect(right, 0, width - right, height);
  pen.globalAlpha = 1;
  pen.strokeStyle = theme.ink;
  pen.lineWidth = 1.5;
  pen.strokeRect(left + 0.75, 0.75, Math.max(3, right - left - 1.5), height - 1.5);
}
