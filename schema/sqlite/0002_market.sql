-- Candles, minute closes of all pairs, ranks. Every table and column is explained in schema/README.md.
-- A sum that exceeds an int64 of its units is two integers: the whole part and the fraction.

ALTER TABLE ingestion_meta ADD COLUMN exchange TEXT NOT NULL DEFAULT '';

CREATE TABLE candles (
    symbol          TEXT    NOT NULL,
    open_time       INTEGER NOT NULL,
    length          INTEGER NOT NULL CHECK (length IN (60000, 3600000, 86400000) AND open_time % length = 0),
    open            INTEGER NOT NULL,
    high            INTEGER NOT NULL,
    low             INTEGER NOT NULL,
    close           INTEGER NOT NULL,
    price_decimals  INTEGER NOT NULL,
    volume_whole    INTEGER NOT NULL,
    volume_fraction INTEGER NOT NULL,
    quote_whole     INTEGER NOT NULL,
    quote_fraction  INTEGER NOT NULL,
    trades          INTEGER NOT NULL,
    first_id        INTEGER,
    last_id         INTEGER,
    whole           INTEGER NOT NULL CHECK (whole IN (0, 1)),
    closed          INTEGER NOT NULL CHECK (closed IN (0, 1)),
    PRIMARY KEY (symbol, open_time)
) STRICT, WITHOUT ROWID;

CREATE TABLE market_closes (
    minute INTEGER NOT NULL,
    symbol TEXT    NOT NULL,
    close  INTEGER NOT NULL,
    PRIMARY KEY (minute, symbol)
) STRICT, WITHOUT ROWID;

CREATE TABLE rank_runs (
    metric INTEGER NOT NULL,
    window INTEGER NOT NULL,
    run    INTEGER NOT NULL,
    as_of  INTEGER NOT NULL,
    of     INTEGER NOT NULL,
    PRIMARY KEY (metric, window)
) STRICT, WITHOUT ROWID;

CREATE TABLE ranks (
    metric INTEGER NOT NULL,
    window INTEGER NOT NULL,
    run    INTEGER NOT NULL,
    symbol TEXT    NOT NULL,
    rank   INTEGER NOT NULL,
    value  REAL    NOT NULL,
    ties   INTEGER NOT NULL,
    PRIMARY KEY (metric, window, run, symbol)
) STRICT, WITHOUT ROWID;
