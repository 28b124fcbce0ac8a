#!/usr/bin/env python3
"""Take the screenshots of docs/screenshots from a running demo: `.venv/bin/python scripts/screenshots.py [address]`."""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SHOTS = [
    ("dashboard", DESK, "light", "manager", lambda page: page.goto("/")),
    ("dashboard-dark", DESK, "dark", "manager", lambda page: page.goto("/")),
    ("dashboard-phone", PHONE, "light", "manager", lambda page: page.goto("/")),
    ("worklist", DESK, "light", "collector", lambda page: page.goto("/worklist/")),
    ("task", DESK, "light", "collector", lambda page: open_first(page, "/worklist/")),
    ("customer-dark", DESK, "dark", "manager", lambda page: open_first(page, "/customers/")),
    ("run", DESK, "light", "manager", lambda page: open_first(page, "/runs/")),
    ("ageing", DESK, "light", "manager", lambda page: page.goto("/aging/?by=collector")),
]


def open_first(page: Page, where: str) -> None:
    page.goto(where)
    page.locator("a[data-row]").first.click()
    page.wait_for_load_state()


def main() -> None:
    address = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    FOLDER.mkdir(parents=True, exist_ok=True)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--headless", "--disable-gpu", *sandbox]
        )
        for name, size, scheme, username, go in SHOTS:
            context = browser.new_context(base_url=address, viewport=size, color_scheme=scheme)
            page = context.new_page()
            page.goto("/login/")
            page.get_by_label("Username").fill(username)
            page.get_by_label("Password").fill("o2c-demo")
            page.keyboard.press("Enter")
            page.get_by_role("heading", name="Dashboard").wait_for()
            go(page)
            page.screenshot(path=FOLDER / f"{name}.png")
            context.close()
            print(f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
