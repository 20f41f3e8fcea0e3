-- Questions of clients that only judging can answer: when would this alert have fired?

CREATE TABLE previews (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    symbol    TEXT    NOT NULL,
    condition TEXT    NOT NULL,
    mode      INTEGER NOT NULL,
    cooldown  INTEGER NOT NULL,
    from_time INTEGER NOT NULL,
    to_time   INTEGER NOT NULL,
    asked     INTEGER NOT NULL,
    until     INTEGER NOT NULL,
    answer    TEXT
) STRICT;
