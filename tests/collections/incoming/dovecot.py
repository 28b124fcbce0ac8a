"""A real server of mailboxes: Debian's Dovecot, as a process of one test session, on ports of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path

from imapclient import IMAPClient

from o2c.core.environment import Imap
from o2c.core.services.processes import wait_until

PROGRAM = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
PASSWORD = "secret+word"
CONFIG = """
base_dir = {folder}/run
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = {ssl}
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/home/%u
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
"""


class Dovecot:
    def __init__(self, folder: Path, certificate: Path):
        self.folder = folder
        self.port, self.tls_port = _free_port(), _free_port()
        root = os.geteuid() == 0
        user = "nobody" if root else _name()
        group = "nogroup" if root else _group()
        ssl = f"yes\nssl_cert = <{certificate}\nssl_key = <{certificate}"
        config = folder / "dovecot.conf"
        config.write_text(
            CONFIG.format(
                folder=folder,
                ssl=ssl,
                user=user,
                group=group,
                password=PASSWORD,
                port=self.port,
                tls_port=self.tls_port,
            )
        )
        for name in ("run", "mail", "home"):
            (folder / name).mkdir()
        if root:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, user, group)
        how = {"user": user, "group": group} if root else {}
        self.process = subprocess.Popen([PROGRAM, "-F", "-c", str(config)], **how)
        wait_until(self._answers, seconds=20)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as link:
                return link.recv(4) == b"* OK"
        except OSError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)

    def box(
        self, user: str, *, entity: str = "", tls: bool = False, starttls: bool = False, password: str = PASSWORD
    ) -> Imap:
        port = self.tls_port if tls else self.port
        return Imap("127.0.0.1", port, user, password, starttls=starttls, tls=tls, folder="INBOX", entity=entity)

    def deliver(self, user: str, *mails: bytes) -> None:
        with self._client(user) as client:
            for mail in mails:
                client.append("INBOX", mail)

    def seen(self, user: str) -> list[bytes]:
        """The flags that the mails of a mailbox bear."""
        with self._client(user) as client:
            client.select_folder("INBOX", readonly=True)
            flags = client.get_flags(client.search())
            return sorted(flag for each in flags.values() for flag in each if flag != b"\\Recent")

    def forget(self, user: str) -> None:
        """Throw a mailbox away, as when a server is set up anew."""
        with self._client(user) as client:
            client.select_folder("INBOX")
            found = client.search()
            if found:
                client.delete_messages(found)
                client.expunge()

    def _client(self, user: str) -> IMAPClient:
        client = IMAPClient("127.0.0.1", port=self.port, ssl=False)
        client.login(user, PASSWORD)
        return client


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _name() -> str:
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name


def _group() -> str:
    import grp

    return grp.getgrgid(os.getegid()).gr_name
