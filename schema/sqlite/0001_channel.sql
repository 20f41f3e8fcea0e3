-- The channel between ingestion and notifier. Every table and column is explained in schema/README.md.
-- Decimals are two integers: units of 1e-8 and how many digits after the point the source wrote.
-- Times are milliseconds since 1970 UTC. Enumerations are the numbers of the C++ enumerators, append only.

CREATE TABLE meta (
    id    INTEGER PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL
) STRICT;
INSERT INTO meta (id, epoch) VALUES (1, lower(hex(randomblob(16))));

CREATE TABLE notifier_meta (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    running_ms INTEGER NOT NULL
) STRICT;
INSERT INTO notifier_meta (id, running_ms) VALUES (1, 0);

CREATE TABLE ingestion_meta (
    id              INTEGER PRIMARY KEY CHECK (id = 1),
    life_sign       INTEGER NOT NULL,
    symbols_version INTEGER NOT NULL,
    prices_version  INTEGER NOT NULL,
    feeds_version   INTEGER NOT NULL
) STRICT;
INSERT INTO ingestion_meta (id, life_sign, symbols_version, prices_version, feeds_version)
VALUES (1, 0, 0, 0, 0);

-- Who owns alerts.

CREATE TABLE accounts (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT    NOT NULL UNIQUE,
    anonymous INTEGER NOT NULL CHECK (anonymous IN (0, 1)),
    acked     INTEGER NOT NULL DEFAULT 0,
    detached  INTEGER
) STRICT;
CREATE INDEX accounts_detached ON accounts (detached) WHERE detached IS NOT NULL;

CREATE TABLE account_seqs (
    account_id INTEGER PRIMARY KEY,
    seq        INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    hash       BLOB PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    created    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_account ON sessions (account_id);

CREATE TABLE api_keys (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    name       TEXT    NOT NULL,
    key_hash   BLOB    NOT NULL UNIQUE,
    account_id INTEGER NOT NULL REFERENCES accounts (id),
    admin      INTEGER NOT NULL CHECK (admin IN (0, 1)),
    created    INTEGER NOT NULL,
    revoked    INTEGER
) STRICT;
CREATE UNIQUE INDEX api_keys_live_name ON api_keys (name) WHERE revoked IS NULL;
CREATE INDEX api_keys_account ON api_keys (account_id);

-- What was asked for.

CREATE TABLE alerts (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id     TEXT    NOT NULL UNIQUE,
    account_id    INTEGER NOT NULL REFERENCES accounts (id),
    key           TEXT,
    symbol        TEXT    NOT NULL,
    kind          INTEGER NOT NULL,
    condition     TEXT    NOT NULL,
    mode          INTEGER NOT NULL,
    cooldown      INTEGER NOT NULL,
    expires       INTEGER,
    note          TEXT,
    channels      TEXT,
    pushed        INTEGER NOT NULL CHECK (pushed IN (0, 1)),
    rev           INTEGER NOT NULL,
    live_from_rev INTEGER NOT NULL,
    created       INTEGER NOT NULL,
    ended_at      INTEGER
) STRICT;
CREATE INDEX alerts_account ON alerts (account_id);
CREATE INDEX alerts_account_symbol ON alerts (account_id, symbol);
CREATE INDEX alerts_account_live ON alerts (account_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX alerts_key ON alerts (account_id, key) WHERE key IS NOT NULL;
CREATE INDEX alerts_twin ON alerts (account_id, symbol, condition) WHERE key IS NULL AND ended_at IS NULL;
CREATE INDEX alerts_live ON alerts (symbol) WHERE ended_at IS NULL;
CREATE INDEX alerts_ended ON alerts (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE demand_changes (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    alert_id INTEGER
) STRICT;

CREATE TABLE watches (
    symbol TEXT PRIMARY KEY,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What judging has found.

CREATE TABLE alert_states (
    alert_id      INTEGER PRIMARY KEY REFERENCES alerts (id),
    rev           INTEGER NOT NULL,
    status        INTEGER NOT NULL,
    from_trade_id INTEGER,
    fires         INTEGER NOT NULL DEFAULT 0,
    suppressed    INTEGER NOT NULL,
    last_fired    INTEGER,
    cooldown_from INTEGER,
    engine        TEXT    NOT NULL
) STRICT;

CREATE TABLE positions (
    symbol         TEXT PRIMARY KEY,
    exchange       TEXT    NOT NULL,
    trade_id       INTEGER NOT NULL,
    judged_id      INTEGER NOT NULL,
    price          INTEGER NOT NULL,
    price_decimals INTEGER NOT NULL,
    trade_time     INTEGER NOT NULL,
    event_time     INTEGER NOT NULL,
    other_trade_id INTEGER NOT NULL,
    other_price    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
    id                  INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id          INTEGER NOT NULL,
    seq                 INTEGER NOT NULL,
    committed           INTEGER NOT NULL,
    pushed              INTEGER NOT NULL CHECK (pushed IN (0, 1)),
    symbol              TEXT    NOT NULL,
    -- notifications
    alert_id            INTEGER,
    fire                INTEGER,
    alert_public_id     TEXT,
    rev                 INTEGER,
    key                 TEXT,
    kind                INTEGER,
    level               INTEGER,
    trade_id            INTEGER,
    trade_agg_last_id   INTEGER,
    trade_price         INTEGER,
    trade_decimals      INTEGER,
    trade_qty           INTEGER,
    trade_qty_decimals  INTEGER,
    trade_time          INTEGER,
    trade_received      INTEGER,
    trade_buyer_maker   INTEGER,
    prev_id             INTEGER,
    prev_price          INTEGER,
    prev_decimals       INTEGER,
    suppressed          INTEGER,
    source              INTEGER,
    late                INTEGER,
    extra               TEXT,
    note                TEXT,
    channels            TEXT,
    -- gaps
    gap_from_id         INTEGER,
    gap_to_id           INTEGER,
    gap_reason          INTEGER,
    gap_alerts          TEXT,
    CHECK ((alert_id IS NULL) = (gap_reason IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX events_account_seq ON events (account_id, seq);
CREATE INDEX events_unpushed ON events (account_id, seq) WHERE pushed = 0;
CREATE UNIQUE INDEX events_alert_fire ON events (alert_id, fire) WHERE alert_id IS NOT NULL;

CREATE TABLE alert_state_log (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id      INTEGER NOT NULL,
    alert_public_id TEXT    NOT NULL,
    rev             INTEGER NOT NULL,
    symbol          TEXT    NOT NULL,
    status          INTEGER NOT NULL,
    from_trade_id   INTEGER,
    at              INTEGER NOT NULL
) STRICT;

-- What the market shows.

CREATE TABLE symbols (
    symbol    TEXT PRIMARY KEY,
    base      TEXT    NOT NULL,
    quote     TEXT    NOT NULL,
    status    INTEGER NOT NULL,
    tick_size INTEGER NOT NULL,
    lot_size  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE prices (
    symbol         TEXT PRIMARY KEY,
    price          INTEGER NOT NULL,
    price_decimals INTEGER NOT NULL,
    trade_id       INTEGER NOT NULL,
    time           INTEGER NOT NULL,
    version        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX prices_version ON prices (version);

CREATE TABLE feeds (
    symbol  TEXT PRIMARY KEY,
    state   INTEGER NOT NULL,
    since   INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX feeds_version ON feeds (version);
