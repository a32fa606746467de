-- Version 5: the journal by the hour, so that what is entered together lies together, and what is dropped too.

CREATE TABLE journal_by_hour (
    hour     INTEGER NOT NULL,     -- time / 3600000
    key      BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    time     INTEGER NOT NULL,
    id       TEXT NOT NULL,
    entities BLOB NOT NULL,        -- packed
    PRIMARY KEY (hour, key, sequence)
) WITHOUT ROWID;
INSERT INTO journal_by_hour
    SELECT time / 3600000 AS hour, key, sequence, time, id, entities FROM journal
    ORDER BY hour, key, sequence;
DROP TABLE journal;
ALTER TABLE journal_by_hour RENAME TO journal;
