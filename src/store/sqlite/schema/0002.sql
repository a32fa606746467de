-- Version 2: what chat remembers about entities, mail that waits to go elsewhere, and which Message-ID belongs to
-- which context.

CREATE TABLE relation (
    entity  INTEGER NOT NULL,
    kind    INTEGER NOT NULL,      -- chat::RelationKind
    subject TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (entity, kind, subject)
) WITHOUT ROWID;

CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    destination TEXT NOT NULL,     -- "psyc://elsewhere/", or "mailto:" for the smarthost
    targets     BLOB NOT NULL,     -- packed: uniforms or addresses that still wait
    sender      INTEGER NOT NULL,  -- entity of ours that hears of a failure; 0: the postmaster
    created     INTEGER NOT NULL,
    next_try    INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    reason      TEXT NOT NULL,     -- of the last failure
    once        TEXT NOT NULL,     -- what the other side knows a repetition by
    reverse_path TEXT NOT NULL,    -- of mail, without brackets
    note        BLOB,              -- packed, for psyc
    content     BLOB               -- a whole message, for mail
);

CREATE TABLE thread (
    message_id TEXT PRIMARY KEY,   -- without brackets
    context    TEXT NOT NULL,
    time       INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX thread_time ON thread (time);
