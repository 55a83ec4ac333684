"""Draws `review.png` and `review-dark.png`, the pictures of the review page: run `audiodesc review` on the sample, then
`python docs/make_review_pictures.py ADDRESS` with the address that it prints.

Needs Playwright and Chromium.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import cv2
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent


def main() -> None:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 800}, locale="en-GB")
        tab.goto(sys.argv[1])
        tab.wait_for_selector("body[data-ready]")
        tab.locator("#line-list .row").nth(3).click()
        tab.keyboard.type(" It glows in her hands as she turns to go.")
        tab.wait_for_selector("#fit:not(:empty)")
        tab.wait_for_timeout(1500)
        _draw(tab.screenshot(), "review.png")
        tab.keyboard.press("Control+a")
        tab.emulate_media(color_scheme="dark")
        tab.set_viewport_size({"width": 1440, "height": 960})
        tab.wait_for_timeout(1500)
        _draw(tab.screenshot(), "review-dark.png")
        browser.close()


def _draw(picture: bytes, name: str) -> None:
    path = HERE / name
    path.write_bytes(picture)
    flat = cv2.imread(str(path))
    if flat is None:
        raise SystemExit(f"{path} is no picture")
    small = cv2.resize(flat, None, fx=0.68, fy=0.68, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), small, [cv2.IMWRITE_PNG_COMPRESSION, 9])


if __name__ == "__main__":
    main()
