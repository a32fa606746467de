"""The cases of the LMTP conformance suite, as data: exchanges of octets and the replies they must get.

An expected reply is "CODE ENHANCED" (x stands for any digits), a tuple of allowed ones, or a function.
Persons ada (postmaster) and bea and the place lab exist at example.org and bücher.example; nobody does not.
"""
import dataclasses

MESSAGE_SIZE = 100_000  # octets; the limit that the server under test is given
RECIPIENTS = 1000
COMMAND_LINE = 12_288  # octets with CRLF, RFC 4954 section 4
CLOSED = object()


@dataclasses.dataclass
class Case:
    name: str
    exchanges: list
    content: bytes | None = None  # what must be stored
    kept_by: int = 0              # index of the reply that accepted it, the greeting being 0
    differs: dict = dataclasses.field(default_factory=dict)


CASES = []

HELLO = (b"LHLO client.example\r\n", ["250"])
MAIL = (b"MAIL FROM:<sender@example.net>\r\n", ["250 2.1.0"])
ADA = (b"RCPT TO:<ada@example.org>\r\n", ["250 2.1.5"])
BEA = (b"RCPT TO:<bea@example.org>\r\n", ["250 2.1.5"])
NOBODY = (b"RCPT TO:<nobody@example.org>\r\n", ["550 5.1.1"])
DATA = (b"DATA\r\n", ["354"])
RSET = (b"RSET\r\n", ["250 2.0.0"])
NOOP = (b"NOOP\r\n", ["250 2.0.0"])
OPEN = [HELLO, MAIL, ADA, DATA]
DONE = "250 2.1.5"

SINK_TAKES = "accepts every recipient and every path; it only counts"
SINK_PARSES = "does not check the syntax of commands"
NO_SIZE = "does not announce SIZE and takes none"
SINK_ORDER = "does not check the order of commands"

_serial = 0


def mail(text=b"Hello.\r\n"):
    """A content that differs from all others, so that no server may take it for a repetition."""
    global _serial
    _serial += 1
    return (b"From: sender@example.net\r\nSubject: case %d\r\nMessage-ID: <case%d@example.net>\r\n\r\n"
            % (_serial, _serial)) + text


def case(name, exchanges, content=None, kept_by=None, **differs):
    names = {key.replace("sink", "smtp-sink"): value for key, value in differs.items()}
    before = sum(len(expected) for _, expected in exchanges)
    CASES.append(Case(name, exchanges, content, before if kept_by is None else kept_by, names))


def one(command, *expected, before=(HELLO,)):
    return [*before, (command, list(expected)), NOOP]


def names(address, code=DONE):
    def reply_names_the_recipient(reply):
        return f"{reply.code} {reply.enhanced}" == code and f"<{address}>" in reply.text
    reply_names_the_recipient.__doc__ = f"{code} <{address}>"
    return reply_names_the_recipient


# ---- greeting and extensions ------------------------------------------------------------------------


def announces(*keywords):
    def announced(reply):
        seen = {line.split(" ")[0].upper() for line in reply.lines[1:]}
        return reply.code == 250 and all(keyword in seen for keyword in keywords)
    announced.__doc__ = f"250 with {' '.join(keywords)}"
    return announced


def announces_size(reply):
    """250 with SIZE and the limit"""
    return f"SIZE {MESSAGE_SIZE}" in reply.lines


def no_starttls(reply):
    """250 without STARTTLS, for no certificate is configured"""
    return reply.code == 250 and "STARTTLS" not in reply.lines


case("greeting is 220, LHLO is 250, QUIT is 221 and closes", [HELLO, (b"QUIT\r\n", ["221 2.0.0", CLOSED])])
for keyword in ("PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", "CHUNKING", "SIZE", "XFORWARD"):
    case(f"LHLO announces {keyword}", [(b"LHLO client.example\r\n", [announces(keyword)])])
case("LHLO announces SIZE with the limit", [(b"LHLO client.example\r\n", [announces_size])])
case("LHLO does not announce STARTTLS without a certificate", [(b"LHLO client.example\r\n", [no_starttls])])
case("LHLO with an address literal", [(b"LHLO [192.0.2.1]\r\n", ["250"]), NOOP])
case("LHLO without a name is 501", [(b"LHLO\r\n", ["501 5.5.x"]), HELLO], sink=SINK_PARSES)
case("EHLO is for SMTP", [(b"EHLO client.example\r\n", ["500 5.5.1"]), HELLO])
case("HELO is for SMTP", [(b"HELO client.example\r\n", ["500 5.5.1"]), HELLO])
case("commands in lower case", [(b"lhlo client.example\r\n", ["250"]),
                                (b"mail from:<sender@example.net>\r\n", ["250 2.1.0"]),
                                (b"rcpt to:<ada@example.org>\r\n", ["250 2.1.5"]), (b"rset\r\n", ["250 2.0.0"])])
case("spaces at the end of a command", one(b"NOOP  \r\n", "250 2.0.0"))

# ---- small commands -----------------------------------------------------------------------------------

case("NOOP with an argument", one(b"NOOP anything\r\n", "250 2.0.0"))
case("RSET without a transaction", [HELLO, RSET])
case("RSET ends the transaction", [HELLO, MAIL, ADA, RSET, (b"RCPT TO:<ada@example.org>\r\n", ["503 5.5.1"]), NOOP])
case("VRFY neither confirms nor denies", one(b"VRFY ada\r\n", "252 2.x.x"))
case("HELP is 214", one(b"HELP\r\n", "214 2.0.0"), dovecot="has no HELP", sink="has no HELP")
case("unknown command is 500 and the connection stays", one(b"FROBNICATE all\r\n", "500 5.5.2"))
case("an empty line is an unknown command", one(b"\r\n", "500 5.5.2"))
case("AUTH is not offered", one(b"AUTH PLAIN AGEAYgBj\r\n", ("500 5.5.x", "502 5.5.1", "503 5.5.1", "503 5.7.x")), sink="takes any AUTH")
case("STARTTLS is not offered", one(b"STARTTLS\r\n", ("500 5.5.x", "502 5.5.1", "454 4.7.0")))
case("a NUL in a command", one(b"NO\0OP\r\n", ("500 5.5.2", "501 5.5.2")))

# ---- order ---------------------------------------------------------------------------------------------

case("MAIL before LHLO", [(b"MAIL FROM:<sender@example.net>\r\n", ["503 5.5.1"]), HELLO],
     sink=SINK_ORDER, dovecot="does not insist on LHLO")
case("RCPT before MAIL", one(b"RCPT TO:<ada@example.org>\r\n", "503 5.5.1"))
case("DATA before MAIL", one(b"DATA\r\n", "503 5.5.1"))
case("DATA without a recipient", [HELLO, MAIL, (b"DATA\r\n", ["503 5.5.1"]), NOOP])
case("DATA when all recipients were refused", [HELLO, MAIL, NOBODY, (b"DATA\r\n", ["503 5.5.1"]), RSET],
     sink=SINK_TAKES)
case("second MAIL", [HELLO, MAIL, (b"MAIL FROM:<sender@example.net>\r\n", ["503 5.5.1"]), RSET])
case("a refused command leaves the transaction as it was",
     [HELLO, MAIL, ADA, (b"MAIL FROM:<other@example.net>\r\n", ["503 5.5.1"]), (b"WHAT\r\n", ["500 5.5.2"]), DATA,
      (mail() + b".\r\n", [DONE])])
case("LHLO ends the transaction", [HELLO, MAIL, ADA, HELLO, (b"RCPT TO:<ada@example.org>\r\n", ["503 5.5.1"]), NOOP])
case("NOOP, VRFY and HELP do not end the transaction",
     [HELLO, MAIL, NOOP, (b"VRFY bea\r\n", ["252 2.x.x"]), ADA, NOOP, DATA, (mail() + b".\r\n", [DONE])])

# ---- syntax --------------------------------------------------------------------------------------------

for wrong in (b"MAIL", b"MAIL FROM", b"MAIL FROM:", b"MAIL <sender@example.net>", b"MAIL FROM:sender@example.net",
              b"MAIL FROM:<sender@example.net", b"MAIL FROM:<sen der@example.net>", b"MAIL FROM:<@>",
              b"MAIL FROM:<sender@>", b"MAIL FROM:<@example.net>", b"MAIL FROM:<a..b@example.net>",
              b"MAIL FROM:<sender@exa_mple..net>", b"MAIL FROM:<\"open@example.net>", b"MAIL TO:<sender@example.net>",
              b"MAIL FROM:<sender@example.net>SIZE=1"):
    case(f"{wrong.decode()} is 501", one(wrong + b"\r\n", "501 5.x.x"), sink=SINK_PARSES,
         **({"dovecot": "is lenient with dots and empty parts"}
            if wrong in (b"MAIL FROM:<a..b@example.net>", b"MAIL FROM:<sender@exa_mple..net>", b"MAIL FROM:<@>",
                         b"MAIL FROM:<sender@>", b"MAIL FROM:<@example.net>") else {}))
for wrong in (b"RCPT", b"RCPT TO:", b"RCPT TO:<>", b"RCPT TO:<ada@example.org", b"RCPT TO:ada@example.org",
              b"RCPT TO:<a da@example.org>", b"RCPT FROM:<ada@example.org>"):
    case(f"{wrong.decode()} is 501", one(wrong + b"\r\n", ("501 5.x.x",), before=(HELLO, MAIL)), sink=SINK_PARSES)
case("MAIL with an unknown parameter", one(b"MAIL FROM:<sender@example.net> FOO=BAR\r\n", "555 5.5.4"), sink=SINK_PARSES)
case("RCPT with an unknown parameter",
     one(b"RCPT TO:<ada@example.org> FOO=BAR\r\n", "555 5.5.4", before=(HELLO, MAIL)), sink=SINK_PARSES)
case("SIZE that is no number", one(b"MAIL FROM:<sender@example.net> SIZE=many\r\n", "501 5.5.4"), sink=SINK_PARSES)
case("BODY of an unknown kind", one(b"MAIL FROM:<sender@example.net> BODY=9BIT\r\n", ("501 5.5.4", "555 5.5.4")),
     sink=SINK_PARSES)
case("DATA with an argument", one(b"DATA now\r\n", "501 5.5.4", before=(HELLO, MAIL, ADA)),
     sink=SINK_PARSES)
case("RSET with an argument", one(b"RSET now\r\n", ("501 5.5.4", "250 2.0.0")))
case("BODY=8BITMIME and SIZE together", [HELLO, (b"MAIL FROM:<sender@example.net> SIZE=100 BODY=8BITMIME\r\n",
                                                 ["250 2.1.0"]), ADA, DATA, (mail() + b".\r\n", [DONE])],
     dovecot=NO_SIZE)
case("parameters in any case", one(b"MAIL FROM:<sender@example.net> size=100 body=7bit\r\n", "250 2.1.0"),
     dovecot=NO_SIZE)

# ---- addresses -------------------------------------------------------------------------------------------

for path in (b"", b"a@[192.0.2.1]", b"a@[IPv6:2001:db8::1]", b"\"quoted sender\"@example.net", b"\"a\\\"b\"@example.net",
             b"@a.example,@b.example:sender@example.net", b"a/b=c{d}@example.net", b"x" * 64 + b"@example.net"):
    case(f"reverse-path <{path.decode()}>", one(b"MAIL FROM:<" + path + b">\r\n", "250 2.1.0"))
for path in (b"ADA@EXAMPLE.ORG", b"\"ada\"@example.org", b"@a.example,@b.example:ada@example.org", b"ada+topic@example.org",
             b"Postmaster", b"postmaster@example.org"):
    case(f"recipient <{path.decode()}>", one(b"RCPT TO:<" + path + b">\r\n", "250 2.1.5", before=(HELLO, MAIL)))
for path in (b"lab@example.org", b"ada@chat.example.org"):
    case(f"recipient <{path.decode()}>", one(b"RCPT TO:<" + path + b">\r\n", "250 2.1.5", before=(HELLO, MAIL)))
for path in (b"a.d.a@example.org", b"~ada@example.org", b"*lab@example.org", b"\"*lab\"@example.org"):
    case(f"recipient <{path.decode()}>", one(b"RCPT TO:<" + path + b">\r\n", "250 2.1.5", before=(HELLO, MAIL)),
         dovecot="dots, ~ and * mean nothing to it")
for path in (b"nobody@example.org", b"*ada@example.org", b"~lab@example.org", b"\"a> BODY=7BIT\"@example.org",
             b"\"ada bea\"@example.org"):
    case(f"recipient <{path.decode()}> is unknown", one(b"RCPT TO:<" + path + b">\r\n", "550 5.1.1", before=(HELLO, MAIL)),
         sink=SINK_TAKES)
case("recipient of a foreign domain", one(b"RCPT TO:<ada@elsewhere.example>\r\n", "550 5.x.x", before=(HELLO, MAIL)),
     sink=SINK_TAKES, dovecot="the domain does not matter to this configuration")
UTF8_MAIL = ("MAIL FROM:<jörg@example.net> SMTPUTF8\r\n".encode(), ["250 2.1.0"])
PEERS_WITHOUT_SMTPUTF8 = {"dovecot": "does not know SMTPUTF8"}
case("UTF-8 sender with SMTPUTF8", [HELLO, UTF8_MAIL, ADA, DATA, (mail("Grüße\r\n".encode()) + b".\r\n", [DONE])],
     **PEERS_WITHOUT_SMTPUTF8)
case("UTF-8 sender without SMTPUTF8", one("MAIL FROM:<jörg@example.net>\r\n".encode(), ("553 5.6.7", "550 5.6.7", "501 5.x.x")),
     sink=SINK_PARSES, dovecot="takes UTF-8 without being asked")
case("octets that are no UTF-8 in an address", one(b"MAIL FROM:<j\xf6rg@example.net> SMTPUTF8\r\n", ("501 5.x.x", "553 5.6.7")),
     sink=SINK_PARSES)
case("IDN domain in its U form", one("RCPT TO:<ada@bücher.example>\r\n".encode(), "250 2.1.5", before=(HELLO, UTF8_MAIL)),
     **PEERS_WITHOUT_SMTPUTF8)
case("IDN domain in its A form", one(b"RCPT TO:<ada@xn--bcher-kva.example>\r\n", "250 2.1.5", before=(HELLO, MAIL)))

# ---- one reply for each recipient -----------------------------------------------------------------------

case("two recipients, two replies in order that name them",
     [HELLO, MAIL, ADA, BEA, DATA, (mail() + b".\r\n", [names("ada@example.org"), names("bea@example.org")])])
case("a refused recipient between two accepted ones gets no reply after DATA",
     [HELLO, MAIL, ADA, NOBODY, BEA, DATA, (mail() + b".\r\n", [names("ada@example.org"), names("bea@example.org")])],
     sink=SINK_TAKES)
case("the same recipient twice gets two replies",
     [HELLO, MAIL, ADA, ADA, DATA, (mail() + b".\r\n", [names("ada@example.org")] * 2)])
case("two addresses of one person get two replies",
     [HELLO, MAIL, ADA, (b"RCPT TO:<ada+x@example.org>\r\n", ["250 2.1.5"]), DATA, (mail() + b".\r\n", [DONE, DONE])])
case("person and place in one transaction",
     [HELLO, MAIL, ADA, (b"RCPT TO:<lab@example.org>\r\n", ["250 2.1.5"]), DATA, (mail() + b".\r\n", [DONE, DONE])])
case("three transactions on one connection",
     [HELLO] + [step for _ in range(3) for step in (MAIL, ADA, BEA, DATA, (mail() + b".\r\n", [DONE, DONE]))])
case("null reverse-path", [HELLO, (b"MAIL FROM:<>\r\n", ["250 2.1.0"]), ADA, DATA, (mail() + b".\r\n", [DONE])])
case(f"{RECIPIENTS} recipients, the next is told to come later",
     [HELLO, MAIL] + [(b"RCPT TO:<ada+%d@example.org>\r\n" % i, ["250 2.1.5"]) for i in range(RECIPIENTS)]
     + [(b"RCPT TO:<bea@example.org>\r\n", ["452 4.5.3"]), DATA, (mail() + b".\r\n", [DONE] * RECIPIENTS), NOOP],
     sink=SINK_TAKES, dovecot="has no such limit")

# ---- content ---------------------------------------------------------------------------------------------


def keeps(name, text, sent=None, **differs):
    content = mail(text)
    case(name, [*OPEN, ((content if sent is None else content[:-len(text)] + sent) + b".\r\n", [DONE]), NOOP],
         content=content, kept_by=5, **differs)


keeps("plain text is kept", b"Hello.\r\nWorld.\r\n")
keeps("a dot is taken away from a line that begins with one", b".\r\n..\r\n.x\r\nx.\r\n", b"..\r\n...\r\n..x\r\nx.\r\n")
keeps("a single leading dot before text is taken away", b"x\r\n", b".x\r\n")
keeps("empty lines are kept", b"\r\n\r\n\r\n")
keeps("8-bit octets without BODY are kept", bytes(range(128, 256)) + b"\r\n")
keeps("NUL is kept", b"a\0b\r\n\0\r\n")
keeps("a line of 90,000 octets is kept", b"x" * 90_000 + b"\r\n")
keeps("text that looks like commands is kept", b"QUIT\r\nRSET\r\nMAIL FROM:<a@b>\r\n250 ok\r\n")
case("a dot in the very first line", [*OPEN, (b"..Subject: dot\r\n\r\nx\r\n.\r\n", [DONE]), NOOP],
     content=b".Subject: dot\r\n\r\nx\r\n", kept_by=5)
case("empty content", [*OPEN, (b".\r\n", [DONE]), NOOP])
case("content without a header", [*OPEN, (b"\r\njust text %d\r\n.\r\n" % 1, [DONE]), NOOP])
case("content of one line", [*OPEN, (b"x\r\n.\r\n", [DONE]), NOOP])

# ---- the smuggling family: only CRLF . CRLF ends the content ---------------------------------------------

SMUGGLED = b"MAIL FROM:<evil@example.net>\r\nRCPT TO:<bea@example.org>\r\nDATA\r\nSubject: smuggled\r\n\r\nx\r\n"
REFUSED_OR_KEPT = ("554 5.6.0", DONE)
for label, end in (("LF . LF", b"\n.\n"), ("LF . CRLF", b"\n.\r\n"), ("CRLF . LF", b"\r\n.\n"), ("CR . CR", b"\r.\r"),
                   ("CRLF . CR", b"\r\n.\r"), ("CR . CRLF", b"\r.\r\n"), ("CR . LF", b"\r.\n"), ("LF . CR", b"\n.\r"),
                   ("CRLF NUL . CRLF", b"\r\n\0.\r\n"), ("CRLF . NUL CRLF", b"\r\n.\0\r\n")):
    lenient = {"dovecot": "ends the content at this, as many servers did before the smuggling reports"} if label in (
        "LF . LF", "LF . CRLF", "CRLF . LF") else {}
    case(f"{label} does not end the content",
         [*OPEN, (mail(b"visible" + end + SMUGGLED) + b".\r\n", [REFUSED_OR_KEPT]), NOOP],
         **lenient)
case("a bare LF does not end a command", [HELLO, (b"NOOP\nMAIL FROM:<evil@example.net>\r\n", [("500 5.5.x", "501 5.5.x", "250 2.0.0")]),
                                          (b"RCPT TO:<ada@example.org>\r\n", ["503 5.5.1"]), NOOP],
     dovecot="takes a bare LF as the end of a command")
case("a bare CR does not end a command", [HELLO, (b"NOOP\rMAIL FROM:<evil@example.net>\r\n", [("500 5.5.x", "501 5.5.x", "250 2.0.0")]),
                                          (b"RCPT TO:<ada@example.org>\r\n", ["503 5.5.1"]), NOOP])
case("a bare LF gives every recipient its refusal, or none",
     [HELLO, MAIL, ADA, BEA, DATA, (mail(b"a\nb\r\n") + b".\r\n", [REFUSED_OR_KEPT, REFUSED_OR_KEPT]), NOOP])

# ---- size ------------------------------------------------------------------------------------------------

NO_LIMIT = {"dovecot": "has no limit of size here", "sink": "has no limit of size"}


def sized(octets):
    head = mail(b"")
    lines, rest = divmod(octets - len(head), 80)
    return head + (b"x" * 78 + b"\r\n") * (lines - 1) + b"x" * (78 + rest) + b"\r\n"


case("declared too large is refused at MAIL",
     one(b"MAIL FROM:<sender@example.net> SIZE=%d\r\n" % (MESSAGE_SIZE + 1), "552 5.3.4"), sink=NO_LIMIT["sink"])
case("declared at the limit is taken", one(b"MAIL FROM:<sender@example.net> SIZE=%d\r\n" % MESSAGE_SIZE, "250 2.1.0"), dovecot=NO_SIZE)
case("a SIZE of 20 digits", one(b"MAIL FROM:<sender@example.net> SIZE=99999999999999999999\r\n",
                                ("552 5.3.4", "501 5.5.4")), sink=NO_LIMIT["sink"])
case("content at the limit is taken", [*OPEN, (sized(MESSAGE_SIZE) + b".\r\n", [DONE]), NOOP])
case("content one octet over the limit: each recipient is told, the connection is usable",
     [HELLO, MAIL, ADA, BEA, DATA, (sized(MESSAGE_SIZE + 1) + b".\r\n", ["552 5.3.4", "552 5.3.4"]),
      MAIL, ADA, DATA, (mail() + b".\r\n", [DONE])], **NO_LIMIT)
case("content of 3 MB over the limit", [*OPEN, (sized(3_000_000) + b".\r\n", ["552 5.3.4"]), MAIL, ADA, DATA,
                                        (mail() + b".\r\n", [DONE])], **NO_LIMIT)
case("stuffed dots do not count", [*OPEN, (b"Subject: dots\r\n\r\n" + b"..\r\n" * 33_000 + b".\r\n", [DONE]), NOOP])

# ---- long command lines and many errors --------------------------------------------------------------------

case("a command line at the limit", one(b"NOOP " + b"x" * (COMMAND_LINE - 7) + b"\r\n", "250 2.0.0"),
     dovecot="its limit is lower", sink="its limit is lower")
case("a command line over the limit is dropped, the connection stays",
     one(b"NOOP " + b"x" * (COMMAND_LINE - 6) + b"\r\n", "500 5.5.6"), sink="splits long lines")
case("a command line of 200,000 octets is dropped, the connection stays",
     one(b"NOOP " + b"x" * 200_000 + b"\r\n", "500 5.5.6"), sink="splits long lines")
case("too many errors in a row: 421 and closed",
     [HELLO, (b"WHAT\r\n" * 20, ["500 5.5.2"] * 20 + ["421 4.7.0", CLOSED])],
     dovecot="ends after ten without a 421", sink="never ends it")
case("errors with good commands between do not close",
     [HELLO] + [step for _ in range(4) for step in ((b"WHAT\r\n" * 8, ["500 5.5.2"] * 8), NOOP)])

# ---- pipelining ----------------------------------------------------------------------------------------------

case("the envelope in one write", [HELLO, (b"MAIL FROM:<a@example.net>\r\nRCPT TO:<ada@example.org>\r\nRCPT TO:<nobody@example.org>\r\n"
                                           b"RCPT TO:<bea@example.org>\r\nDATA\r\n",
                                           ["250 2.1.0", "250 2.1.5", "550 5.1.1", "250 2.1.5", "354"]),
                                   (mail() + b".\r\n", [DONE, DONE])], sink=SINK_TAKES)
case("QUIT behind the content", [*OPEN, (mail() + b".\r\nQUIT\r\n", [DONE, "221 2.0.0", CLOSED])])
case("the next transaction behind the content",
     [*OPEN, (mail() + b".\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<bea@example.org>\r\nDATA\r\n",
              [DONE, "250 2.1.0", "250 2.1.5", "354"]), (mail() + b".\r\n", [DONE])])

# ---- BDAT, RFC 3030 --------------------------------------------------------------------------------------------

NO_BDAT = {"sink": "does not know BDAT"}
ENVELOPE = [HELLO, MAIL, ADA]


def chunk(octets, last=False):
    return b"BDAT %d%s\r\n" % (len(octets), b" LAST" if last else b"") + octets


body = mail(b"Hello.\r\n")
case("BDAT in one chunk", [*ENVELOPE, (chunk(body, last=True), [DONE]), NOOP], content=body, kept_by=4, **NO_BDAT)
body = mail(b".\r\n..x\r\n.\r\n")
case("BDAT takes no dot away and does not end at one",
     [*ENVELOPE, (chunk(body, last=True), [DONE]), NOOP], content=body, kept_by=4, **NO_BDAT)
body = mail(b"in three pieces\r\n")
case("BDAT in three chunks, cut within CRLF",
     [*ENVELOPE, (chunk(body[:10]), ["250 2.0.0"]), (chunk(body[10:-1]), ["250 2.0.0"]), (chunk(body[-1:], last=True), [DONE]), NOOP],
     content=body, kept_by=6, **NO_BDAT)
case("BDAT 0 LAST ends the content", [*ENVELOPE, (chunk(mail()), ["250 2.0.0"]), (b"BDAT 0 LAST\r\n", [DONE]), NOOP], **NO_BDAT)
case("BDAT with two recipients", [*ENVELOPE, BEA, (chunk(mail(), last=True), [DONE, DONE]), NOOP], **NO_BDAT)
case("BDAT without a recipient: its octets are swallowed", [HELLO, MAIL, (chunk(b"NOOP\r\nNOOP\r\n", last=True), ["503 5.5.1"]), NOOP],
     **NO_BDAT)
case("BDAT that is no number", one(b"BDAT many\r\n", "501 5.5.4", before=ENVELOPE))
case("DATA after BDAT", [*ENVELOPE, (chunk(mail()), ["250 2.0.0"]), (b"DATA\r\n", ["503 5.5.1"]), RSET], **NO_BDAT)
case("RSET between chunks ends the transaction", [*ENVELOPE, (chunk(mail()), ["250 2.0.0"]), RSET, MAIL, ADA,
                                                  (chunk(mail(), last=True), [DONE])], **NO_BDAT)
case("BDAT over the limit: each recipient is told, the connection is usable",
     [*ENVELOPE, BEA, (chunk(sized(MESSAGE_SIZE + 1), last=True), ["552 5.3.4", "552 5.3.4"]), MAIL, ADA, (chunk(mail(), last=True), [DONE])],
     dovecot="has no limit of size here", **NO_BDAT)
case("BDAT in lower case", [*ENVELOPE, (b"bdat 3 last\r\nx\r\n", [DONE]), NOOP], **NO_BDAT)

# ---- XFORWARD, Postfix's XFORWARD_README ----------------------------------------------------------------------

NO_XFORWARD = {"dovecot": "its XFORWARD is for trusted networks only, none is configured here", }
case("XFORWARD from a trusted peer", [HELLO, (b"XFORWARD NAME=mx.example.net ADDR=192.0.2.7 PORT=25\r\n", ["250 2.0.0"]),
                                      (b"XFORWARD PROTO=ESMTP HELO=mx.example.net IDENT=4XyZ012 SOURCE=REMOTE\r\n", ["250 2.0.0"]),
                                      MAIL, ADA, DATA, (mail() + b".\r\n", [DONE])], **NO_XFORWARD)
case("XFORWARD with [UNAVAILABLE] and xtext", one(b"XFORWARD NAME=[UNAVAILABLE] HELO=a+2Bb\r\n", "250 2.0.0"), **NO_XFORWARD)
case("XFORWARD with IPv6", one(b"XFORWARD ADDR=IPV6:2001:db8::1\r\n", "250 2.0.0"), **NO_XFORWARD)
case("XFORWARD of an unknown attribute", one(b"XFORWARD COLOUR=blue\r\n", ("501 5.5.4",)), sink=SINK_PARSES)
case("XFORWARD without attributes", one(b"XFORWARD\r\n", "501 5.5.4"), sink=SINK_PARSES)
case("XFORWARD within a transaction", [HELLO, MAIL, (b"XFORWARD NAME=x.example\r\n", ["503 5.5.1"]), RSET], sink=SINK_PARSES)
