// The session out of the page: columns of numbers, and what they say at a time. All times are milliseconds.

const DATA = JSON.parse(document.getElementById("data").textContent);
const LABELS = DATA.labels;
const LENGTH = Math.max(DATA.length, 1);
const STATES = ["warming up", "withheld", "provisional", "committed"];
const HOLD = 500; // a reading without a next one counts this long, where no utterance says how long
const FAR = 1000; // of a column of pixels, from which on it shows the mean of its surroundings
const PAUSE = 2000; // between two readings of one utterance at most, likewise

function bytesOf(text) {
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

// The number of entries of a sorted list that are at most `value`, counted in steps of `stride`.
function countUpTo(sorted, value, stride = 1, offset = 0) {
  let low = 0;
  let high = sorted.length / stride;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle * stride + offset] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

class Lane {
  constructor(fields) {
    this.name = fields.name;
    this.ends = new Uint32Array(bytesOf(fields.ends).buffer);
    this.lengths = new Uint16Array(bytesOf(fields.lengths).buffer);
    this.speech = new Uint16Array(bytesOf(fields.speech).buffer);
    this.said = bytesOf(fields.said);
    this.smoothed = new Uint16Array(bytesOf(fields.smoothed).buffer);
    this.window = new Uint16Array(bytesOf(fields.window).buffer);
    this.heard = bytesOf(fields.heard);
    this.utterances = new Uint32Array(bytesOf(fields.utterances).buffer);
    this.stretches = fields.stretches;
    this.stretchStarts = fields.stretches.map((stretch) => stretch[0]);
    this.peaks = fields.wave ? bytesOf(fields.wave.peaks) : null;
    this.bin = fields.wave ? fields.wave.bin : 0;
    const counts = bytesOf(fields.heardCounts);
    this.heardFrom = new Uint32Array(counts.length + 1);
    counts.forEach((count, i) => (this.heardFrom[i + 1] = this.heardFrom[i] + count));
    this.#hold();
    this.#sum();
  }

  // Until when each reading counts: the next one of its utterance, or the utterance's end.
  #hold() {
    const n = this.ends.length;
    this.until = new Uint32Array(n);
    for (let i = 0; i < n; i++) {
      const end = this.ends[i];
      const next = i + 1 < n ? this.ends[i + 1] : Infinity;
      const place = countUpTo(this.utterances, end - 1, 2) - 1;
      const close = place >= 0 ? this.utterances[2 * place + 1] : -1;
      if (close >= end) this.until[i] = Math.min(next, close);
      else this.until[i] = next - end <= PAUSE ? next : end + HOLD;
    }
  }

  // Sums from the start, for means over any range.
  #sum() {
    const n = this.ends.length;
    const L = LABELS.length;
    this.sums = new Float64Array((n + 1) * L);
    this.withheldSums = new Uint32Array(n + 1);
    for (let i = 0; i < n; i++) {
      for (let l = 0; l < L; l++) this.sums[(i + 1) * L + l] = this.sums[i * L + l] + this.smoothed[i * L + l];
      this.withheldSums[i + 1] = this.withheldSums[i] + (this.state(i) < 2 ? 1 : 0);
    }
  }

  state(i) { return this.said[i] >> 4; }
  label(i) { return LABELS[this.said[i] & 15]; }
  probability(i, l) { return this.smoothed[i * LABELS.length + l] / 10000; }
  windowProbability(i, l) { return this.window[i * LABELS.length + l] / 10000; }

  // Which reading counts at a time; -1 where none does.
  at(time) {
    const i = countUpTo(this.ends, time) - 1;
    return i >= 0 && time <= this.until[i] ? i : -1;
  }

  speaks(time) {
    const i = countUpTo(this.utterances, time, 2) - 1;
    return i >= 0 && time <= this.utterances[2 * i + 1];
  }

  stretchAt(time) {
    const i = countUpTo(this.stretchStarts, time) - 1;
    return i >= 0 && time < this.stretches[i][1] ? this.stretches[i] : null;
  }

  // How much of each of `cells` equal pieces of a range each label's stretches take, 0 to 1.
  cells(from, to, cells) {
    const L = LABELS.length;
    const size = (to - from) / cells;
    const shares = new Float64Array(cells * L);
    for (let i = Math.max(0, countUpTo(this.stretchStarts, from) - 1); i < this.stretches.length; i++) {
      const [start, end, label] = this.stretches[i];
      if (start >= to) break;
      for (let cell = Math.max(0, Math.floor((start - from) / size)); cell < cells; cell++) {
        const left = from + cell * size;
        if (left >= end) break;
        const inside = Math.min(end, left + size) - Math.max(start, left);
        if (label >= 0 && inside > 0) shares[cell * L + label] += inside / size;
      }
    }
    return shares;
  }

  // Where the model listened in a reading's window: the share of each 0.1 s of its speech.
  attention(i) {
    return Array.from(this.heard.subarray(this.heardFrom[i], this.heardFrom[i + 1]), (root) => (root / 255) ** 2);
  }

  // The probabilities of a short piece of time, into `out`: their mean where many readings fall into it, else between
  // the two around it. Returns whether they were withheld, or -1 where there is nothing.
  mix(from, to, out) {
    const L = LABELS.length;
    const wider = to - from > FAR ? 4 * (to - from) : 0; // from far away the trend, not every turn
    const first = countUpTo(this.ends, from - wider);
    const last = countUpTo(this.ends, to + wider);
    if (last - first > 2) {
      for (let l = 0; l < L; l++) out[l] = (this.sums[last * L + l] - this.sums[first * L + l]) / (last - first) / 10000;
      return (this.withheldSums[last] - this.withheldSums[first]) * 2 > last - first ? 1 : 0;
    }
    const middle = (from + to) / 2;
    let i = countUpTo(this.ends, middle) - 1;
    if (i < 0 || middle > this.until[i]) {
      if (last === first) return -1;
      i = first; // a reading so short that the middle misses it
    }
    const next = i + 1 < this.ends.length && this.until[i] === this.ends[i + 1] ? i + 1 : i;
    const span = this.ends[next] - this.ends[i];
    const part = span ? Math.min(1, Math.max(0, (middle - this.ends[i]) / span)) : 0;
    for (let l = 0; l < L; l++) out[l] = this.probability(i, l) * (1 - part) + this.probability(next, l) * part;
    return this.state(i) < 2 ? 1 : 0;
  }
}

const LANES = DATA.lanes.map((fields) => new Lane(fields));

function clock(time, places = 1) {
  const scale = 10 ** places;
  const units = Math.floor((Math.max(time, 0) * scale) / 1000 + 1e-6);
  const whole = Math.floor(units / scale);
  const two = (n) => String(n).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  const start = minutes >= 60 ? `${Math.floor(minutes / 60)}:${two(minutes % 60)}` : `${minutes}`;
  return `${start}:${two(whole % 60)}${places ? `.${String(units % scale).padStart(places, "0")}` : ""}`;
}

const percent = (share, places = 1) => `${(100 * share).toFixed(places)}%`;
