"""Draws `web.png`, the picture of the page for a web site: `python docs/make_web_picture.py demo/sample.web`.

Needs Playwright and Chromium.
"""

from __future__ import annotations

import io
import shutil
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

COLOURS = 256
"""So many make the picture half as large."""


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=sys.argv[1]))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1100, "height": 720})
        tab.goto(f"http://127.0.0.1:{server.server_port}/")
        tab.wait_for_timeout(2_000)  # until the first frame is there
        shot = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
        browser.close()
    server.shutdown()
    shot.quantize(COLOURS).save(Path(__file__).with_name("web.png"), optimize=True)


if __name__ == "__main__":
    main()
