// Drawing the axis, and the small map of the whole session.

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
  pen.strokeStyle = theme.line;
  pen.strokeRect(0.5, 0.5, width - 1, height - 1);
  LANES.forEach((lane, number) => {
    const top = 6 + 14 * number;
    pen.fillStyle = theme.hatch;
    pen.globalAlpha = 0.5;
    for (let i = 0; i < lane.utterances.length; i += 2) {
      const left = (lane.utterances[i] / LENGTH) * width;
      pen.fillRect(left, top + 5, Math.max(0.5, (lane.utterances[i + 1] / LENGTH) * width - left), 2);
    }
    pen.globalAlpha = 1;
    if (crowded(lane, 0, LENGTH, width)) {
      paintCells(pen, lane, 0, LENGTH, width, top, 12);
      return;
    }
    for (const [start, end, label] of lane.stretches) {
      pen.fillStyle = LABELS[label] ? LABELS[label].colour : GREY;
      const left = (start / LENGTH) * width;
      const span = Math.max(0.75, (end / LENGTH) * width - left);
      pen.fillRect(left, top, span, 12);
      pen.fillStyle = "rgba(0, 0, 0, .25)";
      pen.fillRect(left, top + 11, span, 1);
    }
  });
  if (view.to - view.from >= LENGTH) return;
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
