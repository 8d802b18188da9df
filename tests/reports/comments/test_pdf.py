"""The letter as a PDF: word for word the .docx, on A4, its fonts inside; and what a server says that cannot make one."""

import io
import os
import re
import sys

import pytest
from docx import Document
from docx.table import Table
from docx.text.paragraph import Paragraph
from pypdf import PdfReader

from accounts.jobs import runner
from accounts.press import missing, set_type
from accounts.scope import scoped
from elections.models import Round
from reports.actions.comment_sending import send_comment
from tests.accounts.spreadsheets.conftest import as_worker
from tests.helpers import as_owner
from tests.reports.comments.conftest import TOWN

PAGE = re.compile(r"第(\d+)页，共(\d+)页")
A4 = (210, 297)


@pytest.fixture
def press():
    """This machine can make PDFs; where it must (REQUIRE_PDF=1) that it cannot is a failure."""
    if lacking := missing():
        (pytest.fail if os.environ.get("REQUIRE_PDF") == "1" else pytest.skip)(f"no PDF here: no {lacking}")


@pytest.fixture
def made(client_of, settings, tmp_path):
    """made(who, comment): the job that `who` started for a PDF, run to its end."""
    settings.RESULTS_DIR, settings.DATA_DIR = tmp_path / "results", tmp_path

    def make(who: str, comment) -> dict:
        client = client_of(who)
        answer = client.post(f"/reports/comments/{comment.pk}/pdf/")
        job = int(answer["Location"].rstrip("/").rsplit("/", 1)[1])
        with as_worker():
            runner.run(job)
        return client.get(f"/api/v1/jobs/{job}/").json()

    return make


@pytest.fixture
def send(drafted):
    """send(channel): the county's comment to 岭下街道, sent."""

    def sent(channel: str):
        comment = drafted.to(TOWN)
        with scoped(drafted.cast.county) as by:
            send_comment(comment.pk, by=by, version=comment.version, channel=channel)
        return drafted.to(TOWN)

    return sent


def close(text: str) -> str:
    return re.sub(r"\s", "", text)


def words_of(docx: bytes) -> str:
    """Everything in the .docx from top to bottom, without spaces."""
    paper = Document(io.BytesIO(docx))
    parts = []
    for block in paper.iter_inner_content():
        if isinstance(block, Paragraph):
            parts.append(block.text)
        elif isinstance(block, Table):
            parts += [cell.text for row in block.rows for cell in row.cells]
    return close("".join(parts))


@pytest.mark.parametrize(("channel", "word"), [("letter", "函"), ("bulletin", "通报")])
def test_the_pdf_says_what_the_docx_says(press, send, made, client_of, channel, word):
    sent, client = send(channel), client_of("town")
    job = made("town", sent)
    number = f"{word}〔{sent.year}〕1号"
    assert (job["state"], job["result_name"]) == ("done", f"{number}.pdf")
    reader = PdfReader(io.BytesIO(b"".join(client.get(f"/jobs/{job['id']}/result/"))))
    text = close("".join(page.extract_text() for page in reader.pages))
    assert PAGE.findall(text) == [("1", "1")]
    docx = words_of(client.get(f"/reports/comments/{sent.pk}/document/").content)
    assert without_chain(PAGE.sub("", text)) == without_chain(docx)
    assert text.startswith(
        f"东塘区换届办{'通报' if word == '通报' else ''}{number}{sent.title}岭下街道换届办："
    )
    assert (reader.metadata.title, reader.metadata.subject) == (sent.title, number)
    box = reader.pages[0].mediabox
    assert tuple(round(float(side) / 72 * 25.4) for side in (box.width, box.height)) == A4
    assert all(fonts_of(page) for page in reader.pages)


def without_chain(text: str) -> str:
    """Each copy names the head of the chain at its own moment, and starting a job is an act."""
    said, head = text.split("审计链")
    assert re.fullmatch(r"[0-9a-f]{12}·[0-9]+", head)
    return said


def fonts_of(page) -> bool:
    """Whether the file of every font lies in the document, so that it prints the same everywhere."""
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object() for font in page["/Resources"]["/Font"].values()
    ]
    files = [font["/FontDescriptor"].get_object().keys() & {"/FontFile2", "/FontFile3"} for font in fonts]
    return bool(files) and all(files)


def test_a_letter_of_a_practice_round_says_so(press, send, made, client_of):
    sent, client = send("letter"), client_of("town")
    with as_owner():
        Round.objects.using("owner").filter(pk=sent.round_id).update(practice=True)
    said = "演练数据，不作上报依据东塘区换届办函"
    assert words_of(client.get(f"/reports/comments/{sent.pk}/document/").content).startswith(said)
    body = b"".join(client.get(f"/jobs/{made('town', sent)['id']}/result/"))
    assert close(PdfReader(io.BytesIO(body)).pages[0].extract_text()).startswith(said)


def test_sender_and_recipient_may_and_nobody_else(send, client_of):
    url = f"/reports/comments/{send('letter').pk}/pdf/"
    keys = ("county", "town", "city", "sibling_town", "other_city")
    answers = {key: client_of(key).post(url).status_code for key in keys}
    assert answers == {"county": 302, "town": 302, "city": 403, "sibling_town": 404, "other_city": 404}
    assert client_of("town").post(f"/api/v1{url.removeprefix('/reports')}").status_code == 202


def test_a_page_that_is_refused_says_why(send, client_of):
    answer = client_of("city").get(f"/reports/comments/{send('letter').pk}/document/")
    assert answer.status_code == 403
    assert "只有发出和收到的单位能下载，请在页面上看" in answer.content.decode()
    assert "document_not_yours" in answer.content.decode()


def test_a_server_without_a_chinese_font_says_so(press, send, made, monkeypatch, tmp_path):
    empty = tmp_path / "fonts.conf"
    empty.write_text("<fontconfig></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(empty))
    job = made("county", send("letter"))
    assert (job["state"], job["error_code"], job["error_message"], job["result_name"]) == (
        "failed",
        "pdf_unavailable",
        "服务器上没有中文字库，排不出 PDF。先下载 Word；请系统管理员按运行手册装上",
        "",
    )


def test_a_server_without_pango_says_so(send, made, monkeypatch, tmp_path):
    """A Python that cannot load it stands in for the machine that has none."""
    program = tmp_path / "python"
    program.write_text(
        f"#!{sys.executable}\nimport sys; sys.path.insert(0, '.')\nfrom accounts import press\n"
        "press.LIBRARIES['no-such-pango.so.0'] = 'Pango'\nsys.exit(press.main())\n"
    )
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    job = made("county", send("letter"))
    said = "服务器上没有Pango，排不出 PDF。先下载 Word；请系统管理员按运行手册装上"
    assert (job["state"], job["error_code"], job["error_message"]) == ("failed", "pdf_unavailable", said)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "http://127.0.0.1/", "data:image/png;base64,AA"])
def test_a_document_fetches_nothing(press, url):
    from weasyprint.urls import FatalURLFetchingError

    with pytest.raises(FatalURLFetchingError):
        set_type(f'<img src="{url}">', "")
