"""Mailcast behind a real Postfix that is set up with the very lines `mailcast postfix` prints."""
import json
import os
import re
import smtplib
import subprocess

import harness

INSIDE, OUTSIDE = "127.0.0.1", "127.0.0.2"  # Postfix's mynetworks holds the first alone


def sections(text):
    """The printed recipe taken apart at its "# ---- NAME ----" lines."""
    found = re.split(r"(?m)^# ---- (\S+) ----$", text)
    return dict(zip(found[1::2], found[2::2]))


def last_settings(text):
    """A main.cf where each setting stands once, as it was said last.  Every program of Postfix warns of each that stands
    twice, and a dozen programs that start at once fill the queue of the log before somebody reads it."""
    settings, name = {}, None
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        if not line[0].isspace():
            name = line.split("=")[0].strip()
            settings.pop(name, None)
            settings[name] = []
        settings[name].append(line)
    return "".join(line + "\n" for lines in settings.values() for line in lines)


class Postfix(harness.Postfix):
    """Takes a recipe after it was made and before it is started."""

    def start(self):
        main = self.conf / "main.cf"
        main.write_text(last_settings(main.read_text()))
        return super().start()

    def use(self, recipe):
        parts = sections(recipe)
        main, master = self.conf / "main.cf", self.conf / "master.cf"
        main.write_text(main.read_text() + parts["main.cf"])
        master.write_text(master.read_text() + parts["master.cf"])
        for name in ("chat_aliases", "chat_transport"):
            if name in parts:
                (self.conf / name).write_text(parts[name])

    def add_door(self, restrictions):
        """An smtpd that knows no map, and only these restrictions; its port."""
        port = harness.free_port()
        master = self.conf / "master.cf"
        master.write_text(master.read_text() + f"""127.0.0.1:{port} inet n - n - - smtpd
  -o smtpd_recipient_restrictions={restrictions}
  -o smtpd_reject_unlisted_recipient=no
  -o unverified_recipient_reject_code=550
""")
        return port

    def queued(self):
        listing = subprocess.run([harness.find_program("postqueue"), "-c", str(self.conf), "-j"],
                                 capture_output=True, timeout=30).stdout
        return [json.loads(line) for line in listing.splitlines() if line.strip()]

    def flush(self):
        subprocess.run([harness.find_program("postqueue"), "-c", str(self.conf), "-f"], capture_output=True, timeout=30)

    def wait_empty(self, deadline=60.0):
        def empty():
            if not self.queued():
                return True
            self.flush()
            return False
        harness.wait_until(empty, "Postfix's queue is empty", deadline, pause=0.3)


class Beside:
    """One Postfix and one Mailcast.  `sockets` is "unix" or "tcp"; `doors` are the lookup listeners there are."""

    def __init__(self, recipe, sockets="unix", doors=("socketmap", "policy"), domains=("example.org",),
                 hostname="chat.example.org", main_cf="", top=""):
        self.postfix = Postfix(f"mynetworks = {INSIDE}/32\nsmtpd_delay_reject = yes\naddress_verify_poll_delay = 1s\n" + main_cf)
        self.probe_port = self.postfix.add_door("reject_unauth_destination,reject_unverified_recipient")
        self.plain_port = self.postfix.add_door("reject_unauth_destination")
        try:
            self.make_node(recipe, sockets, doors, domains, hostname, top)
        except BaseException:
            self.postfix.close()
            raise

    def make_node(self, recipe, sockets, doors, domains, hostname, top):
        private = self.postfix.queue / "private"
        listeners = ""
        for name in ("lmtp", *doors):
            address = f"unix:{private}/chat-{name}" if sockets == "unix" else f"127.0.0.1:{harness.free_port()}"
            listeners += f'[[listener]]\nprotocol = "{name}"\naddress = "{address}"\n'
            listeners += 'mode = "0666"\n' if sockets == "unix" else ""
            listeners += f'trusted = ["{INSIDE}/32", "unix"]\n'
        self.node = harness.Mailcast(domains=domains, hostname=hostname)
        self.node.config.write_text(f'hostname = "{hostname}"\ndomains = {json.dumps(list(domains))}\n'
                                    f'data_dir = "{self.node.data}"\n{top}\n' + listeners)
        self.private = private
        arguments = [self.node.program, "postfix", "-c", str(self.node.config)]
        arguments += ["--recipe", recipe] if recipe else []
        printed = subprocess.run(arguments, capture_output=True, text=True, timeout=60,
                                 env=dict(os.environ, MAIL_CONFIG=str(self.postfix.conf)))
        if printed.returncode != 0:
            raise RuntimeError(printed.stderr)
        self.recipe = printed.stdout
        self.postfix.use(self.recipe)

    def start(self):
        self.postfix.start()  # makes the folder of the sockets
        return self.start_node()

    def start_node(self):
        self.node.spawn([self.node.program, "serve", "-c", str(self.node.config)])
        harness.wait_until(lambda: self.status(), "Mailcast answers")
        return self

    def status(self):
        done = self.node.run("status", "--json", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def counters(self):
        return self.status()["counters"]

    def submit(self, sender, recipients, message_id, text="Hello.", source=INSIDE, extra="", port=None):
        """One mail by SMTP; gives the refusals of single recipients, {address: (code, text)}."""
        content = (f"{extra}From: <{sender}>\r\nTo: somebody@example.org\r\nSubject: {message_id}\r\n"
                   f"Date: Mon, 23 Nov 2026 12:00:00 +0000\r\nMessage-ID: <{message_id}@test.example>\r\n\r\n{text}\r\n")
        with smtplib.SMTP(INSIDE, port or self.postfix.port, local_hostname="client.example", timeout=60,
                          source_address=(source, 0)) as client:
            try:
                return client.sendmail(sender, recipients, content)
            except smtplib.SMTPRecipientsRefused as refused:
                return refused.recipients

    def subjects(self, entity):
        return [entry["subject"] for entry in self.node.entries(entity)]

    def wait_subject(self, entity, subject):
        harness.wait_until(lambda: subject in self.subjects(entity), f"{subject} is in the log of {entity}", deadline=40,
                           pause=0.1)

    def close(self):
        try:
            self.postfix.close()
        finally:
            self.node.close()
