"""IRC clients that people use, driven without a screen: weechat-headless, irssi inside tmux, ii.

Each has a folder of its own for configuration and logs and touches nothing of the user's.
"""
import os
import subprocess

import harness


WELCOME = "Say help to mailcast"  # of the MOTD


def log_text(folder, pattern):
    """All logs whose name matches, one behind the other."""
    return "".join(path.read_text(errors="replace") for path in sorted(folder.glob(pattern)) if path.is_file())


class Program(harness.Server):
    def wait_for(self, words, pattern=None, deadline=30.0):
        pattern = pattern or self.logs
        try:
            harness.wait_until(lambda: words in log_text(self.dir, pattern), f"{type(self).__name__} shows {words!r}",
                               deadline)
        except TimeoutError as late:
            raise TimeoutError(f"{late}; its logs:\n{log_text(self.dir, self.logs)}\n{self.output()}") from None
        return log_text(self.dir, pattern)

    def wait_login(self):
        self.wait_for(WELCOME)

    def shown(self, pattern=None):
        return log_text(self.dir, pattern or self.logs)


class Weechat(Program):
    """weechat without a terminal; commands go in by its FIFO, what it shows is in its logs."""

    logs = "logs/*.weechatlog"

    def __init__(self, port, account, password, mechanism="plain"):
        super().__init__("weechat")
        self.program = harness.find_program("weechat-headless")
        self.fifo = self.dir / "in"
        self.commands = [
            f"/set fifo.file.path {self.fifo}",
            "/set logger.file.flush_delay 0",
            f"/server add here 127.0.0.1/{port}",
            f"/set irc.server.here.nicks {account.split('@')[0]}",
            f"/set irc.server.here.sasl_mechanism {mechanism}",
            f"/set irc.server.here.sasl_username {account}",
            f"/set irc.server.here.sasl_password {password}",
            "/connect here",
        ]

    def start(self):
        command = [self.program, "-d", str(self.dir)]
        for one in self.commands:
            command += ["-r", one]
        self.spawn(command)
        harness.wait_until(self.fifo.exists, "weechat makes its FIFO")
        return self

    def type(self, text, buffer="*"):
        """What a person would type: `buffer` is "irc.here.#lab", or "*" for the one in front."""
        descriptor = os.open(self.fifo, os.O_WRONLY)
        try:
            # "*" takes a command, "plugin.name *" text for that buffer
            line = f"{'' if buffer == '*' else buffer + ' '}*{text}\n"
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def join(self, channel):
        self.type(f"/join {channel}")
        self.wait_for(f"Channel {channel}: ", f"logs/irc.here.{channel}.weechatlog")

    def stop(self, deadline=20.0):
        if self.alive():
            self.type("/quit")
            self.process.wait(deadline)
        return self.process.returncode if self.process else None


class Irssi(Program):
    """irssi in a tmux of its own; screen() is what a person would see."""

    logs = "logs/*.log"

    def __init__(self, port, account, password, columns=100, rows=40):
        super().__init__("irssi")
        self.program = harness.find_program("irssi")
        self.tmux = harness.find_program("tmux")
        self.size = (columns, rows)
        nick = account.split("@")[0]
        (self.dir / "config").write_text(f"""
servers = ({{ address = "127.0.0.1"; chatnet = "here"; port = "{port}"; autoconnect = "yes"; use_tls = "no"; }});
chatnets = {{ here = {{ type = "IRC"; nick = "{nick}"; sasl_mechanism = "PLAIN"; sasl_username = "{account}";
  sasl_password = "{password}"; }}; }};
settings = {{
  core = {{ real_name = "{nick}"; user_name = "{nick}"; nick = "{nick}"; }};
  "fe-common/core" = {{ autolog = "yes"; autolog_path = "{self.dir}/logs/$0.log"; autolog_level = "ALL";
    term_charset = "UTF-8"; autocreate_query_level = "MSGS"; }};
}};
""")
        (self.dir / "logs").mkdir()

    def run_tmux(self, *arguments):
        return subprocess.run([self.tmux, "-S", str(self.dir / "tmux"), "-f", "/dev/null", *arguments],
                              capture_output=True, timeout=20, check=True,
                              env=dict(os.environ, TERM="xterm-256color", LC_ALL="C.UTF-8")).stdout.decode()

    def start(self):
        columns, rows = self.size
        self.run_tmux("-u", "new-session", "-d", "-s", "irc", "-x", str(columns), "-y", str(rows),
                      f"{self.program} --home={self.dir}; exit")
        return self

    def wait_login(self):
        self.wait_screen(WELCOME)  # what comes from the server itself is in no log of irssi's

    def alive(self):
        done = subprocess.run([self.tmux, "-S", str(self.dir / "tmux"), "has-session"], capture_output=True)
        return done.returncode == 0

    def type(self, text):
        self.run_tmux("send-keys", "-t", "irc", "-l", text)
        self.run_tmux("send-keys", "-t", "irc", "Enter")

    def join(self, channel):
        self.type(f"/join {channel}")
        self.wait_for(f"[Users {channel}]", f"logs/{channel}.log")

    def screen(self):
        return self.run_tmux("capture-pane", "-p", "-t", "irc")

    def wait_screen(self, words, deadline=30.0):
        try:
            return harness.wait_until(lambda: words in self.screen() and self.screen(), f"irssi shows {words!r}", deadline)
        except TimeoutError as late:
            raise TimeoutError(f"{late}; its screen:\n{self.screen()}") from None

    def kill(self):
        subprocess.run([self.tmux, "-S", str(self.dir / "tmux"), "kill-server"], capture_output=True)

    def stop(self, deadline=20.0):
        if self.alive():
            self.type("/quit")
            harness.wait_until(lambda: not self.alive(), "irssi ends", deadline)
        return 0


class Ii(Program):
    """suckless ii: a FIFO `in` and a file `out` for each conversation.  It logs in with PASS."""

    logs = "127.0.0.1/**/out"

    def __init__(self, port, account, password):
        super().__init__("ii")
        self.program = harness.find_program("ii")
        self.command = [self.program, "-s", "127.0.0.1", "-p", str(port), "-n", account.split("@")[0],
                        "-k", "II_PASSWORD", "-i", str(self.dir)]
        self.environment = dict(os.environ, II_PASSWORD=password)

    def start(self):
        self.spawn(self.command, env=self.environment)
        harness.wait_until((self.dir / "127.0.0.1" / "in").exists, "ii makes its FIFO")
        return self

    def join(self, channel):
        self.type(f"/j {channel}")
        self.wait_for("has joined", f"127.0.0.1/{channel}/out")

    def type(self, text, conversation=""):
        fifo = self.dir / "127.0.0.1" / conversation / "in"
        harness.wait_until(fifo.exists, f"ii is in {conversation!r}")
        descriptor = os.open(fifo, os.O_WRONLY)
        try:
            os.write(descriptor, text.encode() + b"\n")
        finally:
            os.close(descriptor)


def plain(screen):
    """A screen without the blanks at the ends of its lines."""
    return "\n".join(line.rstrip() for line in screen.rstrip().splitlines())
