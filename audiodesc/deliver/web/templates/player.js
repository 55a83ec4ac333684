"use strict";

// Audio description is heard in one way at a time: in the sound of the described film, or as text from the track of
// descriptions, which is read out by the browser or handed to a screen reader. Only the film without description has
// that track, and only one film is there at a time: so the two never speak at once.
(() => {
  const byId = (id) => document.getElementById(id);
  const film = byId("film");
  const described = byId("described");
  const said = byId("said");
  const stop = byId("stop");
  const captions = byId("captions");
  const radios = [...document.querySelectorAll("input[name=description]")];
  const stops = JSON.parse(document.body.dataset.stops);
  const track = [...film.textTracks].find((one) => one.kind === "descriptions");
  const KEY = "audiodesc.description";
  const QUIET = 0.4;

  let mode = "off";
  let shown = film;
  let last = null; // the cue that was said since the film was moved
  let words = null; // what the browser speaks
  let timer = 0;
  let waiting = false; // the film stands until the words are spoken
  let held = false; // it stands because of a description, not because somebody stopped it
  let loud = null; // the film's volume, while it is turned down

  const isText = () => mode === "voice" || mode === "reader";

  // Times in ms of the film, and of the described film, which may stop for descriptions.
  const later = (ms) => stops.reduce((sum, [at, length]) => (at < ms ? sum + length : sum), ms);
  const earlier = (ms) => {
    let sum = 0;
    for (const [at, length] of stops) {
      if (ms < at + sum) break;
      if (ms < at + sum + length) return at;
      sum += length;
    }
    return ms - sum;
  };

  const play = () => shown.play().catch(() => {});

  function seek(video, ms) {
    if (video.readyState > 0) {
      video.currentTime = ms / 1000;
      return;
    }
    video.addEventListener("loadedmetadata", () => { video.currentTime = ms / 1000; }, { once: true });
    video.preload = "metadata";
  }

  function show(next, playing) {
    if (next === shown) {
      if (playing) play();
      return;
    }
    const ms = shown.currentTime * 1000;
    shown.pause();
    next.volume = shown.volume;
    next.muted = shown.muted;
    next.playbackRate = shown.playbackRate;
    seek(next, next === described ? later(ms) : earlier(ms));
    shown = next;
    for (const video of [film, described]) video.closest("section").hidden = video !== shown;
    caption();
    if (playing) play();
  }

  // Captions: those of both films are in the same order.
  const texts = (video) => [...video.textTracks].filter((one) => one.kind === "captions" || one.kind === "subtitles");

  function caption() {
    if (!captions) return;
    texts(shown).forEach((one, number) => { one.mode = captions.value === String(number) ? "showing" : "disabled"; });
  }

  function chosenInPlayer(video) {
    if (video !== shown) return;
    const number = texts(video).findIndex((one) => one.mode === "showing");
    captions.value = number < 0 ? "" : String(number);
  }

  // Descriptions as text.
  function duck() {
    loud = film.volume;
    film.volume = loud * QUIET;
  }

  function unduck() {
    if (loud !== null && Math.abs(film.volume - loud * QUIET) < 0.01) film.volume = loud;
    loud = null;
  }

  function hold() {
    held = true;
    film.pause();
  }

  function silence() {
    const spoken = words;
    words = null;
    waiting = false;
    clearTimeout(timer);
    if (spoken) speechSynthesis.cancel();
    if (loud !== null) unduck();
    said.textContent = "";
  }

  function spoken() {
    words = null;
    clearTimeout(timer);
    unduck();
    if (waiting) {
      waiting = false;
      play();
    }
  }

  function speak(text) {
    const made = new SpeechSynthesisUtterance(text);
    made.lang = track.language || document.documentElement.lang;
    made.onend = () => { if (words === made) spoken(); };
    made.onerror = made.onend;
    timer = setTimeout(made.onend, 5000 + 200 * text.length); // some browsers never say that they are done
    words = made;
    duck();
    speechSynthesis.speak(made);
  }

  function say(cue) {
    const text = cue.getCueAsHTML().textContent;
    last = cue;
    said.textContent = text;
    if (stop.checked) {
      waiting = mode === "voice";
      hold();
    }
    if (mode === "voice") speak(text);
  }

  function look() {
    if (!isText() || film.paused || film.seeking) return;
    const cues = track.activeCues;
    const cue = cues && cues.length ? cues[cues.length - 1] : null;
    if (words && cue !== last) { // its time is over, and it is still being spoken
      waiting = true;
      hold();
    } else if (cue && cue !== last) {
      say(cue);
    } else if (!cue && !words) {
      said.textContent = "";
    }
  }

  function choose(value) {
    const playing = !shown.paused || waiting;
    silence();
    held = false;
    last = null;
    mode = value;
    track.mode = isText() ? "hidden" : "disabled";
    said.setAttribute("aria-live", mode === "reader" ? "assertive" : "off");
    byId("stopping").hidden = !isText();
    show(mode === "narrator" ? described : film, playing);
  }

  function remember(value) {
    try {
      localStorage.setItem(KEY, value);
    } catch {
      // a browser that keeps nothing
    }
  }

  function remembered() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  track.addEventListener("cuechange", look);
  film.addEventListener("play", () => {
    held = false;
    waiting = false;
    look();
  });
  film.addEventListener("seeking", () => {
    silence();
    last = null;
  });
  film.addEventListener("seeked", look);
  film.addEventListener("pause", () => {
    if (held || film.ended) return;
    silence();
    last = null;
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-ms]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const ms = Number(link.dataset.ms);
    seek(shown, shown === described ? later(ms) : ms);
    play();
  });
  if (captions) {
    captions.addEventListener("change", caption);
    for (const video of [film, described]) {
      video.textTracks.addEventListener("change", () => chosenInPlayer(video));
    }
  }
  for (const radio of radios) {
    radio.addEventListener("change", () => {
      choose(radio.value);
      remember(radio.value);
    });
  }

  if (!("speechSynthesis" in window)) radios.find((one) => one.value === "voice").closest("label").remove();
  document.documentElement.classList.add("scripted");
  described.closest("section").hidden = true;
  byId("choices").hidden = false;
  byId("file").hidden = location.protocol !== "file:";
  const before = radios.find((one) => one.isConnected && one.value === remembered());
  if (before) {
    before.checked = true;
    choose(before.value);
  }
})();
