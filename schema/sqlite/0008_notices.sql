-- What an account is told of besides its events: an endpoint of its own that was given up. And the key that
-- signs the links in mails.

CREATE TABLE notices (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id         TEXT    NOT NULL UNIQUE,
    account_id        INTEGER NOT NULL REFERENCES accounts (id),
    webhook_public_id TEXT    NOT NULL,
    host              TEXT    NOT NULL,
    reason            TEXT    NOT NULL,
    at                INTEGER NOT NULL
) STRICT;
CREATE INDEX notices_account ON notices (account_id);
CREATE INDEX notices_at ON notices (at);

ALTER TABLE deliveries ADD COLUMN notice_id INTEGER NOT NULL DEFAULT 0;
DROP INDEX deliveries_event;
CREATE UNIQUE INDEX deliveries_subject ON deliveries (webhook_id, event_id, notice_id);
CREATE INDEX deliveries_log ON deliveries (webhook_id, id);

ALTER TABLE mail_queue ADD COLUMN notice_id INTEGER NOT NULL DEFAULT 0;
DROP INDEX mail_queue_event;
CREATE UNIQUE INDEX mail_queue_subject ON mail_queue (email_id, event_id, notice_id);
CREATE INDEX mail_queue_order ON mail_queue (email_id, id);

ALTER TABLE notifier_meta ADD COLUMN link_key BLOB NOT NULL DEFAULT x'';
UPDATE notifier_meta SET link_key = randomblob(32);
