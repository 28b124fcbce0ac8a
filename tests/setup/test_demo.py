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
        wait_until(lambda: "Ctrl-C stops it" in said.read_text() or process.poll() is not None, seconds=900)
    assert "Ctrl-C stops it" in said.read_text(), said.read_text()
    return process


def companies(servers) -> int:
    with contextlib.closing(servers.postgres.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_legalentity")
        return cursor.fetchone()[0]


def test_the_demo_company_is_made_anew_when_its_making_was_killed_and_then_only_once(make_servers, tmp_path):
    servers, port = make_servers(), unused_port()
    # As a kill -9 in the middle of the making leaves it: the mark, and some tables.
    servers.up()
    with contextlib.closing(servers.postgres.connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE half_made AS SELECT 1 AS row")
    (servers.instance.run / "demo-unfinished").touch()
    said = tmp_path / "first.txt"
    process = demo(servers, port, said)
    assert "only half made; beginning again" in said.read_text()
    assert f"o2c runs at http://127.0.0.1:{port}/" in said.read_text()
    for username, _, _, password in DEMO_LOGINS:
        assert f"{username} " in said.read_text()
        assert password in said.read_text()
    assert not (servers.instance.run / "demo-unfinished").exists()
    made = companies(servers)
    assert made > 0
    with contextlib.closing(servers.postgres.connect("o2c_half_made")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM half_made")
        assert cursor.fetchone() == (1,)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=180) == 0

    said = tmp_path / "second.txt"
    process = demo(servers, port, said)
    assert "making the demo company" not in said.read_text()
    assert companies(servers) == made
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=180) == 0
    assert servers.postgres.pid() == 0
