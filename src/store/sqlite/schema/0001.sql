-- Version 1.  What stands here never changes again: a later version is a file of its own.
-- Times are milliseconds since the Unix epoch, UTC.  docs/storage.md explains the tables.

-- The one row of the path to the reply, appended in the order of commits.  What is read for a log stands before
-- what is read for one mail, the content last, so that reading a log does not walk through contents.
CREATE TABLE message (
    sequence    INTEGER PRIMARY KEY,
    id          TEXT NOT NULL,
    time        INTEGER NOT NULL,
    kind        INTEGER NOT NULL,  -- 0 mail, 1 message, 2 notice
    size        INTEGER NOT NULL,  -- octets that count for the quota
    entries     INTEGER NOT NULL,  -- logs that it was entered in
    file        INTEGER NOT NULL,  -- 1: the content is content/<xx>/<id>.eml
    source      TEXT NOT NULL,
    source_name TEXT NOT NULL,
    subject     TEXT NOT NULL,
    queue_id    TEXT NOT NULL,
    journal_key BLOB,
    recipients  BLOB NOT NULL,     -- packed, see store/packing.h
    details     BLOB NOT NULL,     -- packed
    text        TEXT,              -- NULL: it stands in the content, CRLF for each LF,
    text_offset INTEGER,           -- from here
    text_octets INTEGER,           -- so long
    envelope    BLOB NOT NULL,     -- packed: all recipients of the transaction
    trace       BLOB NOT NULL,
    content     BLOB
);
CREATE INDEX message_file ON message (sequence) WHERE file = 1;

-- The four that follow are derived from `message` and written behind, up to state.indexed.
CREATE TABLE log (
    entity   INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (entity, sequence)
) WITHOUT ROWID;

CREATE TABLE usage (
    entity  INTEGER PRIMARY KEY,
    entries INTEGER NOT NULL,
    octets  INTEGER NOT NULL
);

CREATE TABLE message_id (
    id       TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL
) WITHOUT ROWID;

-- Who has got which mail already, so that a repetition is recognised even when the message itself has gone.
CREATE TABLE journal (
    key      BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    time     INTEGER NOT NULL,
    id       TEXT NOT NULL,
    entities BLOB NOT NULL,        -- packed
    PRIMARY KEY (key, sequence)
) WITHOUT ROWID;
CREATE INDEX journal_time ON journal (time);

-- In how many logs a message is no longer; at message.entries the message goes.
CREATE TABLE expired (
    sequence INTEGER PRIMARY KEY,
    gone     INTEGER NOT NULL
);

CREATE TABLE account (
    id            INTEGER PRIMARY KEY AUTOINCREMENT, -- a number is never given twice
    kind          INTEGER NOT NULL, -- 0 person, 1 place
    name          TEXT NOT NULL,
    display       TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    rules         TEXT NOT NULL,    -- JSON, only what differs from the default
    created       INTEGER NOT NULL,
    UNIQUE (kind, name)
);

CREATE TABLE alias (
    address TEXT PRIMARY KEY,
    targets TEXT NOT NULL           -- JSON array
) WITHOUT ROWID;

CREATE TABLE cursor (
    entity   INTEGER NOT NULL,
    client   TEXT NOT NULL,         -- '' is the person's own
    sequence INTEGER NOT NULL,
    PRIMARY KEY (entity, client)
) WITHOUT ROWID;

CREATE TABLE state (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO state VALUES ('indexed', 0), ('messages', 0);

-- For the operator at the sqlite3 shell.
CREATE VIEW readable AS
SELECT sequence, datetime(time / 1000, 'unixepoch') AS received,
       CASE kind WHEN 0 THEN 'mail' WHEN 1 THEN 'message' ELSE 'notice' END AS kind,
       id, size, entries, source, subject, queue_id
FROM message;
