"""Back-ups by PostgreSQL's own tools (pg_basebackup, pg_receivewal, pg_verifybackup), kept encrypted.

`take` copies the server, `wal` keeps what it writes afterwards, `restore` brings back any second between the two.
docs/operations.md says how; decision 0009 says why.
"""
