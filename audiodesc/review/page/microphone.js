// Sound from the microphone at 48 kHz, as it is: no gain control, no noise reduction. Levels while it is open.

export const RATE = 48_000;
const CLIP = 0.999;

/** Opens the microphone. `level({rms_db, peak_db, noise_db, clipped})` comes about ten times a second. */
export async function openMicrophone(level) {
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: { channelCount: 1, sampleRate: RATE, echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const context = new AudioContext({ sampleRate: RATE });
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
    context.close();
  };
  await context.audioWorklet.addModule("/page/recorder.js").catch((error) => { close(); throw error; });
  const node = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
  context.createMediaStreamSource(stream).connect(node);
  let taking = null;
  const quiet = []; // levels of the last ten seconds: the lowest tenth is the room
  node.port.onmessage = ({ data }) => {
    taking?.push(data);
    let [sum, peak] = [0, 0];
    for (const one of data) { sum += one * one; peak = Math.max(peak, Math.abs(one)); }
    const rms_db = db(Math.sqrt(sum / data.length));
    quiet.push(rms_db);
    if (quiet.length > 100) quiet.shift();
    const noise_db = quiet.toSorted((a, b) => a - b)[Math.floor(quiet.length / 10)];
    level({ rms_db, peak_db: db(peak), noise_db, clipped: peak >= CLIP });
  };
  return {
    start() { taking = []; },
    /** What was taken since `start`, as a take. */
    stop() {
      const parts = taking ?? [];
      taking = null;
      const samples = new Float32Array(parts.reduce((sum, one) => sum + one.length, 0));
      let at = 0;
      for (const one of parts) { samples.set(one, at); at += one.length; }
      return asTake(samples, context.sampleRate);
    },
    close,
  };
}

/** Samples as a take: {samples, rate, peak_db, clipped}. */
export function asTake(samples, rate) {
  const peak = samples.reduce((most, one) => Math.max(most, Math.abs(one)), 0);
  return { samples, rate, peak_db: db(peak), clipped: peak >= CLIP };
}

const db = (value) => 20 * Math.log10(Math.max(value, 1e-5));

/** A WAV file of 24 bits, one channel. */
export function wav(samples, rate) {
  const bytes = new DataView(new ArrayBuffer(44 + samples.length * 3));
  const text = (at, words) => [...words].forEach((one, i) => bytes.setUint8(at + i, one.charCodeAt(0)));
  text(0, "RIFF"); bytes.setUint32(4, 36 + samples.length * 3, true); text(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true); bytes.setUint16(20, 1, true); bytes.setUint16(22, 1, true);
  bytes.setUint32(24, rate, true); bytes.setUint32(28, rate * 3, true); bytes.setUint16(32, 3, true); bytes.setUint16(34, 24, true);
  text(36, "data"); bytes.setUint32(40, samples.length * 3, true);
  for (let i = 0, at = 44; i < samples.length; i++, at += 3) {
    const value = Math.round(Math.max(-1, Math.min(1, samples[i])) * 8_388_607);
    bytes.setUint8(at, value & 255); bytes.setUint8(at + 1, (value >> 8) & 255); bytes.setUint8(at + 2, (value >> 16) & 255);
  }
  return new Blob([bytes.buffer], { type: "audio/wav" });
}
