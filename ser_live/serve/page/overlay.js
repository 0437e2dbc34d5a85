// Shows what is committed, and nothing else; it connects again for as long as it is open.
import { COLOURS, Follower, givenToken, open } from "./socket.js";

const root = document.getElementById("lanes");
let lanes = new Map();

function lane(name) {
  if (!lanes.has(name)) {
    const box = document.createElement("p");
    root.append(box);
    lanes.set(name, { box, follower: new Follower() });
  }
  return lanes.get(name);
}

function clear() {
  root.replaceChildren();
  lanes = new Map();
}

function take(record) {
  if (record.type === "session" || record.type === "summary") { clear(); return; }
  if (record.type === "error") return;
  const { box, follower } = lane(record.lane);
  follower.take(record);
  const word = follower.committed;
  box.textContent = word ? (record.lane ? `${record.lane}: ${word}` : word) : "";
  box.style.backgroundColor = word ? COLOURS[word] || COLOURS.uncertain : "";
}

function connect() {
  const socket = open("/v1/events", givenToken);
  socket.onmessage = ({ data }) => take(JSON.parse(data));
  socket.onclose = () => { clear(); setTimeout(connect, 1000); };
}
connect();
