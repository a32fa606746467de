#!/usr/bin/env python3
"""The Debian package, made of the build that is there: what is in it, what its scripts do, how its units start it.

script/package makes the real one, which lintian looks at; docs/install.md says what an operator does with it.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import harness
from lmtp_client import Client, message

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SOCKETS = ("lmtp", "smtp", "socketmap", "policy")
CHANGELOG = """\
mailcast (0.0.1) bookworm; urgency=medium

  * A test.

 -- The Mailcast developers <mailcast@localhost.localdomain>  Sat, 28 Nov 2026 12:00:00 +0000
"""


def setUpModule():
    try:
        program = harness.find_mailcast()
        for needed in ("dh", "dpkg-deb", "cmake", "systemd-analyze", "systemd-socket-activate"):
            harness.find_program(needed)
    except harness.Skip as missing:
        harness.skip_script(missing)
    global FOLDER, ROOT, CONTROL
    FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="mailcast-package-"))
    unittest.addModuleCleanup(shutil.rmtree, FOLDER)
    tree, ROOT, CONTROL = FOLDER / "tree", FOLDER / "root", FOLDER / "control"
    tree.mkdir()
    for name in ("README.md", "CHANGELOG.md", "docs", "packaging"):
        (tree / name).symlink_to(SOURCE / name)
    shutil.copytree(SOURCE / "packaging" / "debian", tree / "debian")
    (tree / "debian" / "changelog").write_text(CHANGELOG)
    run(["debian/rules", "binary"], cwd=tree, env={
        **os.environ, "BUILT": str(pathlib.Path(program).parents[2]), "DEB_BUILD_OPTIONS": "nostrip", "DPKG_DEB_COMPRESSOR_TYPE": "none"})
    package = next(FOLDER.glob("mailcast_0.0.1_*.deb"))
    run(["dpkg-deb", "--extract", package, ROOT])
    run(["dpkg-deb", "--control", package, CONTROL])


def run(command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: status {done.returncode}:\n{done.stdout}")
    return done.stdout


class Package(unittest.TestCase):
    def test_everything_is_where_debian_looks_for_it(self):
        for path, mode in (("usr/bin/mailcast", 0o755), ("etc/mailcast/mailcast.toml", 0o644), ("lib/systemd/system/mailcast.service", 0o644),
                           ("usr/share/man/man1/mailcast.1.gz", 0o644), ("usr/share/man/man5/mailcast.toml.5.gz", 0o644),
                           ("usr/share/doc/mailcast/docs/install.md", 0o644), ("usr/share/doc/mailcast/CHANGELOG.md", 0o644)):
            self.assertEqual(mode, (ROOT / path).stat().st_mode & 0o7777, path)
        for name in SOCKETS:
            self.assertTrue((ROOT / f"lib/systemd/system/mailcast-{name}.socket").is_file(), name)
        self.assertFalse((ROOT / "usr/local").exists())
        self.assertFalse((ROOT / "var").exists(), "postinst makes it, for its user")

    def test_an_upgrade_keeps_the_configuration_and_nothing_else(self):
        self.assertEqual(["/etc/mailcast/mailcast.toml"], (CONTROL / "conffiles").read_text().split())

    def test_an_upgrade_leaves_the_sockets_open(self):
        scripts = [CONTROL / name for name in ("postinst", "prerm", "postrm")]
        for script in scripts:
            run(["sh", "-n", script])
        self.assertFalse((CONTROL / "preinst").exists(), "debhelper stops all units there")
        for line in (CONTROL / "postinst").read_text().splitlines():
            if "deb-systemd-invoke" in line:
                self.assertEqual("deb-systemd-invoke restart mailcast.service > /dev/null 2>&1 || true", line.strip())

    def test_the_configuration_that_comes_with_it_is_right(self):
        self.assertIn("\nok\n", run([ROOT / "usr/bin/mailcast", "check", "-c", ROOT / "etc/mailcast/mailcast.toml"]))


class Units(unittest.TestCase):
    def test_systemd_finds_no_fault_with_them(self):
        units = FOLDER / "units"
        units.mkdir()
        names = ["mailcast.service", *(f"mailcast-{name}.socket" for name in SOCKETS)]
        for name in names:
            text = (ROOT / "lib/systemd/system" / name).read_text()
            (units / name).write_text(text.replace("/usr/bin/mailcast", str(ROOT / "usr/bin/mailcast")))
        for name in SOCKETS[:1] + SOCKETS[2:]:
            shutil.copytree(ROOT / f"usr/share/mailcast/postfix/mailcast-{name}.socket.d", units / f"mailcast-{name}.socket.d")
        self.assertEqual("", run(["systemd-analyze", "verify", "--man=no", *(units / name for name in names)],
                                 env={**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"}))

    def test_each_socket_is_named_after_the_protocol_that_takes_it(self):
        for name in SOCKETS:
            unit = (ROOT / f"lib/systemd/system/mailcast-{name}.socket").read_text()
            self.assertEqual([name], re.findall("^FileDescriptorName=(.*)$", unit, re.M))
            self.assertEqual(["mailcast.service"], re.findall("^Service=(.*)$", unit, re.M))

    def test_started_as_the_unit_does_it_takes_mail_over_the_socket_handed_over(self):
        node = harness.Mailcast()
        self.addCleanup(node.close)
        node.add_person("ada")
        unit = (ROOT / "lib/systemd/system/mailcast.service").read_text()
        start = re.findall("^ExecStart=(.*)$", unit, re.M)[0].split()
        self.assertEqual(["/usr/bin/mailcast", "serve", "-c", "/etc/mailcast/mailcast.toml"], start)
        path = node.dir / "held.sock"
        node.spawn(["systemd-socket-activate", "-l", str(path), "--fdname=lmtp", node.program, "serve", "-c", str(node.config)])
        node.wait_ready(str(path))
        with Client(str(path)) as client:
            client.hello()
            _, _, replies = client.deliver("x@example.net", ["ada@example.org"], message("held", message_id="held@x"))
            self.assertEqual([250], [reply.code for reply in replies])
        self.assertIn(b"held", node.run("log", "~ada").stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
