#!/usr/bin/env python3
"""The command line from outside, without a running server.

    cli_test.py MAILCAST      MAILCAST is the program
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

MAILCAST = ""

CONFIGURATION = """\
hostname = "chat.example.org"
domains = ["example.org"]
data_dir = "{folder}/data"
postmaster = "admin"
"""


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.configuration = self.folder / "mailcast.toml"
        self.configuration.write_text(CONFIGURATION.format(folder=self.folder))

    def tearDown(self):
        self.temporary.cleanup()

    def run_in_folder(self, *words, given=b"", environment=None):
        inherited = {name: value for name, value in os.environ.items() if name != "MAILCAST_CONFIG"}
        return subprocess.run(
            [MAILCAST, *words], input=given, capture_output=True, cwd=self.folder, timeout=60,
            env=inherited | (environment or {}), check=False)

    def good(self, *words, given=b"", environment=None):
        ran = self.run_in_folder(*words, given=given, environment=environment)
        self.assertEqual((ran.returncode, ran.stderr), (0, b""), words)
        return ran.stdout

    def bad(self, status, *words, given=b""):
        ran = self.run_in_folder(*words, given=given)
        self.assertEqual(ran.returncode, status, (words, ran.stderr))
        self.assertEqual(ran.stdout, b"", words)
        return ran.stderr.decode()

    def bad_in_one_line(self, status, *words, given=b""):
        error = self.bad(status, *words, given=given)
        self.assertEqual(error.count("\n"), 1, error)
        return error

    def test_version_is_on_standard_output(self):
        self.assertRegex(self.good("--version").decode(), r"^\d+\.\d+\.\d+\n$")

    def test_help_names_every_verb(self):
        shown = self.good("--help").decode()
        for verb in ("serve", "check", "parse", "person", "place", "alias", "set", "log", "mail", "watch", "status"):
            self.assertIn(verb, shown)

    def test_wrong_usage_is_2(self):
        for words in ([], ["frobnicate"], ["person"], ["person", "add"], ["log"], ["log", "~ada", "--limit", "x"],
                      ["person", "show", "ada", "--raw"], ["mail", "show"], ["set", "~ada"]):
            self.bad_in_one_line(2, *words)

    def test_check_shows_what_would_be_opened(self):
        shown = self.good("check").decode()
        for line in ("psyc://chat.example.org/", "lmtp 127.0.0.1:2424", "smtp 127.0.0.1:2525", "psyc 127.0.0.1:4404"):
            self.assertIn(line, shown)
        self.assertFalse((self.folder / "data").exists())

    def test_check_names_every_fault_with_its_line(self):
        self.configuration.write_text('hostnam = "x"\n\n[limits]\nmessage_size = "big"\n')
        lines = self.bad(2, "check").splitlines()
        self.assertEqual(len(lines), 2)
        self.assertTrue(lines[0].startswith("mailcast.toml:1: unknown key 'hostnam', did you mean 'hostname'"), lines)
        self.assertTrue(lines[1].startswith("mailcast.toml:4: message_size") or
                        lines[1].startswith("mailcast.toml:4: limits.message_size"), lines)
        self.bad(2, "person", "list")

    def test_check_names_the_value_that_is_wrong(self):
        for text, value in (('[limits]\nrecipients = "100"', "'100'"), ("hostname = 3", "3"), ("domains = true", "true"),
                            ('[limits]\nmessage_size = "25 MB"', "'25 MB'"), ("[limits]\nerrors = 1.5", "1.5")):
            self.configuration.write_text(text + "\n")
            error = self.bad_in_one_line(2, "check")
            self.assertIn(f"here it is {value}; right would be ", error)
        self.configuration.write_text('postmaster = "\\u001b[31m"\n')
        self.assertNotIn("\x1b", self.bad_in_one_line(2, "check"))

    def test_an_alias_leads_only_to_what_is_reached_from_here(self):
        self.good("person", "add", "ada")
        self.good("alias", "add", "far@example.org", "psyc://elsewhere.example/~joe", "psyc://elsewhere.example/@lab")
        for target in ("xmpp:joe@elsewhere.example", "mailto:joe@elsewhere.example", "joe@elsewhere.example"):
            self.assertIn("elsewhere.example", self.bad_in_one_line(1, "alias", "add", "x@example.org", target))
        for target in ("psyc://", "psyc://elsewhere.example/", "~", ""):
            self.bad_in_one_line(2, "alias", "add", "x@example.org", target)
        self.assertEqual([each["address"] for each in json.loads(self.good("alias", "list", "--json"))], ["far@example.org"])

    def test_the_configuration_is_looked_for_in_this_order(self):
        other = self.folder / "other.toml"
        other.write_text('hostname = "other.example"\n')
        third = self.folder / "third.toml"
        third.write_text('hostname = "third.example"\n')
        named = {"MAILCAST_CONFIG": str(other)}
        self.assertIn(b"psyc://chat.example.org/", self.good("check"))
        self.assertIn(b"psyc://other.example/", self.good("check", environment=named))
        self.assertIn(b"psyc://third.example/", self.good("check", "-c", str(third), environment=named))
        self.assertIn(b"psyc://third.example/", self.good("-c", str(third), "check", environment=named))
        self.configuration.unlink()
        if not pathlib.Path("/etc/mailcast/mailcast.toml").exists():
            self.assertIn(b"psyc://localhost/", self.good("check"))
        self.assertIn("nowhere.toml", self.bad(2, "check", "-c", "nowhere.toml"))

    def test_a_person_from_beginning_to_end(self):
        self.good("person", "add", "ada", "--password-stdin", given=b"correct horse\n")
        person = json.loads(self.good("person", "show", "ada", "--json"))
        self.assertEqual(person["nick"], "ada")
        self.assertEqual(person["uniform"], "psyc://chat.example.org/~ada")
        self.assertIn("ada@example.org", person["addresses"])
        self.assertIn("ada@chat.example.org", person["addresses"])
        self.assertEqual([each["nick"] for each in json.loads(self.good("person", "list", "--json"))], ["ada"])
        self.good("person", "passwd", "ada", "--password-stdin", given=b"battery staple")
        self.good("set", "~ada", "senders=bea@example.net,example.com", "max_size=10KB")
        person = json.loads(self.good("person", "show", "ada", "--json"))
        self.assertEqual(person["rules"], {"senders": "bea@example.net,example.com", "max_size": "10000"})
        self.assertIn("ada", self.bad_in_one_line(1, "person", "add", "ADA"))
        self.good("person", "remove", "ada")
        self.bad_in_one_line(1, "person", "show", "ada")
        self.assertEqual(json.loads(self.good("person", "list", "--json")), [])

    def test_passwords_are_nowhere(self):
        self.good("person", "add", "ada", "--password-stdin", given=b"correct horse\n")
        shown = self.good("person", "show", "ada", "--json") + self.good("person", "show", "ada")
        for each in (b"correct", b"argon2"):
            self.assertNotIn(each, shown)
        for path in (self.folder / "data").rglob("*"):
            if path.is_file():
                self.assertNotIn(b"correct horse", path.read_bytes(), path)
        self.assertEqual((self.folder / "data").stat().st_mode & 0o777, 0o700)

    def test_passwd_without_a_password_is_wrong_usage(self):
        self.good("person", "add", "ada")
        self.assertIn("--password-stdin", self.bad_in_one_line(2, "person", "passwd", "ada"))
        self.bad_in_one_line(2, "person", "passwd", "ada", "--password-stdin", given=b"\n")
        for unusable in (b"caf\xe9\n", b"a\0b\n"):
            self.assertIn("UTF-8", self.bad_in_one_line(2, "person", "passwd", "ada", "--password-stdin", given=unusable))
        self.bad_in_one_line(1, "person", "passwd", "bea", "--password-stdin", given=b"x\n")

    def test_places_aliases_and_rules(self):
        self.good("person", "add", "ada")
        self.good("place", "add", "lab")
        self.good("alias", "add", "info@example.org", "~ada", "*lab")
        self.assertEqual(json.loads(self.good("alias", "list", "--json")),
                         [{"address": "info@example.org", "targets": ["~ada", "*lab"]}])
        self.assertIn(b"info@example.org", self.good("alias", "list"))
        self.good("set", "*lab", "attachments=reject")
        self.good("set", "@lab", "html=reject")
        self.good("set", "psyc://chat.example.org/@lab", "keep=30d,500")
        self.assertEqual(json.loads(self.good("place", "show", "lab", "--json"))["rules"],
                         {"attachments": "reject", "html": "reject", "keep": "30d,500"})
        self.assertIn("accept or reject", self.bad_in_one_line(2, "set", "*lab", "html=perhaps"))
        self.bad_in_one_line(1, "set", "~lab", "html=reject")
        self.bad_in_one_line(1, "alias", "add", "x@example.org", "~nobody")
        self.good("alias", "remove", "info@example.org")
        self.bad_in_one_line(1, "alias", "remove", "info@example.org")
        self.bad_in_one_line(2, "place", "add", "la b")
        self.good("place", "remove", "lab")

    def test_a_new_log_is_empty(self):
        self.good("person", "add", "ada")
        self.assertEqual(self.good("log", "~ada", "--json"), b"")
        self.assertEqual(self.good("log", "~ada", "--limit", "5", "--since", "3"), b"")
        self.bad_in_one_line(1, "log", "~bea")
        self.bad_in_one_line(1, "mail", "show", "01JD0000000000000000000000")
        self.assertIn("26 characters", self.bad_in_one_line(1, "mail", "show", "not-an-id"))

    def test_without_a_server_there_is_no_status(self):
        self.assertIn("no mailcast is running", self.bad_in_one_line(1, "status"))
        self.bad_in_one_line(1, "status", "--json")

    def test_parse_reads_a_file_and_standard_input_alike(self):
        mail = b"From: Bea <bea@example.net>\r\nSubject: =?utf-8?q?h=C3=A4?=\r\n\r\nhello\r\n"
        (self.folder / "a.eml").write_bytes(mail)
        from_file = self.good("parse", "a.eml", "--json")
        self.assertEqual(from_file, self.good("parse", "-", "--json", given=mail))
        parsed = json.loads(from_file)
        self.assertEqual(parsed["subject"], "hä")
        self.assertEqual(parsed["from_addr"], "bea@example.net")
        self.assertEqual(parsed["text"].rstrip(), "hello")
        self.assertIn(b"hello", self.good("parse", "a.eml"))

    def test_parse_never_fails_on_content(self):
        for content in (b"", b"\0", b"\n\n\n", bytes(range(256)) * 10, b"Content-Type: multipart/mixed; boundary=x\n\n--x"):
            json.loads(self.good("parse", "-", "--json", given=content))
            self.good("parse", "-", given=content)
        self.bad_in_one_line(1, "parse", "not-here.eml")
        self.bad_in_one_line(1, "parse", ".")

    def test_settings_are_listed_one_a_line(self):
        keys = self.good("settings").decode().splitlines()
        self.assertIn("hostname", keys)
        self.assertIn("limits.external.message_size", keys)
        self.assertEqual(len(keys), len(set(keys)))

    @unittest.skipIf(os.getuid() != 0, "only root can give a folder away")
    def test_what_root_makes_belongs_to_who_owns_the_data(self):
        self.folder.chmod(0o755)
        data = self.folder / "data"
        data.mkdir(mode=0o700)
        os.chown(data, 65534, 65534)
        self.good("person", "add", "ada", "--password-stdin", given=b"correct horse\n")
        self.good("place", "add", "lab")
        self.assertIn(b"~ada", self.good("person", "list"))
        made = [data, *data.rglob("*")]
        self.assertIn(data / "mailcast.db", made)
        self.assertEqual({(each.stat().st_uid, each.stat().st_gid) for each in made}, {(65534, 65534)}, made)

    def test_commands_at_the_same_time_wait_for_each_other(self):
        running = [subprocess.Popen([MAILCAST, "person", "add", f"person{n}"], cwd=self.folder,
                                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) for n in range(5)]
        self.assertEqual([each.wait(60) for each in running], [0] * 5)
        self.assertEqual(len(json.loads(self.good("person", "list", "--json"))), 5)


if __name__ == "__main__":
    MAILCAST = os.path.abspath(sys.argv.pop(1))
    unittest.main()
