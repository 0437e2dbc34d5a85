// What is read at a time: words and bars beside the picture, and the window of a chosen reading.

class Reading {
  constructor(lane, marks) {
    this.lane = lane;
    this.marks = marks;
    this.words = element("p", { className: "words" });
    this.warning = element("p", { className: "warning", hidden: true });
    this.rows = LABELS.map((label) => {
      const fill = element("i");
      fill.style.background = label.colour;
      const value = element("td", {}, "–");
      const head = element("th", { scope: "row" }, chip(label), ` ${label.name}`);
      const row = element("tr", {}, head, element("td", {}, element("span", { className: "trough" }, fill)), value);
      return { row, fill, value };
    });
    const body = element("tbody", {}, ...this.rows.map(({ row }) => row));
    this.root = element("div", { className: "reading" }, this.words, this.warning, element("table", {}, body));
  }

  // Show the values at a time, and return them as words.
  show(time) {
    const i = time === null ? -1 : this.lane.at(time);
    this.words.textContent = time === null ? "" : this.#state(time, i);
    const near = (view.to - view.from) * 0.008;
    const mark = time === null ? null : this.marks.find(([start, end]) => time >= start - near && time <= Math.max(start, end || 0) + near);
    this.warning.hidden = !mark;
    this.warning.replaceChildren(...(mark ? [`${mark[2]}: `, element("bdi", {}, mark[3])] : []));
    const values = this.rows.map(({ row, fill, value }, l) => {
      const share = i < 0 ? 0 : this.lane.probability(i, l);
      row.className = i >= 0 && LABELS[l] === this.lane.label(i) ? "first" : "";
      fill.style.width = `${100 * share}%`;
      value.textContent = i < 0 ? "–" : percent(share);
      return `${LABELS[l].name} ${percent(share)}`;
    });
    const said = [this.words.textContent, ...(i < 0 ? [] : values), ...(mark ? [`${mark[2]}: ${mark[3]}`] : [])];
    return said.join(", ");
  }

  #state(time, i) {
    const speech = this.lane.speaks(time);
    if (i < 0) return speech ? "speech, nothing said yet" : "silence";
    const label = this.lane.label(i);
    const name = label ? label.name : "?";
    if (this.lane.state(i) < 2) return `${STATES[this.lane.state(i)]} (${name} leads)`;
    return `${name}, ${STATES[this.lane.state(i)]}`;
  }
}

// The parts of the panel on one window: its times, what it says alone, and where the model listened in it.
function windowParts(lane, i, close) {
  const end = lane.ends[i];
  const start = end - lane.lengths[i];
  const speech = lane.speech[i] / 1000;
  const cut = (end - start) / 1000 - speech;
  const pauses = cut > 0.05 ? `, ${cut.toFixed(1)} s of pauses left out` : "";
  const button = element("button", { type: "button", "aria-label": "Close" }, "×");
  button.addEventListener("click", close);
  const name = lane.name === null ? [] : [element("bdi", {}, lane.name), ": "];
  const text = `The model heard ${speech.toFixed(2)} s of speech from ${clock(start, 2)} to ${clock(end, 2)}${pauses}.`;
  const alone = LABELS.map((label, l) => [label.name, lane.windowProbability(i, l)]).sort((a, b) => b[1] - a[1]);
  const parts = [
    element("div", { className: "head" }, element("p", {}, ...name, text), button),
    element("p", {}, `This window alone: ${alone.map(([name, share]) => `${name} ${percent(share)}`).join(", ")}.`),
  ];
  const shares = lane.attention(i);
  if (!shares.length) return [...parts, element("p", { className: "quiet" }, "Where in it the model listened is not in these records.")];
  const most = Math.max(...shares);
  const bars = element("div", { className: "bars", role: "img" });
  const heights = shares.map((share, n) => `${(n / 10).toFixed(1)} s ${percent(share, 0)}`);
  bars.setAttribute("aria-label", `Where the model listened, by tenths of a second of speech: ${heights.join(", ")}`);
  shares.forEach((share, n) => {
    const bar = element("i", { title: heights[n] });
    bar.style.height = `${(100 * share) / (most || 1)}%`;
    bars.append(bar);
  });
  const peak = shares.indexOf(most);
  const where = `most at ${(peak / 10).toFixed(1)} s: ${percent(most, 0)}`;
  return [...parts, element("p", {}, `Where in this speech it listened (${where}):`), bars,
    element("div", { className: "ends" }, element("span", {}, "0 s"), element("span", {}, `${speech.toFixed(2)} s of speech`))];
}
