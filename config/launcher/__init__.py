"""Start and stop what 村选 needs on one machine: PostgreSQL, Valkey, web, worker and beat.

`postgres` and `valkey` each run one server as a child that cannot outlive this process, `testdb` starts
throw-away ones for tests, `supervisor` runs the whole application. Nothing here imports Django: the
launcher talks to the application through `manage.py`.
"""
