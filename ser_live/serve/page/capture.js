// Hands the microphone's samples over as they are, 100 ms at a time, the channels interleaved.
class Capture extends AudioWorkletProcessor {
  constructor(options) {
    super();
    this.channels = options.processorOptions.channels;
    this.block = new Float32Array(Math.round(sampleRate / 10) * this.channels);
    this.filled = 0;
  }

  process([input]) {
    if (!input.length) return true;
    for (let i = 0; i < input[0].length; i += 1) {
      for (let c = 0; c < this.channels; c += 1) {
        this.block[this.filled] = input[Math.min(c, input.length - 1)][i];
        this.filled += 1;
      }
      if (this.filled === this.block.length) {
        this.port.postMessage(this.block.slice());
        this.filled = 0;
      }
    }
    return true;
  }
}
registerProcessor("capture", Capture);
