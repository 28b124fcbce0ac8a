"""`make demo` from an empty folder, and after its making was killed half way."""

import contextlib
import signal
import subprocess
import sys

from o2c import ROOT
from o2c.core.services.processes import Waited, wait_until
from o2c.web.demo import DEMO_LOGINS
from tests.setup.conftest import plain_environment
from tests.setup.test_supervisor import unused_port

SMALL = ["--customers", "8", "--open-items", "40", "--months", "3"]


def demo(servers, port: int, said) -> subprocess.Popen:
    environ = plain_environment(
        O2C_RUN_DIR=servers.instance.run, O2C_SCRATCH=1, O2C_HASHED_STATIC=0, O2C_PORT=port, O2C_WEB_WORKERS=1
    )
    with said.open("wb") as output:
        command = [sys.executable, "manage.py", "demo", *SMALL]
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output)
    with contextlib.suppress(Waited):
        wait_until(lambda: "Ctrl-C stops it" in said.read_text() or process.poll() is not None, seconds=180)
    assert "Ctrl-C stops it" in said.read_text(), said.read_text()
    return process


def companies(servers) -> int:
    with contextlib.closing(servers.postgres.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_legalentity")
        return cursor.fetchone()[0]


def test_the_demo_company_is_made_once_and_anew_when_its_making_was_killed(make_servers, tmp_path):
    servers, port = make_servers(), unused_port()
    said = tmp_path / "first.txt"
    process = demo(servers, port, said)
    assert f"o2c runs at http://127.0.0.1:{port}/" in said.read_text()
    for username, _, _, password in DEMO_LOGINS:
        assert f"{username} " in said.read_text()
        assert password in said.read_text()
    made = companies(servers)
    assert made > 0
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=90) == 0

    # As a kill -9 in the middle of the making leaves it.
    (servers.instance.run / "demo-unfinished").touch()
    said = tmp_path / "second.txt"
    process = demo(servers, port, said)
    assert "only half made; beginning again" in said.read_text()
    assert "bringing the database up to date" in said.read_text()
    assert companies(servers) == made
    assert not (servers.instance.run / "demo-unfinished").exists()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=90) == 0
    assert servers.postgres.pid() == 0
