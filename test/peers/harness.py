"""Starts and stops the programs that the peer tests talk to: Mailcast, Postfix, Dovecot, smtp-sink.

Each runs with its own configuration, folder and sockets, touches nothing of an installed one, and is gone
when the test ends, however it ends.  Nothing here waits for a fixed time: wait_until() asks until a
condition holds or its deadline is over.
"""
import atexit
import contextlib
import json
import os
import pathlib
import pwd
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77  # the exit status that ctest shows as "Skipped"


class Skip(Exception):
    """What is needed is not here; the text says what."""


def skip_script(reason):
    print(f"SKIPPED {pathlib.Path(sys.argv[0]).name}: {reason}", flush=True)
    sys.exit(SKIPPED)


def wait_until(condition, what, deadline=20.0, pause=0.02):
    """Asks `condition` until it gives something true and returns that."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"not within {deadline:g} s: {what}")
        time.sleep(pause)


PORTS_GIVEN = set()


def free_port():
    """A port that nobody listens on and that this process was not given before: the kernel may name one twice."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in PORTS_GIVEN:
            PORTS_GIVEN.add(port)
            return port


def more_files(count=20000):
    """Thousands of connections need as many file descriptors."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def find_program(name):
    for folder in os.environ.get("PATH", "").split(":") + ["/usr/sbin", "/usr/local/sbin", "/sbin"]:
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    raise Skip(f"{name} is not installed (script/bootstrap installs it)")


def find_mailcast():
    """$MAILCAST, else the newest one in a build folder."""
    if given := os.environ.get("MAILCAST"):
        if not os.access(given, os.X_OK):
            raise Skip(f"MAILCAST={given} is no program")
        return os.path.abspath(given)
    built = sorted(SOURCE.glob("build/*/src/app/mailcast"), key=lambda path: path.stat().st_mtime)
    if not built:
        raise Skip("no mailcast is built; give its path as MAILCAST=...")
    return str(built[-1])


def try_connect(address):
    """True when somebody accepts at ("127.0.0.1", port) or at a socket's path."""
    family = socket.AF_UNIX if isinstance(address, (str, pathlib.Path)) else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(address) if family == socket.AF_UNIX else address)
            return True
        except OSError:
            return False


class Folder:
    """A temporary folder that other users may pass through (Postfix and Dovecot run as several)."""

    def __init__(self, name):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix=f"mailcast-{name}-"))
        self.path.chmod(0o755)
        atexit.register(self.remove)

    def remove(self):
        if os.environ.get("MAILCAST_KEEP"):
            print(f"kept: {self.path}")
            return
        shutil.rmtree(self.path, ignore_errors=True)


class Server:
    """A child process and its output in a file.  Stops with the test."""

    stop_signal = signal.SIGTERM

    def __init__(self, name):
        self.folder = Folder(name)
        self.dir = self.folder.path
        self.process = None
        self.log = self.dir / "output.log"
        atexit.register(self.kill)

    def spawn(self, command, **options):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **options)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def wait_ready(self, address, deadline=30.0):
        def ready():
            if not self.alive():
                raise RuntimeError(f"{type(self).__name__} ended at once:\n{self.output()}")
            return try_connect(address)
        wait_until(ready, f"{type(self).__name__} accepts at {address}", deadline)

    def output(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def stop(self, deadline=20.0):
        """Asks it to end; returns its exit status."""
        if self.alive():
            self.process.send_signal(self.stop_signal)
            try:
                self.process.wait(deadline)
            except subprocess.TimeoutExpired:
                self.kill()
                raise TimeoutError(f"{type(self).__name__} did not end in {deadline:g} s\n{self.output()}") from None
        return self.process.returncode if self.process else None

    def kill(self):
        """kill -9 of it and all that it started."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self):
        try:
            self.stop()
        finally:
            self.folder.remove()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Mailcast(Server):
    """The daemon, with LMTP on TCP and a socket, SMTP and PSYC on loopback."""

    def __init__(self, domains=("example.org",), hostname="chat.example.org", top="", extra="", lmtp=""):
        super().__init__("node")
        self.program = find_mailcast()
        self.domains, self.hostname = list(domains), hostname
        self.data = self.dir / "data"
        self.config = self.dir / "mailcast.toml"
        self.socket = self.dir / "lmtp.sock"
        self.lmtp_port, self.smtp_port, self.psyc_port = free_port(), free_port(), free_port()
        listener = '[[listener]]\nprotocol = "{}"\naddress = "{}"\n{}\n'
        self.config.write_text(
            f'hostname = "{hostname}"\ndomains = {json.dumps(self.domains)}\ndata_dir = "{self.data}"\n{top}\n'
            + listener.format("lmtp", f"127.0.0.1:{self.lmtp_port}", 'origin = "external"\n' + lmtp)
            + listener.format("lmtp", f"unix:{self.socket}", 'mode = "0666"\norigin = "external"\n' + lmtp)
            + listener.format("smtp", f"127.0.0.1:{self.smtp_port}", 'origin = "internal"')
            + listener.format("psyc", f"127.0.0.1:{self.psyc_port}", "")
            + extra)

    def start(self, ready=True):
        said = " serves psyc://"
        before = self.output().count(said)
        self.spawn([self.program, "serve", "-c", str(self.config)])
        if ready:
            self.wait_ready(("127.0.0.1", self.lmtp_port))
            self.wait_ready(str(self.socket))
            # Other doors open behind these.
            wait_until(lambda: self.output().count(said) > before or not self.alive(), "all doors are open", 30.0)
        return self

    def run(self, *arguments, input=None, check=True):
        """The command line; returns the CompletedProcess with bytes."""
        done = subprocess.run([self.program, *arguments, "-c", str(self.config)], capture_output=True, timeout=60,
                              input=input if input is None or isinstance(input, bytes) else input.encode())
        if check and done.returncode != 0:
            raise RuntimeError(f"mailcast {' '.join(arguments)}: status {done.returncode}: "
                               f"{done.stderr.decode(errors='replace').strip()}")
        return done

    def add_person(self, nick, password=None, **rules):
        if password is None:
            self.run("person", "add", nick)
        else:
            self.run("person", "add", nick, "--password-stdin", input=password + "\n")
        if rules:
            self.run("set", f"~{nick}", *(f"{key}={value}" for key, value in rules.items()))

    def add_place(self, name):
        self.run("place", "add", name)

    def entries(self, entity, limit=None):
        arguments = ["log", entity, "--json"] + ([] if limit is None else ["--limit", str(limit)])
        return [json.loads(line) for line in self.run(*arguments).stdout.splitlines() if line.strip()]

    def raw(self, mail_id):
        return self.run("mail", "show", mail_id, "--raw").stdout

    def watch(self, who, password=None):
        """`mailcast watch` as a process; its output arrives in the returned Watch."""
        return Watch(self, who, password)


class Watch:
    def __init__(self, node, who, password):
        self.output = node.dir / f"watch-{abs(hash((who, time.monotonic())))}.log"
        arguments = [node.program, "watch", who, "-c", str(node.config)]
        if password is not None:
            arguments.insert(3, "--password-stdin")
        with open(self.output, "wb") as out:
            self.process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=out, stderr=out)
        if password is not None:
            self.process.stdin.write(password.encode() + b"\n")
            self.process.stdin.flush()
        atexit.register(self.close)

    def text(self):
        return self.output.read_text(errors="replace")

    def wait_for(self, words, deadline=20.0):
        def seen():
            if words not in self.text() and self.process.poll() is not None:
                raise RuntimeError(f"mailcast watch ended with status {self.process.returncode}: {self.text()}")
            return words in self.text()
        try:
            wait_until(seen, f"mailcast watch shows {words!r}", deadline)
        except TimeoutError as late:
            raise TimeoutError(f"{late}; it shows:\n{self.text()}") from None

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Dovecot(Server):
    """Dovecot's LMTP server over Maildir, with its own settings and without any other protocol.

    `users` None takes everybody; else only those exist.  All settings that could slow it are as shipped,
    except that its limits allow as many connections as the tests open.
    """

    def __init__(self, users=None):
        super().__init__("dovecot")
        self.program = find_program("dovecot")
        self.socket = self.dir / "lmtp.sock"
        self.lmtp_port = free_port()
        self.mail = self.dir / "mail"
        self.mail.mkdir()
        owner = pwd.getpwuid(os.getuid())
        if os.getuid() == 0:
            owner = pwd.getpwnam("nobody")
            os.chown(self.mail, owner.pw_uid, owner.pw_gid)
            system = ""
        else:
            system = f"default_internal_user = {owner.pw_name}\ndefault_login_user = {owner.pw_name}\n"
        if users is None:
            userdb = (f"driver = static\n args = uid={owner.pw_uid} gid={owner.pw_gid} "
                      f"home={self.mail}/%n allow_all_users=yes")
        else:
            table = self.dir / "users"
            table.write_text("".join(f"{user}::{owner.pw_uid}:{owner.pw_gid}::{self.mail}/{user}::\n" for user in users))
            userdb = f"driver = passwd-file\n args = username_format=%n {table}"
        self.config = self.dir / "dovecot.conf"
        self.config.write_text(f"""
base_dir = {self.dir}/run
state_dir = {self.dir}/state
log_path = {self.dir}/dovecot.log
protocols = lmtp
listen = 127.0.0.1
ssl = no
hostname = chat.example.org
postmaster_address = postmaster@example.org
mail_location = maildir:~/Maildir
auth_username_format = %Ln
first_valid_uid = 1
recipient_delimiter = +
{system}default_client_limit = 20000
default_process_limit = 4000
passdb {{
 driver = static
 args = nopassword=y
}}
userdb {{
 {userdb}
}}
service lmtp {{
  process_limit = 4000
  unix_listener {self.socket} {{
    mode = 0666
  }}
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {self.lmtp_port}
  }}
}}
""")

    def start(self):
        (self.dir / "state").mkdir(exist_ok=True)
        self.spawn([self.program, "-F", "-c", str(self.config)])
        self.wait_ready(str(self.socket))
        self.wait_ready(("127.0.0.1", self.lmtp_port))
        return self

    def output(self):
        log = self.dir / "dovecot.log"
        return super().output() + (log.read_text(errors="replace") if log.exists() else "")

    def mails(self, user):
        """The user's mails, oldest first."""
        files = sorted((self.mail / user / "Maildir" / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        return [path.read_bytes() for path in files]


class SmtpSink(Server):
    """Postfix's smtp-sink: speaks LMTP and throws everything away."""

    def __init__(self, unix=True):
        super().__init__("sink")
        self.program = find_program("smtp-sink")
        self.socket = self.dir / "lmtp.sock"
        self.lmtp_port = free_port()
        self.address = f"unix:{self.socket}" if unix else f"127.0.0.1:{self.lmtp_port}"
        self.unix = unix

    def start(self):
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        self.spawn([self.program, *user, "-L", "-m", "4000", self.address, "4000"])
        self.wait_ready(str(self.socket) if self.unix else ("127.0.0.1", self.lmtp_port))
        return self


class Postfix(Server):
    """An instance of Postfix of its own: smtpd on a loopback port, mail handed on by `settings`."""

    def __init__(self, settings):
        if os.getuid() != 0:
            raise Skip("Postfix can only be started by root")
        self.program = find_program("postfix")
        super().__init__("postfix")
        self.port = free_port()
        self.conf, self.queue, self.data = (self.dir / name for name in ("conf", "queue", "data"))
        for folder in (self.conf, self.queue, self.data):
            folder.mkdir()
        os.chown(self.data, pwd.getpwnam("postfix").pw_uid, -1)
        self.log = self.dir / "mail.log"
        (self.conf / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {self.queue}
data_directory = {self.data}
maillog_file = {self.log}
maillog_file_prefixes = {self.dir}
multi_instance_enable = no
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.org
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtp_host_lookup = native
smtp_dns_support_level = disabled
smtputf8_enable = yes
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
{settings}
""")
        (self.conf / "master.cf").write_text(f"""
127.0.0.1:{self.port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
local     unix  - n n - - local
virtual   unix  - n n - - virtual
lmtp      unix  - - n - - lmtp
  -o lmtp_send_xforward_command=yes
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
tlsmgr    unix  - - n 1000? 1 tlsmgr
postlog   unix-dgram n - n - 1 postlogd
""")

    def start(self):
        self.spawn([self.program, "-c", str(self.conf), "start-fg"])
        self.wait_ready(("127.0.0.1", self.port))
        return self

    def stop(self, deadline=20.0):
        if self.process is not None:
            subprocess.run([self.program, "-c", str(self.conf), "stop"], capture_output=True, timeout=deadline)
            self.process.wait(deadline)
            return self.process.returncode
        return None

    def kill(self):
        # the master runs in a session of its own, outside our group
        with contextlib.suppress(OSError, ValueError):
            os.killpg(int((self.queue / "pid" / "master.pid").read_text()), signal.SIGKILL)
        super().kill()

    def lines(self, *words):
        """Lines of its log that hold all the words."""
        return [line for line in self.output().splitlines() if all(word in line for word in words)]

    def wait_line(self, *words, deadline=30.0):
        try:
            return wait_until(lambda: self.lines(*words), f"Postfix logs {words}", deadline)[0]
        except TimeoutError as late:
            raise TimeoutError(f"{late}; its log:\n{self.output()}") from None


def end_on_signals():
    """SIGTERM ends the script as an exception does, so that everything started is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


end_on_signals()
