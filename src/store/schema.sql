-- A Polarscope study file, schema version 3 (PRAGMA user_version). Its application_id is 0x504F4C52, "POLR".
-- docs/STUDY_FILE.md describes every table for readers.

CREATE TABLE study (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    toml TEXT NOT NULL
);

CREATE TABLE provenance (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE texts (
    id     INTEGER PRIMARY KEY,
    text   TEXT NOT NULL,
    tokens TEXT NOT NULL
);

CREATE TABLE pairs (
    id          INTEGER PRIMARY KEY,
    paradigm    TEXT NOT NULL,
    pair_id     TEXT NOT NULL,
    good        TEXT NOT NULL,
    bad         TEXT NOT NULL,
    good_tokens TEXT NOT NULL,
    bad_tokens  TEXT NOT NULL,
    UNIQUE (paradigm, pair_id)
);

CREATE TABLE layer_norms (
    layer        INTEGER PRIMARY KEY,
    median       REAL NOT NULL,
    p05          REAL NOT NULL,
    p95          REAL NOT NULL,
    first_median REAL NOT NULL
);

CREATE TABLE position_norms (
    layer    INTEGER NOT NULL,
    position INTEGER NOT NULL,
    texts    INTEGER NOT NULL,
    mean     REAL NOT NULL,
    PRIMARY KEY (layer, position)
) WITHOUT ROWID;

CREATE TABLE experiments (
    experiment  TEXT PRIMARY KEY,
    layers      TEXT NOT NULL,
    read_layers TEXT NOT NULL,
    heads       INTEGER NOT NULL,
    later       INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE conditions (
    id         INTEGER PRIMARY KEY,
    experiment TEXT NOT NULL,
    mode       TEXT NOT NULL,
    delta      REAL,
    seed       INTEGER,
    arm        TEXT NOT NULL,
    layers     TEXT NOT NULL,
    repairs    TEXT NOT NULL,
    matching   TEXT,
    coherence  TEXT,
    pairing    TEXT,
    rotation   TEXT,
    protocol   TEXT NOT NULL
);

CREATE TABLE batches (
    id         INTEGER PRIMARY KEY,
    experiment TEXT NOT NULL,
    items      TEXT NOT NULL,
    conditions TEXT NOT NULL,
    done       INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE trials (
    condition  INTEGER NOT NULL REFERENCES conditions (id),
    item       INTEGER NOT NULL,
    value      REAL NOT NULL,
    good_score REAL,
    bad_score  REAL,
    PRIMARY KEY (condition, item)
) WITHOUT ROWID;

CREATE TABLE readings (
    condition INTEGER NOT NULL REFERENCES conditions (id),
    item      INTEGER NOT NULL,
    quantity  TEXT NOT NULL,
    "values"  BLOB NOT NULL,
    PRIMARY KEY (condition, item, quantity)
) WITHOUT ROWID;

CREATE TABLE shifts (
    condition        INTEGER NOT NULL REFERENCES conditions (id),
    part             TEXT NOT NULL,
    batch            INTEGER NOT NULL REFERENCES batches (id),
    tokens           INTEGER NOT NULL,
    distance         REAL NOT NULL,
    distance_squares REAL NOT NULL,
    angle            REAL NOT NULL,
    angle_squares    REAL NOT NULL,
    PRIMARY KEY (condition, part, batch)
) WITHOUT ROWID;

CREATE TABLE displacements (
    condition      INTEGER NOT NULL REFERENCES conditions (id),
    layer          INTEGER NOT NULL,
    part           TEXT NOT NULL,
    batch          INTEGER NOT NULL REFERENCES batches (id),
    tokens         INTEGER NOT NULL,
    asked          REAL NOT NULL,
    sum            REAL NOT NULL,
    sum_of_squares REAL NOT NULL,
    min            REAL NOT NULL,
    max            REAL NOT NULL,
    unattainable   INTEGER NOT NULL,
    flipped        INTEGER NOT NULL,
    PRIMARY KEY (condition, layer, part, batch)
) WITHOUT ROWID;
