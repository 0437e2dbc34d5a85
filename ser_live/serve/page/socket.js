// What the page and the overlay share: the address, the token and the colours.
export const COLOURS = { angry: "#DD5816", bored: "#A56A42", calm: "#2EE697", disgust: "#99CC5C", fear: "#D234C4",
  happy: "#E6CE02", neutral: "#EBEBEB", sad: "#26A5FF", surprise: "#F28FD1", uncertain: "#727C86" };

// A token after # stays in the browser: it is never part of a request.
export const givenToken = new URLSearchParams(location.hash.slice(1)).get("token") || "";

export function open(path, token) {
  const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${path}`;
  const socket = new WebSocket(address, token ? ["ser-live", `token.${token}`] : ["ser-live"]);
  socket.binaryType = "arraybuffer";
  return socket;
}

// Who follows the records of one lane: provisional may still change, committed stays until the utterance ends.
export class Follower {
  constructor() { this.committed = null; this.provisional = null; }

  take(record) {
    if (record.type === "prediction") {
      this.provisional = record.state === "provisional" || record.state === "committed" ? record.label : null;
    } else if (record.kind === "emotion") {
      if (record.end === null) [this.committed, this.id] = [record.label, record.id];
      else if (record.id === this.id) this.committed = null;
    } else if (record.kind === "speech" && record.end !== null) {
      this.committed = this.provisional = null;
    }
  }
}
