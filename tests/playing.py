"""Films played in headless Chromium, from a server on this machine; what is heard, and when."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = 0.05
"""Of full scale: the clicks are louder, and what a lossy coder leaves around them is not."""

LISTEN = """
async () => {
  const context = new AudioContext({latencyHint: 'playback'});
  window.audio = context;
  window.clicks = [];
  const source = context.createMediaElementSource(video);
  const code = `registerProcessor('clicks', class extends AudioWorkletProcessor {
    process(inputs) {
      const heard = inputs[0][0];
      if (heard) {
        let best = 0;
        for (let n = 1; n < heard.length; n++) if (Math.abs(heard[n]) > Math.abs(heard[best])) best = n;
        if (Math.abs(heard[best]) > LOUD) this.port.postMessage(currentTime + best / sampleRate);
      }
      return true;
    }
  })`.replace('LOUD', QUIET);
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], {type: 'text/javascript'})));
  const listener = new AudioWorkletNode(context, 'clicks');
  listener.port.onmessage = event => {
    const now = context.currentTime;
    window.clicks.push(video.currentTime - (now - event.data) * video.playbackRate);
  };
  source.connect(listener);
  listener.connect(context.destination);
  await context.resume();
}
"""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of a server of the folder."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # a player that seeks hangs up
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def page_with(browser: Any, address: str, script: Path) -> Any:
    """A page of the server with a video and a player's script; what fails in it is in `faults`."""
    tab = browser.new_page()
    tab.faults = []
    tab.on("pageerror", lambda error: tab.faults.append(str(error)))
    tab.on("requestfailed", lambda one: None if one.failure == "net::ERR_ABORTED" else tab.faults.append(one.url))
    tab.on("response", lambda answer: tab.faults.append(answer.url) if answer.status >= 400 else None)
    page = "<!doctype html><title>film</title><link rel='icon' href='data:,'><video id='video' controls></video>"
    tab.route(f"{address}/page.html", lambda route: route.fulfill(body=page, content_type="text/html"))
    tab.goto(f"{address}/page.html")
    tab.add_script_tag(path=str(script))
    return tab


def listen(tab: Any) -> None:
    """Note in `clicks` the film's time, in seconds, of each click that is heard from now on."""
    tab.evaluate(LISTEN.replace("QUIET", str(QUIET)))


def heard(tab: Any, from_s: float | None, seconds: float) -> list[float]:
    """The clicks of so many seconds of the film, played from there, or on from where it is."""
    if from_s is not None:
        tab.evaluate("at => { video.currentTime = at; }", from_s)
    tab.wait_for_function("!video.seeking && video.readyState > 2", timeout=20_000)
    until_s = tab.evaluate(
        "async seconds => { clicks.length = 0; await video.play(); return video.currentTime + seconds }", seconds
    )
    tab.wait_for_function("at => video.currentTime > at", arg=until_s, timeout=20_000)
    tab.evaluate("video.pause()")
    found: list[float] = tab.evaluate("clicks")
    return found
