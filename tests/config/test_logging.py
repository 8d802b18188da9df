"""Log lines: JSON, tied by request id, without personal data, paths or query strings."""

import io
import json
import logging
import logging.config

import pytest
import structlog

from config.logging import logging_config

ID_NUMBER = "330702199001011237"
MOBILE = "13800001111"


@pytest.fixture
def lines(monkeypatch):
    """What the application's formatter writes for a logger of its own."""
    structlog.contextvars.clear_contextvars()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    config = logging_config()["formatters"]["lines"]
    factory = config.pop("()")
    handler.setFormatter(factory(**config))
    logger = logging.getLogger("cunxuan.test")
    logger.addHandler(handler)
    logger.propagate = False
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.propagate = True


def test_a_line_is_json_with_only_known_fields(lines):
    logging.getLogger("cunxuan.test").warning("done", extra={"status": 200, "person": "张三"})
    (line,) = lines()
    assert {key: line[key] for key in line if key != "timestamp"} == {
        "event": "done", "level": "warning", "logger": "cunxuan.test", "status": 200,
    }  # fmt: skip


def test_personal_numbers_and_query_strings_are_taken_out(lines):
    logging.getLogger("cunxuan.test").warning("call %s or %s at /orgs/?q=%s", MOBILE, ID_NUMBER, "张三")
    assert lines()[0]["event"] == "call *** or *** at /orgs/?…"


def test_an_exception_leaves_frames_and_no_values(lines):
    try:
        raise ValueError(f"Key (phone)=({MOBILE})")
    except ValueError:
        logging.getLogger("cunxuan.test").exception("failed")
    (line,) = lines()
    assert (line["error"], len(line["frames"]), MOBILE in json.dumps(line)) == ("ValueError", 1, False)


def test_a_request_leaves_one_line_with_its_route(db, client_of, cast, caplog):
    client = client_of("town")
    with caplog.at_level(logging.INFO, "cunxuan.access"):
        answer = client.get("/jobs/?state=done&q=" + MOBILE, headers={"X-Request-Id": "0123456789abcdef"})
    (record,) = [record for record in caplog.records if record.name == "cunxuan.access"]
    assert (record.route, record.method, record.status, record.assignment) == (
        "jobs:list",
        "GET",
        200,
        cast.town.pk,
    )
    assert (record.getMessage(), answer["X-Request-Id"]) == ("request", "0123456789abcdef")
    assert MOBILE not in str(record.__dict__)


@pytest.mark.parametrize(
    "offered", ["", "short", "x" * 65, "<script>alert(1)</script>", "0123456789abcdef\n"]
)
def test_a_request_id_that_is_not_plain_is_replaced(db, client, offered):
    returned = client.get("/healthz", headers={"X-Request-Id": offered})["X-Request-Id"]
    assert (returned != offered, len(returned)) == (True, 36)
