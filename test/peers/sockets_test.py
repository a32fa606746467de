#!/usr/bin/env python3
"""Listening sockets through crashes and restarts: whose they are, what is left of them, what systemd holds meanwhile."""
import grp
import os
import signal
import socket
import stat
import sys
import unittest

import harness
from lmtp_client import Client, message
from psyc_client import PsycClient


def setUpModule():
    try:
        harness.find_mailcast()
    except harness.Skip as missing:
        harness.skip_script(missing)


def deliver(address, subject):
    with Client(address) as client:
        client.hello()
        _, _, replies = client.deliver("x@example.net", ["ada@example.org"], message(subject, message_id=f"{subject}@x"))
        return [reply.code for reply in replies]


class Files(unittest.TestCase):
    def setUp(self):
        self.node = harness.Mailcast()
        self.addCleanup(self.node.close)
        self.node.add_person("ada")

    def test_mode_and_group_are_those_of_the_configuration(self):
        group = next(each for each in grp.getgrall() if each.gr_gid not in (0, os.getgid()))
        path = self.node.dir / "own.sock"
        with open(self.node.config, "a") as config:
            config.write(f'\n[[listener]]\nprotocol = "lmtp"\naddress = "unix:{path}"\nmode = "0620"\n')
            if os.getuid() == 0:
                config.write(f'group = "{group.gr_name}"\n')
        self.node.start()
        info = path.stat()
        self.assertTrue(stat.S_ISSOCK(info.st_mode))
        self.assertEqual(0o620, stat.S_IMODE(info.st_mode))
        if os.getuid() == 0:
            self.assertEqual(group.gr_gid, info.st_gid)

    def test_a_group_that_does_not_exist_is_named(self):
        with open(self.node.config, "a") as config:
            config.write(f'\n[[listener]]\nprotocol = "lmtp"\naddress = "unix:{self.node.dir}/own.sock"\ngroup = "nosuchgroup"\n')
        self.node.start(ready=False)
        self.assertEqual(1, self.node.process.wait(20))
        self.assertIn("there is no group 'nosuchgroup'", self.node.output())

    def test_what_a_crash_left_is_replaced(self):
        self.node.start()
        self.node.kill()
        self.assertTrue(self.node.socket.exists(), "nobody was there to remove it")
        self.node.start()
        self.assertEqual([250], deliver(str(self.node.socket), "after-a-crash"))
        self.assertEqual(0, self.node.stop())
        self.assertFalse(self.node.socket.exists())

    def test_a_socket_in_use_and_a_file_of_another_kind_are_left_alone(self):
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(str(self.node.socket))
            other.listen()
            self.node.start(ready=False)
            self.assertEqual(1, self.node.process.wait(20))
            self.assertIn(f"cannot listen on unix:{self.node.socket}", self.node.output())
            self.assertTrue(harness.try_connect(str(self.node.socket)), "the other one still has it")
        self.node.socket.unlink()
        self.node.socket.write_text("mine")
        self.node.start(ready=False)
        self.assertEqual(1, self.node.process.wait(20))
        self.assertEqual("mine", self.node.socket.read_text())


class Held(unittest.TestCase):
    """systemd listens, and hands over what it listens on at each start."""

    def setUp(self):
        self.node = harness.Mailcast()
        self.addCleanup(self.node.close)
        self.node.add_person("ada")
        self.path = self.node.dir / "held.sock"
        self.sockets = {"lmtp": socket.socket(socket.AF_UNIX), "socketmap": socket.create_server(("127.0.0.1", 0))}
        self.sockets["lmtp"].bind(str(self.path))
        self.sockets["lmtp"].listen()
        for each in self.sockets.values():
            self.addCleanup(each.close)
        with open(self.node.config, "a") as config:
            config.write('\n[[listener]]\nprotocol = "socketmap"\naddress = "127.0.0.1:1"\n')

    def start(self):
        numbers = [each.fileno() for each in self.sockets.values()]
        script = (f"import os, sys\nkept = [os.dup(number) for number in {numbers}]\n"
                  "high = [os.dup2(number, 50 + at) for at, number in enumerate(kept)]\n"
                  "for at, number in enumerate(high):\n    os.dup2(number, 3 + at)\n"
                  f"os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='{len(numbers)}', LISTEN_FDNAMES='{':'.join(self.sockets)}')\n"
                  "os.closerange(40, 100)\n"
                  "os.execv(sys.argv[1], sys.argv[1:])")
        self.node.spawn([sys.executable, "-c", script, self.node.program, "serve", "-c", str(self.node.config)], pass_fds=numbers)

    def ask(self, connection):
        connection.sendall(b"20:rcpt ada@example.org,")
        return connection.recv(100)

    def test_who_comes_while_it_is_down_is_served_when_it_is_back(self):
        self.start()
        self.assertEqual([250], deliver(str(self.path), "first"))
        for end in ("stop", "kill"):
            getattr(self.node, end)()
            waiting = socket.socket(socket.AF_UNIX)
            self.addCleanup(waiting.close)
            waiting.settimeout(30)
            waiting.connect(str(self.path))  # not refused: the system keeps it
            asking = socket.create_connection(self.sockets["socketmap"].getsockname(), timeout=30)
            self.addCleanup(asking.close)
            asking.sendall(b"20:rcpt ada@example.org,")
            self.start()
            self.assertTrue(waiting.recv(100).startswith(b"220 "), end)
            self.assertEqual(b"4:OK 1,", asking.recv(100), end)
            self.assertEqual([250], deliver(str(self.path), f"after-{end}"))
        self.assertTrue(self.path.exists(), "the file is not ours to remove")

    def test_a_socket_goes_to_the_listener_of_its_address_before_others_of_its_protocol(self):
        with open(self.node.config, "a") as config:
            config.write(f'\n[[listener]]\nprotocol = "lmtp"\naddress = "unix:{self.path}"\n')
        held = self.sockets["lmtp"]
        for name in ("lmtp", "unknown", ""):
            self.sockets = {name: held}
            self.start()
            self.assertEqual([250], deliver(str(self.path), f"held-{name}"))
            self.assertEqual([250], deliver(str(self.node.socket), f"own-{name}"))
            self.node.stop()

    def test_a_drain_closes_lookups_and_tells_who_rests(self):
        self.start()
        with Client(str(self.path)) as resting:
            resting.hello()
            asking = socket.create_connection(self.sockets["socketmap"].getsockname(), timeout=30)
            self.addCleanup(asking.close)
            self.assertEqual(b"4:OK 1,", self.ask(asking))
            self.node.process.send_signal(signal.SIGTERM)
            self.assertEqual("421 4.3.2", " ".join(str(resting.reply()).split()[:2]))
            self.assertEqual(b"", asking.recv(100))
        self.assertEqual(0, self.node.process.wait(20))


class Told(unittest.TestCase):
    """What the service manager hears (Type=notify)."""

    def setUp(self):
        self.node = harness.Mailcast()
        self.addCleanup(self.node.close)
        self.manager = self.listen()

    def listen(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.settimeout(30)
        return manager

    def start(self, address):
        self.node.spawn([self.node.program, "serve", "-c", str(self.node.config)], env={**os.environ, "NOTIFY_SOCKET": address})

    def test_ready_is_said_when_everything_is_open_and_stopping_when_it_drains(self):
        path = str(self.node.dir / "notify")
        for own, named in ((path, path), (f"\0mailcast-{os.getpid()}", f"@mailcast-{os.getpid()}")):
            self.manager = self.listen()
            self.manager.bind(own)
            self.start(named)
            self.assertEqual(b"READY=1", self.manager.recv(100))
            for address in (("127.0.0.1", self.node.lmtp_port), str(self.node.socket), ("127.0.0.1", self.node.psyc_port)):
                self.assertTrue(harness.try_connect(address), address)
            self.node.process.terminate()
            self.assertEqual(b"STOPPING=1", self.manager.recv(100))
            self.assertEqual(0, self.node.process.wait(20))

    def test_nothing_is_said_when_it_cannot_start(self):
        self.manager.bind(str(self.node.dir / "notify"))
        with open(self.node.config, "a") as config:
            config.write(f'\n[[listener]]\nprotocol = "lmtp"\naddress = "unix:{self.node.dir}/no/such.sock"\n')
        self.start(str(self.node.dir / "notify"))
        self.assertEqual(1, self.node.process.wait(20))
        self.manager.setblocking(False)
        self.assertRaises(BlockingIOError, self.manager.recv, 100)

    def test_a_manager_that_is_not_there_keeps_nothing_from_starting(self):
        self.start(str(self.node.dir / "nobody"))
        self.node.wait_ready(str(self.node.socket))
        self.node.stop()
        self.assertIn("could not be told READY=1", self.node.output())


class Ends(unittest.TestCase):
    """A mail on its way to the smarthost when Mailcast is to end."""

    def under_way(self, drain):
        """The node, and the connection on which it waits for the answer to the content."""
        server = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(server.close)
        node = harness.Mailcast(top=f'[smarthost]\naddress = "127.0.0.1:{server.getsockname()[1]}"\n[limits]\ndrain_timeout = "{drain}"')
        self.addCleanup(node.close)
        node.add_person("ada", "correct horse")
        node.start()
        with PsycClient(node.psyc_port) as ada:
            ada.link("ada", "correct horse")
            ada.send("_request_execute", body="/mail bea@example.net Hello.", routing={"_target": ada.person})
            ada.wait_method("_echo_mail")
        server.settimeout(20)
        connection, _ = server.accept()
        self.addCleanup(connection.close)
        connection.settimeout(20)
        lines = connection.makefile("rb")
        connection.sendall(b"220 mx\r\n")
        for answer in (b"250 mx", b"250 ok", b"250 ok", b"354 go on"):
            lines.readline()
            connection.sendall(answer + b"\r\n")
        while lines.readline() != b".\r\n":
            pass
        return node, connection

    def test_it_may_be_answered_until_the_drain_is_over(self):
        node, connection = self.under_way("20s")
        node.process.terminate()
        harness.wait_until(lambda: not harness.try_connect(("127.0.0.1", node.lmtp_port)), "it drains")
        self.assertTrue(node.alive())
        connection.sendall(b"250 2.0.0 taken\r\n")
        self.assertEqual(0, node.process.wait(20))
        self.assertEqual(b"", node.run("outbox", "list").stdout)

    def test_a_smarthost_that_does_not_answer_keeps_nothing_from_ending(self):
        node, _ = self.under_way("1s")
        node.process.terminate()
        self.assertEqual(0, node.process.wait(20))
        self.assertIn(b"bea@example.net", node.run("outbox", "list").stdout, "it waits for the next start")


if __name__ == "__main__":
    unittest.main(verbosity=2)
