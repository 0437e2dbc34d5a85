// The sound out of the page: text becomes bytes little by little, so that the page opens at once.

const audio = document.getElementById("audio");
const SLICE = 40; // lines of text at a time
const POINTED = 1500; // milliseconds that the mouse keeps the reading line from the sound
let pointedAt = -POINTED;

async function loadSound() {
  const source = document.getElementById("sound-data");
  const lines = source.textContent.trim().split("\n");
  const parts = [];
  for (let i = 0; i < lines.length; i += SLICE) {
    for (const line of lines.slice(i, i + SLICE)) parts.push(bytesOf(line.trim()));
    await new Promise((done) => setTimeout(done));
  }
  source.remove();
  audio.src = URL.createObjectURL(new Blob(parts, { type: source.dataset.type }));
  audio.hidden = false;
  for (const id of ["key-play", "click-plays"]) document.getElementById(id).hidden = false;
}

function playFrom(time) {
  if (audio.hidden) return;
  audio.currentTime = time / 1000;
  view.playing = time;
  tell("line");
  audio.play().catch(() => {}); // a browser that wants to be asked first
}

function playOrPause() {
  if (audio.hidden) return;
  if (!audio.paused) audio.pause();
  else if (view.cursor !== null && Math.abs(view.cursor - view.playing) > 50) playFrom(view.cursor);
  else audio.play().catch(() => {});
}

function follow() {
  const before = view.playing;
  view.playing = audio.currentTime * 1000;
  const visible = before !== null && before >= view.from && before <= view.to;
  if (!audio.paused && visible && view.playing > view.to) show(view.playing, view.playing + view.to - view.from);
  if (!audio.paused && performance.now() > pointedAt + POINTED) view.cursor = view.playing;
  tell("line");
  if (!audio.paused) requestAnimationFrame(follow);
}

if (DATA.sound) {
  audio.addEventListener("play", follow);
  audio.addEventListener("seeked", follow);
  setTimeout(loadSound);
}
