// The table of stretches, and the visible range as CSV.

const tableBox = document.getElementById("stretch-table");
const toggle = document.getElementById("toggle");

// A hidden table stays where screen readers find it, but the Tab key passes by.
function showTable(open) {
  tableBox.classList.toggle("unseen", !open);
  toggle.setAttribute("aria-expanded", String(open));
  toggle.textContent = open ? "Hide table" : "Show table";
  tableBox.querySelectorAll("button").forEach((button) => (button.tabIndex = open ? 0 : -1));
}

function quoted(value) {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// One line for each reading that ends within the visible range; probabilities are the smoothed ones.
function visibleCsv() {
  const lines = [["file", "lane", "start", "end", "speech_seconds", "label", "state", ...LABELS.map((label) => label.name)]];
  const names = ["warming-up", "uncertain", "provisional", "committed"];
  for (const lane of LANES) {
    for (let i = countUpTo(lane.ends, view.from - 1); i < lane.ends.length && lane.ends[i] <= view.to; i++) {
      const times = [lane.ends[i] - lane.lengths[i], lane.ends[i], lane.speech[i]].map((time) => time / 1000);
      const label = lane.label(i);
      const shares = LABELS.map((_, l) => lane.probability(i, l));
      lines.push([DATA.file, lane.name ?? "", ...times, label ? label.name : "", names[lane.state(i)], ...shares]);
    }
  }
  return lines.map((line) => line.map(quoted).join(",") + "\r\n").join("");
}

function downloadCsv() {
  const link = element("a", { download: `${(DATA.file || "session").replace(/[^\p{L}\p{N}._-]+/gu, "_")}.csv` });
  link.href = URL.createObjectURL(new Blob([visibleCsv()], { type: "text/csv" }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
