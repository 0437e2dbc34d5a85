import { COLOURS, Follower, givenToken, open } from "./socket.js";

const $ = (id) => document.getElementById(id);
const MOST_LINES = 200000; // of records that are kept to be saved
let lines = [], lanes = new Map(), labels = [];
let microphone = null, socket = null, wanted = false, pause = 500, ready = false;
window.serLive = { get lines() { return lines; }, get state() { return $("status").textContent; } };

const say = (words) => { $("status").textContent = words; };

class Lane {
  constructor(name) {
    const part = $("lane").content.cloneNode(true);
    this.root = part.querySelector(".lane");
    this.root.querySelector("h2").textContent = name || "";
    this.bars = labels.map((label) => {
      const word = document.createElement("span"), bar = document.createElement("progress");
      const value = document.createElement("span");
      word.textContent = label;
      bar.max = 1;
      bar.value = 0;
      bar.setAttribute("aria-label", label);
      this.root.querySelector(".bars").append(word, bar, value);
      return [label, bar, value];
    });
    this.follower = new Follower();
    this.shown = []; // [until, word] of the last minute
    $("lanes").append(part);
  }

  level(peak) { this.root.querySelector("meter").value = peak; }

  take(record) {
    this.follower.take(record);
    if (record.type === "prediction") {
      for (const [label, bar, value] of this.bars) {
        bar.value = record.smoothed[label];
        value.textContent = `${Math.round(100 * record.smoothed[label])} %`;
      }
      this.shown.push([record.available, this.follower.committed]);
      while (this.shown[0][0] < record.available - 60) this.shown.shift();
      this.draw(record.available);
    }
    const { committed, provisional } = this.follower;
    const emotion = this.root.querySelector(".emotion");
    const word = committed || (provisional ? `${provisional}?` : "–");
    if (emotion.textContent !== word) emotion.textContent = word;
    emotion.classList.toggle("provisional", !committed);
  }

  draw(now) {
    const canvas = this.root.querySelector("canvas"), pen = canvas.getContext("2d");
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (const [at, word] of this.shown) {
      if (!word) continue;
      pen.fillStyle = COLOURS[word] || COLOURS.uncertain;
      pen.fillRect(canvas.width * (1 - (now - at) / 60) - 4, 0, 4, canvas.height);
    }
  }
}

function take(record) {
  if (record.type === "session") {
    $("lanes").replaceChildren();
    labels = record.model.labels;
    const names = record.lanes ? record.lanes.map((lane) => lane.name) : [undefined];
    lanes = new Map(names.map((name) => [name, new Lane(name)]));
    $("stored").textContent = record.recorded ? "This server stores the sound." : "";
    ready = true;
    say("Listening.");
  } else if (record.type === "error") {
    wanted = record.name === "too-many-sessions" && wanted;
    say(record.message);
  } else if (record.type === "summary") {
    say(`${record.seconds.toFixed(1)} s heard, ${record.speech_seconds.toFixed(1)} s of speech.`);
  } else if (lanes.has(record.lane)) {
    lanes.get(record.lane).take(record);
  }
}

function connect() {
  const { context, channels } = microphone;
  const mine = open("/v1/stream", $("token").value);
  let heard = false;
  socket = mine;
  ready = false;
  lines = [];
  mine.onopen = () => mine.send(JSON.stringify({ type: "start", sample_rate: context.sampleRate, channels,
    encoding: "f32le", ...(channels === 2 ? { lane_names: ["left", "right"] } : {}) }));
  mine.onmessage = ({ data }) => {
    heard = true;
    pause = 500;
    if (lines.length < MOST_LINES) lines.push(data);
    $("save").disabled = false;
    take(JSON.parse(data));
  };
  mine.onclose = () => {
    if (mine !== socket) return;
    socket = null;
    ready = false;
    if (!wanted) { release(); return; }
    say(heard ? "The server is gone; trying again." : "The server does not answer, or the token is wrong; trying again.");
    setTimeout(() => { if (wanted && microphone) connect(); }, pause);
    pause = Math.min(2 * pause, 8000);
  };
}

async function start() {
  if (!navigator.mediaDevices) {
    say("The browser gives the microphone to https pages and to localhost only: open the page there, or start the server with --certfile.");
    return;
  }
  wanted = true;
  const channels = $("split").checked ? 2 : 1;
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: channels,
      echoCancellation: false, noiseSuppression: false, autoGainControl: false } });
    const context = new AudioContext();
    microphone = { stream, context, channels };
    await context.audioWorklet.addModule("capture.js");
    const node = new AudioWorkletNode(context, "capture", { numberOfOutputs: 0, channelCount: channels,
      channelCountMode: "explicit", processorOptions: { channels } });
    node.port.onmessage = ({ data }) => hear(data, channels);
    context.createMediaStreamSource(stream).connect(node);
    await context.resume();
    connect();
    $("listen").textContent = "Stop";
  } catch (error) {
    release();
    say(error.name === "NotAllowedError"
      ? "The microphone is not allowed: allow it for this page in the browser, then press Listen."
      : `The microphone cannot be opened (${error.message}): plug one in, then press Listen.`);
  }
}

function hear(block, channels) {
  if (socket && ready && socket.readyState === WebSocket.OPEN) socket.send(block.buffer);
  const names = [...lanes.values()];
  for (let c = 0; c < names.length; c += 1) {
    let peak = 0;
    for (let i = c; i < block.length; i += channels) peak = Math.max(peak, Math.abs(block[i]));
    names[c].level(peak);
  }
}

function release() {
  wanted = false;
  if (microphone) {
    microphone.stream.getTracks().forEach((track) => track.stop());
    microphone.context.close();
  }
  microphone = null;
  for (const lane of lanes.values()) lane.level(0);
  $("listen").textContent = "Listen";
}

function stop() {
  wanted = false;
  if (socket && socket.readyState === WebSocket.OPEN) {
    ready = false;
    socket.send('{"type": "stop"}');
  }
  release();
}

function save(data, type, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([data], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

async function report(file) {
  say(`Hearing ${file.name} …`);
  const headers = $("token").value ? { Authorization: `Bearer ${$("token").value}` } : {};
  try {
    const answer = await fetch("/v1/report", { method: "POST", body: file, headers });
    if (!answer.ok) { say((await answer.json()).message); return; }
    save(await answer.blob(), "text/html", `${file.name}.html`);
    say(`The report of ${file.name} is in your downloads. The server kept nothing.`);
  } catch (error) {
    say(`The server does not answer (${error.message}): is it running?`);
  }
}

$("server").textContent = location.host;
$("token").value = givenToken;
$("controls").onsubmit = (event) => { event.preventDefault(); if (microphone) stop(); else start(); };
$("save").onclick = () => save(`${lines.join("\n")}\n`, "application/jsonl", "session.jsonl");
$("drop").onclick = () => $("file").click();
$("drop").onkeydown = (event) => {
  if (event.key === "Enter" || event.key === " ") { event.preventDefault(); $("file").click(); }
};
$("file").onclick = (event) => event.stopPropagation();
$("file").onchange = () => { if ($("file").files.length) report($("file").files[0]); };
document.ondragover = (event) => { event.preventDefault(); $("drop").classList.add("over"); };
document.ondragleave = () => $("drop").classList.remove("over");
document.ondrop = (event) => {
  event.preventDefault();
  $("drop").classList.remove("over");
  if (event.dataTransfer.files.length) report(event.dataTransfer.files[0]);
};
fetch("/health").then((answer) => answer.json()).then((health) => {
  $("secret").hidden = !health.token;
  $("stored").textContent = health.recorded ? "This server stores the sound." : "";
});
