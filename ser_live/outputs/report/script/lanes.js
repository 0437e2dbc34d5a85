// One block of the page for each lane: its picture, what is read there, and where the model listened.

function element(name, properties = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "role" || key.includes("-")) made.setAttribute(key, value);
    else made[key] = value;
  }
  made.append(...children);
  return made;
}

function chip({ letter, colour }) {
  const made = element("span", { className: "chip", "aria-hidden": "true" }, letter);
  made.style.background = colour;
  return made;
}

class LaneBlock {
  constructor(lane, number) {
    this.lane = lane;
    this.number = number;
    this.marks = DATA.marks.filter((mark) => mark[4] === null || mark[4] === number);
    this.canvas = element("canvas", {
      tabIndex: 0,
      role: "slider",
      "aria-label": `Time${lane.name === null ? "" : `, ${lane.name}`}`,
      "aria-valuemin": "0",
      "aria-valuemax": String(LENGTH / 1000),
      "aria-describedby": "hint",
    });
    this.cursor = element("i", { className: "line", hidden: true });
    this.head = element("i", { className: "line head", hidden: true });
    const stage = element("div", { className: "stage" }, this.canvas, this.cursor, this.head);
    this.reading = new Reading(lane, this.marks);
    this.root = element("section", { className: "lane" });
    if (lane.name !== null) this.root.append(element("h3", {}, element("bdi", {}, lane.name)));
    this.root.append(element("div", { className: "row" }, stage, this.reading.root));
  }

  paint() {
    const top = this.marks.length ? ROWS.marks : 2;
    const emotion = top + soundRoom(this.lane) + ROWS.gap;
    const band = emotion + ROWS.emotion + ROWS.gap;
    const { pen, width, height } = prepare(this.canvas, band + ROWS.band + 2);
    this.width = width;
    const columns = Math.ceil(width);
    paintSound(pen, this.lane, columns, top);
    paintBand(pen, this.lane, columns, band);
    paintEmotions(pen, this.lane, width, emotion);
    paintMarks(pen, this.marks, width, height);
    pen.fillStyle = theme.line;
    pen.fillRect(0, band + ROWS.band, width, 1);
  }

  move() {
    for (const [line, time] of [[this.cursor, view.cursor], [this.head, view.playing]]) {
      line.hidden = time === null || time < view.from || time > view.to;
      if (!line.hidden) line.style.transform = `translateX(${Math.min(place(time, this.width), this.width - 1)}px)`;
    }
    const said = this.reading.show(view.cursor);
    this.canvas.setAttribute("aria-valuenow", String((view.cursor || 0) / 1000));
    this.canvas.setAttribute("aria-valuetext", view.cursor === null ? "no time chosen" : `${clock(view.cursor, 2)}: ${said}`);
  }

  // Show where the model listened in the window of the reading at a time.
  choose(time) {
    const panel = document.getElementById("window");
    const i = time === null ? -1 : this.lane.at(time);
    panel.hidden = i < 0;
    if (i >= 0) panel.replaceChildren(...windowParts(this.lane, i, () => this.choose(null)));
  }
}
