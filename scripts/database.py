"""A PostgreSQL server for a rehearsal: on loopback, in a folder, stopped at the end."""

import os
import shutil
import subprocess
from pathlib import Path

from ports import free_port

USER = "spendsense"
PASSWORD = "rehearsal"
# The account that the server runs as if the rehearsal runs as root, which the server refuses.
ACCOUNT = "postgres"
TRIES = 5


class Database:
    """A server with an empty database, and settings such as "fsync=on". `with Database(folder) as database: database.url`."""

    def __init__(self, folder, *settings):
        self.folder = Path(folder).resolve()
        self.programs = programs()
        self.settings = "".join(f" -c {setting}" for setting in settings)
        self.port = None

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        password = self.folder / "password"
        password.write_text(PASSWORD)
        if os.getuid() == 0:
            shutil.chown(self.folder, ACCOUNT)
        self.run("initdb", "--no-sync", "--auth=scram-sha-256", f"--username={USER}", f"--pwfile={password}")
        for _ in range(TRIES):
            self.port = free_port()
            options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories='' -c fsync=off{self.settings}"
            log = self.folder / "log"
            if self.run("pg_ctl", "start", "--wait", "--silent", f"--log={log}", f"--options={options}", check=False):
                return self
        raise RuntimeError(f"PostgreSQL does not start:\n{log.read_text()}")

    def __exit__(self, *_):
        self.run("pg_ctl", "stop", "--silent", "--mode=immediate", check=False)

    @property
    def url(self):
        return f"postgres://{USER}:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def run(self, program, *arguments, check=True):
        command = [str(self.programs / program), f"--pgdata={self.folder / 'data'}", *arguments]
        if os.getuid() == 0:
            command = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups", *command]
        done = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=check)
        return done.returncode == 0


def programs():
    """Finds the newest PostgreSQL of Debian's packages, or the one on the path."""
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = str(packaged[-1]) if packaged else shutil.which("initdb")
    if not found:
        raise RuntimeError("PostgreSQL is not installed: on Debian, `apt-get install postgresql`")
    return Path(found).parent
