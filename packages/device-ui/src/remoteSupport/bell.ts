/** Two short tones. Silent where the browser lets a page make no sound before it was touched. */
export function ring(): void {
  try {
    const audio = new AudioContext();
    const volume = audio.createGain();
    volume.gain.value = 0.12;
    volume.connect(audio.destination);
    for (const [index, hertz] of [660, 880].entries()) {
      const tone = audio.createOscillator();
      tone.frequency.value = hertz;
      tone.connect(volume);
      tone.start(audio.currentTime + index * 0.22);
      tone.stop(audio.currentTime + index * 0.22 + 0.18);
      if (index === 1) tone.onended = () => void audio.close();
    }
  } catch {
    // Without sound, then: it is on the page, too.
  }
}
