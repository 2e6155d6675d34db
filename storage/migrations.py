"""The history of the archive's schema: only ever append; a migration that was released is fixed.

Each is one transaction. Tables speak the words of `storage.records`; times are whole
microseconds (`storage.columns`), words out of a fixed set are checked, lists and mappings
nobody searches are JSON.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from storage.connection import SCHEMA_VERSION

migrations = Migrations("archive")


def migrate(database: Database) -> None:
    """Bring the schema to this program's version; to be called inside a transaction."""
    migrations.apply(database)
    database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


@migrations()
def create_archive(database: Database) -> None:
    """Everything of the first release."""
    database.executescript("""
CREATE TABLE sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    path TEXT NOT NULL,
    unread_origin TEXT NOT NULL CHECK (unread_origin IN ('store', 'mark')),
    me TEXT NOT NULL,
    zone TEXT NOT NULL,
    policy TEXT NOT NULL CHECK (policy IN ('none', 'all', 'since')),
    policy_since INTEGER CHECK ((policy = 'since') = (policy_since IS NOT NULL)),
    cursor TEXT,
    added_at INTEGER NOT NULL,
    synced_at INTEGER,
    failed_at INTEGER,
    error TEXT,
    warnings INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, path)
);

-- What a conversation needs to know of its source stands here: it outlives the source.
CREATE TABLE conversations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_kind TEXT NOT NULL,
    key TEXT NOT NULL,
    source_label TEXT NOT NULL,
    unread_origin TEXT NOT NULL CHECK (unread_origin IN ('store', 'mark')),
    title TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('group', 'direct')),
    participants TEXT NOT NULL,
    excluded INTEGER NOT NULL DEFAULT 0,
    UNIQUE (source_kind, key)
);

CREATE TABLE source_conversations (
    source_id INTEGER NOT NULL REFERENCES sources ON DELETE CASCADE,
    conversation_id INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
    PRIMARY KEY (source_id, conversation_id)
) WITHOUT ROWID;
CREATE INDEX source_conversations_by_conversation ON source_conversations (conversation_id);

-- AUTOINCREMENT: the id of a removed message must never come to mean another one.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
    uid TEXT NOT NULL,
    sender TEXT NOT NULL,
    is_me INTEGER NOT NULL,
    sent_at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    text TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('text', 'media', 'system', 'deleted')),
    edited INTEGER NOT NULL,
    reply_to TEXT,
    is_read INTEGER,
    is_approximate INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    UNIQUE (conversation_id, uid)
);
CREATE INDEX messages_in_order ON messages (conversation_id, sent_at, position);
CREATE INDEX messages_unread ON messages (conversation_id, sent_at, position) WHERE unread = 1;
CREATE INDEX messages_system ON messages (conversation_id) WHERE kind = 'system';

CREATE TABLE read_marks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
    sent_at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('import', 'owner', 'user')),
    at INTEGER NOT NULL,
    undone_at INTEGER
);
CREATE INDEX read_marks_in_order ON read_marks (conversation_id, sent_at, position);

-- What is searched ends in a line break, so that the last two letters begin a trigram too:
-- `storage.search` finds words of two letters by the trigrams that begin with them.
CREATE VIEW searched_messages AS SELECT id, text || char(10) AS text FROM messages;
CREATE VIRTUAL TABLE messages_fts USING fts5 (
    text, content = 'searched_messages', content_rowid = 'id', tokenize = 'trigram'
);
CREATE VIRTUAL TABLE messages_trigrams USING fts5vocab (messages_fts, 'row');

-- Nothing fires on INSERT: a row at a time, FTS5 writes its index to disk at each one, and
-- an import takes twice as long. `storage.ingesting` adds a batch in one statement.
CREATE TRIGGER messages_removed_fts AFTER DELETE ON messages BEGIN
    INSERT INTO messages_fts (messages_fts, rowid, text)
    VALUES ('delete', old.id, old.text || char(10));
END;
CREATE TRIGGER messages_changed_fts AFTER UPDATE OF text ON messages
WHEN old.text IS NOT new.text BEGIN
    INSERT INTO messages_fts (messages_fts, rowid, text)
    VALUES ('delete', old.id, old.text || char(10));
    INSERT INTO messages_fts (rowid, text) VALUES (new.id, new.text || char(10));
END;

CREATE TABLE summaries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
    input_hash TEXT NOT NULL,
    language TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('model', 'extractive')),
    gist TEXT NOT NULL CHECK (gist IN ('pending', 'done', 'refused')),
    topic TEXT NOT NULL,
    covered INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    flags TEXT NOT NULL,
    model TEXT,
    options TEXT NOT NULL,
    elapsed_s REAL NOT NULL,
    made_at INTEGER NOT NULL,
    outdated INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX summaries_by_conversation ON summaries (conversation_id);

CREATE TABLE summary_messages (
    summary_id INTEGER NOT NULL REFERENCES summaries ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    PRIMARY KEY (summary_id, message_id)
) WITHOUT ROWID;
CREATE INDEX summary_messages_by_message ON summary_messages (message_id);

CREATE TRIGGER summaries_outdated_by_change AFTER UPDATE OF text, kind ON messages
WHEN old.text IS NOT new.text OR old.kind IS NOT new.kind BEGIN
    UPDATE summaries SET outdated = 1
    WHERE id IN (SELECT summary_id FROM summary_messages WHERE message_id = old.id);
END;
CREATE TRIGGER summaries_outdated_by_removal BEFORE DELETE ON messages BEGIN
    UPDATE summaries SET outdated = 1
    WHERE id IN (SELECT summary_id FROM summary_messages WHERE message_id = old.id);
END;

CREATE TABLE highlights (
    summary_id INTEGER NOT NULL REFERENCES summaries ON DELETE CASCADE,
    position INTEGER NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    sender TEXT NOT NULL,
    text TEXT NOT NULL,
    reasons TEXT NOT NULL,
    PRIMARY KEY (summary_id, position)
) WITHOUT ROWID;
CREATE INDEX highlights_by_message ON highlights (message_id);

CREATE TABLE sentences (
    id INTEGER PRIMARY KEY,
    summary_id INTEGER NOT NULL REFERENCES summaries ON DELETE CASCADE,
    text TEXT NOT NULL
);
CREATE INDEX sentences_by_summary ON sentences (summary_id);

CREATE TABLE sentence_evidence (
    sentence_id INTEGER NOT NULL REFERENCES sentences ON DELETE CASCADE,
    position INTEGER NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    PRIMARY KEY (sentence_id, position)
) WITHOUT ROWID;
CREATE INDEX sentence_evidence_by_message ON sentence_evidence (message_id);

CREATE VIEW searched_sentences AS SELECT id, text || char(10) AS text FROM sentences;
CREATE VIRTUAL TABLE sentences_fts USING fts5 (
    text, content = 'searched_sentences', content_rowid = 'id', tokenize = 'trigram'
);
CREATE VIRTUAL TABLE sentences_trigrams USING fts5vocab (sentences_fts, 'row');
CREATE TRIGGER sentences_added_fts AFTER INSERT ON sentences BEGIN
    INSERT INTO sentences_fts (rowid, text) VALUES (new.id, new.text || char(10));
END;
CREATE TRIGGER sentences_removed_fts AFTER DELETE ON sentences BEGIN
    INSERT INTO sentences_fts (sentences_fts, rowid, text)
    VALUES ('delete', old.id, old.text || char(10));
END;

CREATE TABLE todos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    summary_id INTEGER NOT NULL REFERENCES summaries ON DELETE CASCADE,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    when_said TEXT NOT NULL,
    is_mine INTEGER NOT NULL,
    done_at INTEGER,
    superseded_by INTEGER REFERENCES summaries ON DELETE SET NULL
);
CREATE INDEX todos_by_summary ON todos (summary_id);
CREATE INDEX todos_by_superseding ON todos (superseded_by);

CREATE TABLE todo_evidence (
    todo_id INTEGER NOT NULL REFERENCES todos ON DELETE CASCADE,
    position INTEGER NOT NULL,
    message_id INTEGER NOT NULL REFERENCES messages ON DELETE CASCADE,
    PRIMARY KEY (todo_id, position)
) WITHOUT ROWID;
CREATE INDEX todo_evidence_by_message ON todo_evidence (message_id);

CREATE TABLE digests (
    day TEXT PRIMARY KEY,
    made_at INTEGER NOT NULL,
    caught_up INTEGER NOT NULL,
    conversations INTEGER NOT NULL,
    todos INTEGER NOT NULL,
    coverage TEXT NOT NULL,
    markdown TEXT NOT NULL,
    contents TEXT NOT NULL
);

-- `holder` is the process at work: see `storage.bookkeeping`.
CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    outcome TEXT NOT NULL CHECK (outcome IN ('running', 'done', 'failed', 'interrupted')),
    details TEXT NOT NULL,
    holder TEXT NOT NULL
);

CREATE TABLE requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    taken_at INTEGER,
    done_at INTEGER,
    outcome TEXT,
    holder TEXT
);
CREATE INDEX requests_open ON requests (id) WHERE done_at IS NULL;
""")


@migrations()
def mark_quotes(database: Database) -> None:
    """Which sentences are messages' own words: of older summaries, those of extractive ones."""
    database.execute("ALTER TABLE sentences ADD COLUMN is_quote INTEGER NOT NULL DEFAULT 0")
    database.execute("""
        UPDATE sentences SET is_quote = 1
        WHERE summary_id IN (SELECT id FROM summaries WHERE origin = 'extractive')
    """)


@migrations()
def let_messages_expire(database: Database) -> None:
    """When messages with a timer are to be removed, and that summaries of them go with them.

    `disappeared` keeps their ids alone: the gist of one may be on its way.
    """
    database.executescript("""
ALTER TABLE messages ADD COLUMN is_disappearing INTEGER NOT NULL DEFAULT 0;
ALTER TABLE messages ADD COLUMN expires_at INTEGER;
CREATE INDEX messages_disappearing ON messages (conversation_id) WHERE is_disappearing = 1;
CREATE INDEX messages_by_expiry ON messages (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE disappeared (message_id INTEGER PRIMARY KEY);
CREATE TRIGGER messages_disappeared BEFORE DELETE ON messages WHEN old.is_disappearing = 1 BEGIN
    INSERT INTO disappeared VALUES (old.id);
    DELETE FROM summaries
    WHERE id IN (SELECT summary_id FROM summary_messages WHERE message_id = old.id);
END;
""")


@migrations()
def let_conversations_be_forgotten(database: Database) -> None:
    """What is left out of every reading, what is still to be erased, and how long to keep.

    `left_out` names a conversation by a digest of its key, for the key may be its title;
    `excluded_patterns` are those given on the command line, beside the config's.
    `erasures` holds conversations whose removal began and is not over; 0 stands for messages
    that were removed one by one: of those the files may still hold letters.
    """
    database.executescript("""
CREATE TABLE left_out (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source_kind TEXT NOT NULL,
    key_digest TEXT NOT NULL,
    reason TEXT NOT NULL CHECK (reason IN ('excluded', 'pattern', 'forgotten')),
    pattern TEXT CHECK ((reason = 'pattern') = (pattern IS NOT NULL)),
    at INTEGER NOT NULL,
    UNIQUE (source_kind, key_digest)
);
CREATE TABLE excluded_patterns (pattern TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE erasures (conversation_id INTEGER PRIMARY KEY);
ALTER TABLE sources ADD COLUMN retention_days INTEGER;
""")


@migrations()
def count_failures(database: Database) -> None:
    """How often in a row a store could not be read, or the model not be run on a conversation.

    A row of `failures` counts for its `input_hash` alone.
    """
    database.executescript("""
CREATE TABLE failures (
    conversation_id INTEGER PRIMARY KEY REFERENCES conversations ON DELETE CASCADE,
    input_hash TEXT NOT NULL,
    reason TEXT NOT NULL,
    times INTEGER NOT NULL,
    last_at INTEGER NOT NULL
);
ALTER TABLE sources ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
""")


@migrations()
def let_the_search_index_follow(database: Database) -> None:
    """Messages are stored first and indexed later, in order of their ids, up to `indexed.last_id`.

    FTS5 breaks when it is told to delete what it never held: rows beyond are none of its
    business. The index holds no places (`detail`) and no sizes (`columnsize`): it is made twice
    as fast and takes a third of the room, and `storage.search` compares the texts themselves.
    It begins empty; `storage.indexing` fills it.
    """
    database.executescript("""
CREATE TABLE indexed (last_id INTEGER NOT NULL);
INSERT INTO indexed VALUES (0);

DROP TRIGGER messages_removed_fts;
DROP TRIGGER messages_changed_fts;
DROP TABLE messages_trigrams;
DROP TABLE messages_fts;
DROP VIEW searched_messages;

CREATE VIEW searched_messages AS SELECT id, text || char(10) AS text FROM messages
    WHERE id <= (SELECT last_id FROM indexed);
CREATE VIRTUAL TABLE messages_fts USING fts5 (
    text, content = 'searched_messages', content_rowid = 'id', tokenize = 'trigram',
    detail = none, columnsize = 0
);
CREATE VIRTUAL TABLE messages_trigrams USING fts5vocab (messages_fts, 'row');

CREATE TRIGGER messages_removed_fts AFTER DELETE ON messages
WHEN old.id <= (SELECT last_id FROM indexed) BEGIN
    INSERT INTO messages_fts (messages_fts, rowid, text)
    VALUES ('delete', old.id, old.text || char(10));
END;
CREATE TRIGGER messages_changed_fts AFTER UPDATE OF text ON messages
WHEN old.text IS NOT new.text AND old.id <= (SELECT last_id FROM indexed) BEGIN
    INSERT INTO messages_fts (messages_fts, rowid, text)
    VALUES ('delete', old.id, old.text || char(10));
    INSERT INTO messages_fts (rowid, text) VALUES (new.id, new.text || char(10));
END;
""")
    # Written to the disk once a batch, and not at every megabyte.
    database.execute("INSERT INTO messages_fts (messages_fts, rank) VALUES ('hashsize', 16777216)")


@migrations()
def count_messages(database: Database) -> None:
    """How many messages a conversation has, system lines too: a million take longer to count
    than a screen may take to open.

    A message never comes into another conversation. The trigger takes a microsecond a message.
    """
    database.executescript("""
ALTER TABLE conversations ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;
UPDATE conversations SET messages = (
    SELECT count(*) FROM messages m WHERE m.conversation_id = conversations.id
);
CREATE TRIGGER messages_counted AFTER INSERT ON messages BEGIN
    UPDATE conversations SET messages = messages + 1 WHERE id = new.conversation_id;
END;
CREATE TRIGGER messages_uncounted AFTER DELETE ON messages BEGIN
    UPDATE conversations SET messages = messages - 1 WHERE id = old.conversation_id;
END;
""")
