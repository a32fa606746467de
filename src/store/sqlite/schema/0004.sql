-- Version 4: what SCRAM-SHA-256 needs of a password, beside its Argon2id hash.

ALTER TABLE account ADD COLUMN scram TEXT NOT NULL DEFAULT ''; -- RFC 5803; '' until it is made

-- Values that nobody outside may guess and that outlive a restart.
CREATE TABLE secret (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;
INSERT INTO secret VALUES ('salt', randomblob(32)); -- the salts of those who do not exist
