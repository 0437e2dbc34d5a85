// Drawing the stacked band of probabilities.

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
  pen.globalAlpha = 0.55;
  for (const [from, to] of withheld) pen.fillRect(from, top, to - from, ROWS.band);
  pen.globalAlpha = 0.35;
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
    const start = Math.round(from + (piece * (to - from)) / pieces) + (piece ? 24 : 6);
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
