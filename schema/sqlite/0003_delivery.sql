-- Webhooks and e-mail: where notifications go besides the WebSocket. The events are their outbox. Every table and
-- column is explained in schema/README.md.

ALTER TABLE notifier_meta ADD COLUMN expanded_event INTEGER NOT NULL DEFAULT 0;

CREATE TABLE webhooks (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id        TEXT    NOT NULL UNIQUE,
    account_id       INTEGER NOT NULL REFERENCES accounts (id),
    url              TEXT    NOT NULL,
    format           INTEGER NOT NULL,
    max_age          INTEGER NOT NULL,
    secret           BLOB    NOT NULL,
    old_secret       BLOB,
    old_secret_until INTEGER,
    enabled          INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    reason           TEXT    NOT NULL,
    failing_since    INTEGER,
    from_event       INTEGER NOT NULL,
    created          INTEGER NOT NULL
) STRICT;
CREATE INDEX webhooks_account ON webhooks (account_id);

CREATE TABLE deliveries (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id       TEXT    NOT NULL UNIQUE,
    webhook_id      INTEGER NOT NULL REFERENCES webhooks (id),
    event_id        INTEGER NOT NULL,
    notification_id TEXT    NOT NULL,
    state           INTEGER NOT NULL,
    attempt         INTEGER NOT NULL,
    status          INTEGER,
    latency         INTEGER,
    error           TEXT    NOT NULL,
    next_try        INTEGER,
    expires         INTEGER NOT NULL,
    created         INTEGER NOT NULL,
    CHECK ((state = 0) = (next_try IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX deliveries_event ON deliveries (webhook_id, event_id);
CREATE INDEX deliveries_due ON deliveries (webhook_id, next_try) WHERE state = 0;
CREATE INDEX deliveries_next ON deliveries (next_try) WHERE state = 0;
CREATE INDEX deliveries_expiry ON deliveries (expires) WHERE state = 0;
CREATE INDEX deliveries_created ON deliveries (created);

CREATE TABLE emails (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id    TEXT    NOT NULL UNIQUE,
    account_id   INTEGER NOT NULL REFERENCES accounts (id),
    address      TEXT    NOT NULL,
    verified     INTEGER NOT NULL CHECK (verified IN (0, 1)),
    code         TEXT    NOT NULL,
    code_expires INTEGER NOT NULL,
    code_tries   INTEGER NOT NULL,
    code_unsent  INTEGER NOT NULL CHECK (code_unsent IN (0, 1)),
    next_mail    INTEGER,
    last_mail    INTEGER NOT NULL,
    failures     INTEGER NOT NULL,
    from_event   INTEGER NOT NULL,
    created      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX emails_account ON emails (account_id, address);
CREATE INDEX emails_address ON emails (address, last_mail);
CREATE INDEX emails_due ON emails (next_mail) WHERE next_mail IS NOT NULL;

CREATE TABLE mail_queue (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    email_id INTEGER NOT NULL REFERENCES emails (id),
    event_id INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX mail_queue_event ON mail_queue (email_id, event_id);
