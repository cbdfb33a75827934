"""A real Dovecot for tests: its own configuration, ports and mailboxes in a temporary folder, one
instance a test module. `require_dovecot()` skips by name where it is not installed.
"""

from __future__ import annotations

import contextlib
import getpass
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

PASSWORD = "right-password"
_CONFIG = """
protocols = imap
listen = 127.0.0.1
base_dir = {base}/run
state_dir = {base}/state
log_path = {base}/dovecot.log
ssl = {ssl}
{certificate}
disable_plaintext_auth = no
auth_mechanisms = plain login {token_mechanisms}
mail_location = maildir:{base}/mail/%u:UTF-8
first_valid_uid = 0
first_valid_gid = 0
mail_uid = {uid}
mail_gid = {gid}
default_login_user = {login_user}
default_internal_user = {internal_user}
default_internal_group = {internal_group}
{token_passdb}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={base}/home/%u
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
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
mail_max_userip_connections = 100
mailbox_idle_check_interval = 1 secs
"""


_TOKEN_PASSDB = """
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {base}/oauth2.conf.ext
}}
"""
#: How it asks a token server (RFC 7662) about a token that somebody signs in with.
_INTROSPECTION = """
introspection_mode = post
introspection_url = {url}
force_introspection = yes
active_attribute = active
active_value = true
username_attribute = username
timeout_msecs = 20000
"""


class Dovecot:
    """A running server. Every user name exists; `user` is whose mailbox the methods look at. With
    `introspection_url` it takes tokens of that server (XOAUTH2), too.
    """

    def __init__(
        self, certificate: tuple[Path, Path] | None = None, introspection_url: str = ""
    ) -> None:
        # Not pytest's folder: Dovecot's unprivileged processes must be able to walk into it.
        self.base = Path(tempfile.mkdtemp(prefix="dovecot-"))
        self.port, self.tls_port = _free_port(), _free_port() if certificate else 0
        self.user = "support@shop.test"
        self._users = 0
        self._certificate = certificate
        self._introspection_url = introspection_url
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """(Re)start on the same ports and wait until it greets."""
        self._write_config()
        program = shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program is not None
        self._process = subprocess.Popen(
            [program, "-F", "-c", str(self.base / "dovecot.conf")], start_new_session=True
        )
        self._until_greeting()

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=20)
            with contextlib.suppress(ProcessLookupError):  # idle workers stay for 15 s otherwise
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process = None

    def remove(self) -> None:
        """Stop, and leave nothing on disk."""
        self.stop()
        shutil.rmtree(self.base)

    def append(self, raw: bytes, folder: str = "INBOX", at: float | None = None) -> None:
        """Put a mail into a mailbox, as an MTA's delivery would; `at` is its date of arrival."""
        self.append_many([raw], folder, at)

    def append_many(
        self, raws: list[bytes], folder: str = "INBOX", at: float | None = None
    ) -> None:
        arrived = imaplib.Time2Internaldate(at) if at is not None else ""
        with self._client() as client:
            for raw in raws:
                status, answer = client.append(folder, "", arrived, raw)
                assert status == "OK", answer

    def count(self, criterion: str = "ALL", folder: str = "INBOX") -> int:
        with self._client() as client:
            client.select(folder, readonly=True)
            return len(client.search(None, criterion)[1][0].split())

    def new_mailbox(self) -> None:
        """From now on everything is about an empty mailbox of a new user."""
        self._users += 1
        self.user = f"box{self._users}@shop.test"

    def create(self, folder: str) -> None:
        with self._client() as client:
            client.create(folder)

    def renumber(self) -> None:
        """Give the mailbox a new UIDVALIDITY, as a restored or moved one has (server stopped)."""
        assert self._process is None
        for name in (
            "dovecot-uidlist",
            "dovecot.index",
            "dovecot.index.cache",
            "dovecot.index.log",
        ):
            (self.base / "mail" / self.user / name).unlink(missing_ok=True)
        for path in (self.base / "mail" / self.user).glob("dovecot-uidvalidity*"):
            path.unlink()

    @contextlib.contextmanager
    def _client(self) -> Iterator[imaplib.IMAP4]:
        with _connected(self.port, timeout_s=20) as client:
            client.login(self.user, PASSWORD)
            yield client

    def _write_config(self) -> None:
        me = getpass.getuser()
        is_root = os.geteuid() == 0
        owner = pwd.getpwnam("nobody" if is_root else me)  # Dovecot never reads mail as root
        for name in ("run", "state", "mail", "home"):
            (self.base / name).mkdir(exist_ok=True)
        certificate = ""
        if self._certificate is not None:
            certificate = "ssl_cert = <{}\nssl_key = <{}".format(*self._certificate)
        tokens = self._introspection_url
        (self.base / "oauth2.conf.ext").write_text(_INTROSPECTION.format(url=tokens))
        (self.base / "dovecot.conf").write_text(
            _CONFIG.format(
                base=self.base,
                password=PASSWORD,
                ssl="yes" if self._certificate else "no",
                certificate=certificate,
                token_mechanisms="xoauth2 oauthbearer" if tokens else "",
                token_passdb=_TOKEN_PASSDB.format(base=self.base) if tokens else "",
                uid=owner.pw_uid,
                gid=owner.pw_gid,
                login_user="dovenull" if is_root else me,
                internal_user="dovecot" if is_root else me,
                internal_group="dovecot" if is_root else me,
                port=self.port,
                tls_port=self.tls_port,
            )
        )
        if is_root:
            for name in ("mail", "home"):
                os.chown(self.base / name, owner.pw_uid, owner.pw_gid)
            self.base.chmod(0o711)

    def _until_greeting(self) -> None:
        for _ in range(200):
            assert self._process is not None
            if self._process.poll() is not None:
                break
            with (
                contextlib.suppress(OSError, imaplib.IMAP4.error),
                _connected(self.port, timeout_s=5),
            ):
                return
            time.sleep(0.05)
        log = self.base / "dovecot.log"
        raise RuntimeError(log.read_text() if log.exists() else "dovecot did not start")


@contextlib.contextmanager
def _connected(port: int, timeout_s: float) -> Iterator[imaplib.IMAP4]:
    """Signed out and closed at the end; closed at once when anything fails."""
    client = imaplib.IMAP4("127.0.0.1", port, timeout=timeout_s)
    try:
        yield client
        client.logout()
    except BaseException:
        with contextlib.suppress(OSError):
            client.shutdown()
        raise


def require_dovecot() -> None:
    """Skip the calling test where Dovecot is missing."""
    if shutil.which("dovecot", path=f"{os.environ['PATH']}:/usr/sbin") is None:
        pytest.skip("dovecot is not installed (Debian: dovecot-imapd)")


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
