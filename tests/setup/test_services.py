"""The embedded servers: started once however many ask, found again after a kill, apart from each other."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys

import psutil
import pytest
import redis

from o2c import ROOT
from o2c.core.services import ServiceFailed
from o2c.core.services.instance import LONGEST_SOCKET_FOLDER
from o2c.core.services.processes import alive, wait_until
from tests.setup.conftest import plain_environment, python

START = """
from o2c.core.services import Instance
from o2c.core.services.commands import Servers
servers = Servers(Instance.of())
servers.up()
print(servers.postgres.pid(), servers.valkey.pid())
"""


def sql(servers, statement: str, fetch: bool = False):
    with contextlib.closing(servers.postgres.connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if fetch else None


def queue(servers) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(servers.valkey.socket))


def kill(*pids: int) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
        wait_until(lambda pid=pid: alive(pid) is None, seconds=10)


def test_many_at_once_start_one_server(make_servers):
    servers = make_servers()
    environ = plain_environment(O2C_RUN_DIR=servers.instance.run, O2C_SCRATCH=1)
    callers = [
        subprocess.Popen([sys.executable, "-c", START], cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    answers = {caller.communicate(timeout=600)[0] for caller in callers}
    assert [caller.returncode for caller in callers] == [0] * 6
    assert answers == {f"{servers.postgres.pid()} {servers.valkey.pid()}\n"}
    data = str(servers.postgres.data)
    running = [p.pid for p in psutil.process_iter(["cmdline"]) if (p.info["cmdline"] or [])[1:3] == ["-D", data]]
    assert running == [servers.postgres.pid()]


def test_killed_servers_come_back_with_their_data(make_servers):
    servers = make_servers(scratch=False)
    assert servers.up() is True
    sql(servers, "CREATE TABLE kept AS SELECT 42 AS answer")
    queue(servers).rpush("jobs", "one", "two")
    kill(servers.postgres.pid(), servers.valkey.pid())
    assert not servers.postgres.answers()
    assert servers.up() is True
    assert sql(servers, "SELECT answer FROM kept", fetch=True) == [(42,)]
    assert queue(servers).lrange("jobs", 0, -1) == [b"one", b"two"]
    assert servers.up() is False


def test_stopping_keeps_the_data_and_is_harmless_twice(make_servers):
    servers = make_servers(scratch=False)
    servers.up()
    sql(servers, "CREATE TABLE kept AS SELECT 42 AS answer")
    queue(servers).set("kept", "42")
    pids = servers.postgres.pid(), servers.valkey.pid()
    servers.down()
    servers.down()
    assert [alive(pid) for pid in pids] == [None, None]
    servers.up()
    assert sql(servers, "SELECT answer FROM kept", fetch=True) == [(42,)]
    assert queue(servers).get("kept") == b"42"


@pytest.mark.parametrize(
    "folder",
    ["a folder, with 'blanks' & \"quotes\"", "ü" * 30 + "/" + "a long way down " * 8],
    ids=["blanks", "longer than a socket's address"],
)
def test_any_folder_will_do(make_servers, folder):
    servers = make_servers(folder)
    servers.up()
    assert sql(servers, "SELECT 1", fetch=True) == [(1,)]
    assert queue(servers).ping()
    assert len(os.fsencode(servers.instance.sockets)) <= LONGEST_SOCKET_FOLDER
    assert servers.instance.sockets.stat().st_mode & 0o777 == 0o700


def test_two_instances_share_nothing(make_servers):
    first, second = make_servers("first"), make_servers("second")
    first.up()
    second.up()
    sql(first, "CREATE TABLE only_here (x int)")
    queue(first).set("only", "here")
    assert sql(second, "SELECT to_regclass('only_here')", fetch=True) == [(None,)]
    assert queue(second).get("only") is None
    assert first.instance.secret() != second.instance.secret()
    second.down()
    assert first.up() is False


def test_a_stranger_with_the_old_process_number_is_left_alone(make_servers):
    servers = make_servers()
    servers.up()
    servers.down()
    mine = str(os.getpid())
    (servers.postgres.data / "postmaster.pid").write_text(f"{mine}\n{servers.postgres.data}\n")
    servers.valkey.pid_file.write_text(mine)
    assert (servers.postgres.pid(), servers.valkey.pid()) == (0, 0)
    servers.down()  # would end this very process if it believed the files
    assert servers.up() is True
    assert servers.postgres.pid() not in {0, os.getpid()}


def test_a_kill_while_the_database_is_made_leaves_nothing_half_made(make_servers):
    servers = make_servers()
    draft = servers.instance.run / "postgres.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    servers.up()
    assert sql(servers, "SELECT 1", fetch=True) == [(1,)]
    assert not draft.exists()


def test_data_of_another_version_is_refused_with_a_way_out(make_servers):
    servers = make_servers()
    servers.up()
    servers.down()
    (servers.postgres.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(ServiceFailed, match="was made by PostgreSQL 17, this is 18"):
        servers.up()


def test_a_socket_folder_that_others_may_write_to_is_refused(make_servers):
    servers = make_servers()
    servers.instance.sockets.mkdir(parents=True)
    servers.instance.sockets.chmod(0o777)
    with pytest.raises(ServiceFailed, match="not private"):
        servers.up()
    assert servers.postgres.pid() == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root must hand PostgreSQL to another user")
def test_without_setpriv_root_keeps_the_data_where_another_user_may_enter(make_servers, monkeypatch, tmp_path):
    servers = make_servers()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("setpriv") is None
    servers.up()
    assert servers.postgres.home != servers.instance.run
    assert sql(servers, "SELECT 1", fetch=True) == [(1,)]
    assert psutil.Process(servers.postgres.pid()).uids().real != 0
    kill(servers.postgres.pid())
    servers.up()
    assert sql(servers, "SELECT 1", fetch=True) == [(1,)]


def test_a_command_starts_what_it_needs_and_prints_only_its_answer(make_servers):
    servers = make_servers()
    own = {"O2C_RUN_DIR": servers.instance.run, "O2C_SCRATCH": 1}
    up = python("manage.py", "services", "up", "--json", **own)
    assert up.returncode == 0, up.stderr
    shown = json.loads(up.stdout)
    assert shown["postgres"]["running"]
    assert shown["valkey"]["running"]
    assert "bringing the database up to date" in up.stderr
    assert sql(servers, "SELECT count(*) > 0 FROM django_migrations", fetch=True) == [(True,)]

    again = python("manage.py", "shell", "--no-imports", "-c", "print('answer')", **own)
    assert (again.stdout, again.stderr) == ("answer\n", "")

    down = python("manage.py", "services", "down", "--json", **own)
    assert json.loads(down.stdout)["postgres"] == shown["postgres"] | {"running": False, "pid": None}


@pytest.mark.parametrize("command", ["check", "help", "services status"])
def test_a_command_without_need_starts_nothing(tmp_path, command):
    run = tmp_path / "run"
    done = python("manage.py", *command.split(), O2C_RUN_DIR=run)
    assert done.returncode == 0, done.stderr
    assert not run.exists()


def test_the_secret_is_made_once_and_private(make_servers):
    servers = make_servers()
    servers.up()
    secret = servers.instance.secret()
    servers.down()
    servers.up()
    assert servers.instance.secret() == secret
    assert len(secret) >= 50
    assert servers.instance.secret_file.stat().st_mode & 0o777 == 0o600
