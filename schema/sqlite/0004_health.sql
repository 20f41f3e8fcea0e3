-- What an operator is shown of each followed symbol.

CREATE TABLE symbol_health (
    symbol          TEXT PRIMARY KEY,
    last_id         INTEGER NOT NULL,
    last_trade_time INTEGER NOT NULL,
    alerts          INTEGER NOT NULL,
    gaps_open       INTEGER NOT NULL,
    repaired_trades INTEGER NOT NULL,
    at              INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
