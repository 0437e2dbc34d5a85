// Send raw 16-bit mono sound from standard input to `ser-live serve`, and print what is committed.
//
//   ffmpeg -v error -re -i call.wav -f s16le -ac 1 -ar 16000 - | node examples/serve_client.mjs
//
// It needs Node 22, or Node 20 with `--experimental-websocket`. A provisional label may still change; an event announces
// a committed one, and the event with the same `id` closes it: act on these.
const url = process.argv[2] ?? "ws://127.0.0.1:8765/v1/stream";
const token = process.env.SER_LIVE_TOKEN;
const socket = new WebSocket(url, token ? ["ser-live", `token.${token}`] : ["ser-live"]);

socket.onopen = async () => {
  socket.send(JSON.stringify({ type: "start", sample_rate: 16000, channels: 1, encoding: "s16le" }));
  for await (const piece of process.stdin) socket.send(piece);
  socket.send('{"type": "stop"}');
};
socket.onmessage = ({ data }) => {
  const record = JSON.parse(data);
  if (record.type === "event" && record.kind === "emotion" && record.end === null) {
    console.log(`${record.start.toFixed(2).padStart(8)} s  ${record.label}`);
  } else if (record.type === "error") {
    console.log(`error ${record.name}: ${record.message}`);
  } else if (record.type === "summary") {
    console.log(`${record.seconds} s heard, ${record.predictions} predictions`);
  }
};
socket.onerror = () => { console.error(`no server answers at ${url}: start ser-live serve`); process.exitCode = 1; };
