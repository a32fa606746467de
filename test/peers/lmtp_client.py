"""An LMTP and SMTP client that speaks octets: whole, or one at a time, and reads replies as they are."""
import dataclasses
import re
import select
import socket


@dataclasses.dataclass
class Reply:
    code: int
    lines: list  # texts behind the code, one for each line
    raw: bytes = b""

    @property
    def text(self):
        return self.lines[-1]

    @property
    def enhanced(self):
        found = re.match(r"([245]\.\d{1,3}\.\d{1,3})( |$)", self.text)
        return found.group(1) if found else ""

    def __str__(self):
        return f"{self.code} {self.text}"


class Closed(Exception):
    """The server ended the connection."""


class Client:
    """`address` is the path of a socket or ("127.0.0.1", port)."""

    def __init__(self, address, timeout=20.0):
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family)
        self.socket.settimeout(timeout)
        self.socket.connect(address if isinstance(address, tuple) else str(address))
        if family == socket.AF_INET:
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.input = b""

    def send(self, octets):
        self.socket.sendall(octets)

    def send_reading(self, octets, piece):
        """Sends in pieces and meanwhile takes what comes: a server may rightly wait for a peer that never reads."""
        for at in range(0, len(octets), piece):
            left = octets[at:at + piece]
            while left:
                readable, writable, _ = select.select([self.socket], [self.socket], [], self.socket.gettimeout())
                if not readable and not writable:
                    raise TimeoutError
                if readable and not self.read_some():
                    return  # closed; the replies will show where
                if writable:
                    left = left[self.socket.send(left, socket.MSG_DONTWAIT):]

    def read_some(self):
        try:
            got = self.socket.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            got = b""
        self.input += got
        return got

    def line(self):
        while b"\r\n" not in self.input:
            if not self.read_some():
                raise Closed(self.input.decode(errors="replace"))
        line, self.input = self.input.split(b"\r\n", 1)
        return line

    def reply(self):
        lines, raw = [], b""
        while True:
            line = self.line()
            raw += line + b"\r\n"
            if not re.match(rb"\d{3}([ -]|$)", line) or b"\n" in line or b"\r" in line:
                raise ValueError(f"not a reply line: {line!r}")
            lines.append(line[4:].decode(errors="replace"))
            if line[3:4] != b"-":
                return Reply(int(line[:3]), lines, raw)

    def command(self, line):
        self.send(line.encode() + b"\r\n" if isinstance(line, str) else line)
        return self.reply()

    def hello(self, verb="LHLO"):
        greeting = self.reply()
        if greeting.code != 220:
            raise ValueError(f"greeting: {greeting}")
        return self.command(f"{verb} client.example")

    def at_end(self):
        """True when the server has closed and nothing is left to read."""
        if self.input:
            return False
        return not self.read_some()

    def deliver(self, sender, recipients, content, lmtp=True, parameters=""):
        """One transaction, pipelined.  Gives (reply of MAIL, replies of RCPT, replies after the content)."""
        commands = [f"MAIL FROM:<{sender}>{parameters}"] + [f"RCPT TO:<{to}>" for to in recipients] + ["DATA"]
        self.send("".join(line + "\r\n" for line in commands).encode())
        mail = self.reply()
        rcpts = [self.reply() for _ in recipients]
        data = self.reply()
        if data.code != 354:
            return mail, rcpts, []
        self.send(stuffed(content) + b".\r\n")
        accepted = sum(reply.code == 250 for reply in rcpts)
        return mail, rcpts, [self.reply() for _ in range(accepted if lmtp else 1)]

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def stuffed(content):
    """RFC 5321 4.5.2; the content ends with CRLF."""
    if not content.endswith(b"\r\n"):
        content += b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", content)


def message(subject, text="Hello.\r\n", message_id=None, extra=""):
    head = (f"From: Sender <sender@example.net>\r\nTo: someone@example.org\r\nSubject: {subject}\r\n"
            "Date: Mon, 23 Nov 2026 12:00:00 +0000\r\n"
            + (f"Message-ID: <{message_id}>\r\n" if message_id else "") + extra)
    return (head + "\r\n" + text).encode()


def with_attachment(subject, message_id):
    return message(subject, message_id=message_id, extra=(
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=cut\r\n"), text=(
        "--cut\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n"
        "--cut\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=plan.pdf\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQK\r\n--cut--\r\n"))
