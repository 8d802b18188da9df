"""Letters and bulletins as .docx: what stands in them, who may take them, and that another program reads the same."""

import io
import re
import shutil
import subprocess
import zipfile

import pytest
from docx import Document
from docx.oxml.ns import qn

from accounts.audit.anchors import short_head
from accounts.scope import scoped
from reports.actions.comment_sending import send_comment
from tests.reports.comments.conftest import TOWN

OFFICE = shutil.which("soffice")


@pytest.fixture
def sent(drafted):
    """The county's letter to 岭下街道."""
    comment = drafted.to(TOWN)
    with scoped(drafted.cast.county) as by:
        send_comment(comment.pk, by=by, version=comment.version)
    return drafted.to(TOWN)


def body_of(client, comment) -> bytes:
    answer = client.get(f"/reports/comments/{comment.pk}/document/")
    assert answer.status_code == 200
    return answer.content


def lines_of(body: bytes) -> list[str]:
    """Paragraphs without what stands raised."""
    return [
        "".join(run.text for run in paragraph.runs if not run.font.superscript)
        for paragraph in Document(io.BytesIO(body)).paragraphs
    ]


def test_the_letter_says_what_the_page_says(drafted, sent, client_of):
    day = f"{drafted.day.month}月{drafted.day.day}日"
    due, at = sent.due_at.astimezone(), sent.sent_at.astimezone()
    expected = [
        "东塘区换届办", f"函〔{sent.year}〕1号", "关于日报迟报的点评", "岭下街道换届办：",
        f"{day}日报迟报 1 份，近七日共迟 1 份。", *([sent.demand] if sent.demand else []),
        f"请于 {due.month}月{due.day}日 {due:%H:%M} 前回复。", "东塘区换届办", f"{at.year}年{at.month}月{at.day}日",
        f"依据（{day}数据，起草时的数）",
    ]  # fmt: skip
    body = body_of(client_of("county"), sent)
    lines = lines_of(body)
    assert lines[:-1] == expected
    assert lines[-1].endswith(f"审计链 {short_head(using='owner')}")
    [table] = Document(io.BytesIO(body)).tables
    assert [[cell.text for cell in row.cells][0::2] for row in table.rows] == [
        ["序号", "单位", "数"], ["1", "岭下街道", "1 份"], ["2", "岭下街道", "1 份"],
    ]  # fmt: skip


def test_sender_and_recipient_take_it_and_nobody_else(sent, client_of):
    url = f"/reports/comments/{sent.pk}/document/"
    keys = ("county", "town", "city", "sibling_town", "other_city")
    answers = {key: client_of(key).get(url).status_code for key in keys}
    assert answers == {"county": 200, "town": 200, "city": 403, "sibling_town": 404, "other_city": 404}
    assert client_of("town").get(f"/api/v1/comments/{sent.pk}/document/").status_code == 200


def test_drafts_and_phone_notes_have_none(drafted, client_of):
    comment = drafted.to("990101102")
    url = f"/reports/comments/{comment.pk}/document/"
    assert client_of("county").get(url).status_code == 404
    with scoped(drafted.cast.county) as by:
        send_comment(comment.pk, by=by, version=comment.version, channel="phone")
    assert client_of("county").get(url).status_code == 404


def test_every_run_is_chinese_in_a_font_for_chinese(sent, client_of):
    paper = Document(io.BytesIO(body_of(client_of("county"), sent)))
    runs = [run for paragraph in paper.paragraphs for run in paragraph.runs]
    found = {
        (
            run._element.rPr.rFonts.get(qn("w:eastAsia")),
            run._element.rPr.find(qn("w:lang")).get(qn("w:eastAsia")),
        )
        for run in runs
    }
    assert found == {("仿宋", "zh-CN"), ("黑体", "zh-CN")}


@pytest.mark.skipif(OFFICE is None, reason="no LibreOffice on this machine")
def test_libreoffice_reads_the_same_text(sent, client_of, tmp_path):
    body = body_of(client_of("town"), sent)
    assert zipfile.is_zipfile(io.BytesIO(body))
    (tmp_path / "letter.docx").write_bytes(body)
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    made = ["--headless", "--convert-to", "txt:Text (encoded):UTF8", "--outdir", str(tmp_path)]
    subprocess.run([OFFICE, profile, *made, str(tmp_path / "letter.docx")], check=True, timeout=90)
    paper = Document(io.BytesIO(body))
    cells = [cell.text for row in paper.tables[0].rows for cell in row.cells]
    own = "".join(paragraph.text for paragraph in paper.paragraphs[:-1]) + "".join(cells)
    text = (tmp_path / "letter.txt").read_text(encoding="utf-8-sig")
    assert re.sub(r"\s", "", text) == re.sub(r"\s", "", own + paper.paragraphs[-1].text)
