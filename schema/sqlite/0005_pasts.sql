-- What alerts on change, spike and volatility look back on, as it was judged up to the position.

CREATE TABLE pasts (
    symbol     TEXT NOT NULL,
    kind       INTEGER NOT NULL,
    start      INTEGER NOT NULL,
    known_from INTEGER NOT NULL,
    buckets    TEXT NOT NULL,
    PRIMARY KEY (symbol, kind, start)
) STRICT, WITHOUT ROWID;
