"""A real browser against the real server: Debian's chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.company import Company, company

CHROMIUM = shutil.which("chromium")
ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PASSWORD = "secret-for-tests"
# Sorted out where it is found: the whole report of a page is megabytes, which take longer to hand over than to make.
FAULTS = """
async (rules) => {
    const found = await axe.run(document, {resultTypes: ["violations"], ...(rules.length ? {runOnly: rules} : {})});
    const bad = found.violations.filter(fault => ["serious", "critical"].includes(fault.impact));
    return [found.passes.length, bad.flatMap(
        fault => fault.nodes.map(node => `${fault.id}: ${node.target} ${node.failureSummary}`))];
}
"""


@pytest.fixture(scope="session")
def chromium():
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (scripts/test-packages.sh installs it)")
    from playwright.sync_api import sync_playwright

    # Playwright's loop runs in this thread, so Django takes every query here for one from asynchronous code.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    # chromium's sandbox does not work for root
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *sandbox])
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def shots(services) -> Path:
    """Where screenshots of the test go: into the run folder, for whoever wants to look."""
    folder = Path(services.instance.run) / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture
def shown(transactional_db, chromium, tmp_path, settings) -> Company:
    from tests.given import Given

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path
    return company(Given(), folder=tmp_path)


class Visit:
    """A signed-in browser that remembers everything the pages complained about."""

    def __init__(self, browser, address: str, **options):
        self.address = address
        # a dialog that fades in is looked at when it is there, so no colour is measured half-way
        options.setdefault("reduced_motion", "reduce")
        self.context = browser.new_context(base_url=address, **options)
        self.context.set_default_timeout(15_000)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", self._failed)

    def _hear(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _failed(self, request) -> None:
        # what a page no longer needs because it was left is no fault
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")

    def sign_in(self, username: str) -> None:
        self.page.goto("/login/")
        self.page.get_by_label("Username").fill(username)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.get_by_role("heading", name="Dashboard").wait_for()

    def axe(self, *rules: str) -> list[str]:
        """Serious and critical faults that axe finds on the page as it is, by all rules or by the rules named."""
        if not self.page.evaluate("typeof window.axe === 'object'"):
            self.page.evaluate(AXE.read_text())
        looked_at, faults = self.page.evaluate(FAULTS, list(rules))
        assert looked_at, "axe has looked at nothing"
        return faults


@pytest.fixture
def visit(chromium, live_server) -> Iterator:
    opened: list[Visit] = []

    def begin(username: str | None = None, **options) -> Visit:
        made = Visit(chromium, live_server.url, **options)
        opened.append(made)
        if username:
            made.sign_in(username)
        return made

    yield begin
    for made in opened:
        made.context.close()
