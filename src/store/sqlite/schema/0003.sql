-- Version 3: mail that is held for a person until she says what is to become of it.

CREATE TABLE held (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- a number is never given twice
    entity     INTEGER NOT NULL,
    received   INTEGER NOT NULL,
    kept_until INTEGER NOT NULL,
    sender     TEXT NOT NULL,      -- of the envelope, '' for the null reverse-path
    octets     INTEGER NOT NULL,
    note       BLOB NOT NULL,      -- packed, without recipients
    recipient  BLOB NOT NULL,      -- packed: as the envelope named her
    queue_id   TEXT NOT NULL,
    envelope   BLOB NOT NULL,      -- packed: all recipients of the transaction
    trace      BLOB NOT NULL,
    content    BLOB NOT NULL
);
CREATE INDEX held_entity ON held (entity, octets);
CREATE INDEX held_kept_until ON held (kept_until);
