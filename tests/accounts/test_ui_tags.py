"""Components of `{% load ui %}`: what they write, and that they refuse what they do not know."""

from __future__ import annotations

import datetime as dt

import pytest
from django import forms
from django.template import Context, Template, TemplateSyntaxError
from django.utils import timezone

NOW = dt.datetime(2025, 12, 18, 6, 46, tzinfo=dt.UTC)  # 14:46 in Beijing


def write(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def use(name: str, css: str = "ic") -> str:
    return f'<svg class="{css}" aria-hidden="true"><use href="/static/img/icons.svg#i-{name}"></use></svg>'


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 999|num }}", "999"),
        ("{{ 1000|num }}", "1,000"),
        ("{{ -3|num }}", "−3"),
        ("{{ nothing|num }}", ""),
        ("{{ 85.85|rate }}", "85.9"),
        ("{{ 85.84|rate }}", "85.8"),
        ("{{ 100|rate }}", "100.0"),
        ("{{ none|rate }}", "／"),
        ("{{ 74|delta }}", "+74"),
        ("{{ 0|delta }}", "0"),
        ("{{ -16|delta }}", "−16"),
        ("{{ 1402|delta }}", "+1,402"),
        ("{{ now|day }}", "12-18"),
        ("{{ now|day_long }}", "12月18日 星期四"),
        ("{{ now|moment }}", "12-18 14:46"),
        ("{{ now|moment_full }}", "2025-12-18 14:46:00"),
    ],
)
def test_figures_and_dates(source, expected):
    assert write(source, now=NOW, none=None, nothing=None) == expected


def test_a_moment_late_at_night_in_universal_time_is_the_next_day_in_beijing():
    assert write("{{ when|day }}", when=dt.datetime(2025, 12, 17, 16, 0, tzinfo=dt.UTC)) == "12-18"


def test_a_bare_date_is_not_shifted():
    assert write("{{ when|day_long }}", when=dt.date(2025, 12, 21)) == "12月21日 星期日"


@pytest.mark.parametrize(
    ("state", "css", "drawing", "word"),
    [
        ("draft", "draft", "pen", "草稿"),
        ("filed", "filed", "check", "已报"),
        ("late", "late", "clock", "迟报"),
        ("missing", "over", "", "缺报"),
        ("overdue", "over", "", "超时"),
        ("returned", "ret", "ret", "退回"),
        ("reopened", "reo", "reo", "重开更正"),
        ("waiting", "wait", "", "待报"),
        ("blocked", "lock", "lock", "阻断"),
        ("sealed", "lock", "env", "密封"),
    ],
)
def test_state_chips(state, css, drawing, word):
    picture = use(drawing) if drawing else ""
    assert write("{% chip state %}", state=state) == f'<span class="st {css}">{picture}{word}</span>'


def test_a_chip_shows_the_given_words_escaped():
    assert write('{% chip "missing" text %}', text="<b>") == '<span class="st over">&lt;b&gt;</span>'


@pytest.mark.parametrize(
    "source",
    [
        '{% chip "filled" %}',
        '{% icon "heart" %}',
        '{% risk "yellow" %}',
        '{% cell None "later" %}',
        '{% cell None "zero" %}',
        '{% daycell "gone" %}',
        '{% button "上报" kind="danger" %}',
        '{% button "上报" icon="heart" %}',
        '{% button "上报" act="erase" %}',
        '{% problem "note" "x" %}',
        '{% figure "党员" 67 %}',
        '{% banner kind="ok" %}x{% endbanner %}',
        '{% chip "filed" colour="green" %}',
        "{% pager 5 17 page=2 %}",
        '{% field "name" %}',
    ],
)
def test_unknown_parameters_and_values_are_refused(source):
    with pytest.raises(TemplateSyntaxError):
        write(source)


@pytest.mark.parametrize(
    ("left", "css", "text"),
    [
        (dt.timedelta(days=1, hours=6, minutes=59), "ck", "剩 1天 6小时"),
        (dt.timedelta(days=2, minutes=5), "ck", "剩 2天"),
        (dt.timedelta(hours=4, seconds=1), "ck", "剩 4小时"),
        (dt.timedelta(hours=4), "ck soon", "剩 4小时"),
        (dt.timedelta(hours=2, minutes=14), "ck soon", "剩 2小时 14分"),
        (dt.timedelta(seconds=59), "ck soon", "剩 不足1分"),
        (dt.timedelta(0), "ck soon", "剩 不足1分"),
        (-dt.timedelta(seconds=1), "ck over", "超 不足1分"),
        (-dt.timedelta(days=1, hours=4, minutes=30), "ck over", "超 1天 4小时"),
    ],
)
def test_clocks(left, css, text):
    due = NOW + left
    picture = "" if css == "ck over" else use("clock")
    local = timezone.localtime(due)
    assert write("{% clock due now %}", due=due, now=NOW) == (
        f'<span class="{css}" title="{local:%Y-%m-%d %H:%M:%S}">{picture}{text}'
        f'<span class="print-only">（{local:%m-%d %H:%M}）</span></span>'
    )


@pytest.mark.parametrize(("hours", "css"), [(9, "ck soon"), (10, "ck")])
def test_in_a_list_what_is_due_today_is_bold(hours, css):
    due = NOW + dt.timedelta(hours=hours)  # 23:46 today, 00:46 tomorrow
    assert write("{% clock due now in_list=True %}", due=due, now=NOW).startswith(f'<span class="{css}"')


def test_no_due_time_shows_nothing():
    assert write("{% clock none now %}", none=None, now=NOW) == ""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% cell 0 %}", '<span class="z">0</span>'),
        ("{% cell 1402 %}", "1,402"),
        ("{% cell -1 %}", "−1"),
        ("{% cell none %}", '<span class="nf">未报</span>'),
        ('{% cell none "na" %}', '<span class="na">／</span>'),
        ('{% cell none "not_reached" %}', '<span class="ny">未到</span>'),
        ('{% cell none "unknown" %}', '<span class="uk">不详</span>'),
        ('{% cell none "blocked" %}', f'<span class="ny">{use("lock", "ic sm")}阻断</span>'),
        ("{% cell when %}", "12-07"),
        ("{% cell yes %}", "是"),
        ("{% cell text %}", "&lt;i&gt;"),
        ('{% drill_number 17 "/x/" wanted=True %}', '<a class="dn b" href="/x/">17</a>'),
        ('{% drill_number 1402 "/x/" %}', '<a class="dnh" href="/x/">1,402</a>'),
        ('{% drill_number 0 "/x/" %}', '<span class="z">0</span>'),
        ('{% drill_number none "/x/" mark="na" %}', '<span class="na">／</span>'),
    ],
)
def test_words_of_a_cell(source, expected):
    assert write(source, none=None, when=dt.date(2025, 12, 7), yes=True, text="<i>") == expected


def test_zero_na_unreported_and_unknown_are_four_different_cells():
    cells = {write("{% cell value mark %}", value=value, mark=mark) for value, mark in
             [(0, ""), (None, "na"), (None, ""), (None, "unknown")]}  # fmt: skip
    assert len(cells) == 4


@pytest.mark.parametrize(
    ("source", "css", "shown"),
    [
        ('{% daycell "filed" %}', "filed", f"{use('check', 'ic sm')}|已报"),
        ('{% daycell "filed" 11 %}', "filed", "齐|已报"),
        ('{% daycell "late" %}', "late", "迟|迟报"),
        ('{% daycell "late" 2 %}', "late", "迟2|迟报"),
        ('{% daycell "missing" 1 label="缺 1 个镇" %}', "over", "缺1|缺 1 个镇"),
        ('{% daycell "waiting" %}', "wait", "待|待报"),
        ('{% daycell "off" %}', "off", "／|不应报"),
    ],
)
def test_cells_of_the_day_grid(source, css, shown):
    seen, said = shown.split("|")
    assert write(source) == (
        f'<span class="dc {css}"><span aria-hidden="true">{seen}</span>'
        f'<span class="sr-only">{said}</span></span>'
    )


def test_a_disabled_primary_button_says_why():
    assert write('{% button "启封" kind="primary" icon="lock" why_not="未齐" %}') == (
        f'<button type="submit" class="btn pri" disabled>{use("lock")}启封（未齐）</button>'
    )


def test_a_blocked_link_is_a_disabled_button():
    assert write('{% button "写入" href="/x/" why_not="有 9 处错误" %}') == (
        '<button type="button" class="btn" disabled>写入（有 9 处错误）</button>'
    )


def test_buttons_carry_name_value_form_and_key():
    assert write('{% button "上报" kind="primary" key="F9" name="step" value="file" form="day" %}') == (
        '<button type="submit" class="btn pri" name="step" value="file" form="day">上报<kbd>F9</kbd></button>'
    )
    assert write('{% button "打印" act="print" small=True %}') == (
        '<button type="button" class="btn sm" data-print>打印</button>'
    )
    assert write('{% button "导出" href=url %}', url="/?a&b") == '<a class="btn" href="/?a&amp;b">导出</a>'


def test_a_legend_names_only_the_words_of_its_table():
    assert write('{% legend "zero na" %}') == (
        '<ul class="lgd in"><li><span class="z">0</span> 没有发生</li>'
        '<li><span class="na">／</span> 不适用</li></ul>'
    )


def test_a_meter_needs_no_style():
    assert write('{% meter 25 27 "婺城区已到" %}') == (
        '<progress class="meter" value="25" max="27" aria-label="婺城区已到"></progress>'
    )
    assert write('{% meter 0 0 "无" wide=True %}') == (
        '<progress class="meter wide" value="0" max="1" aria-label="无"></progress>'
    )


def test_a_banner_is_announced_by_its_gravity():
    assert write('{% banner code="R-VC-13" %}截止时 141／147 已报。{% endbanner %}') == (
        f'<div class="banner" role="status">{use("info")}<div>截止时 141／147 已报。 '
        '<span class="code">R-VC-13</span></div></div>'
    )
    assert write('{% banner kind="error" %}{{ said }}{% endbanner %}', said="<script>") == (
        f'<div class="banner err" role="alert">{use("err")}<div>&lt;script&gt;</div></div>'
    )


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def test_breadcrumbs_end_at_the_page_itself():
    assert lines(write("{% crumbs steps %}", steps=[("金华市", "/?unit=3307"), ("岭下镇", "/y/")])) == [
        "<ol>",
        '<li><a href="/?unit=3307">金华市</a></li>',
        '<li><span aria-current="page">岭下镇</span></li>',
        "</ol>",
    ]


def test_a_figure_opens_or_says_why_not():
    assert lines(write('{% figure "日报到齐" 1390 url="/x/" total=1470 unit="个乡镇" %}')) == [
        "<div>",
        '<span class="lab">日报到齐</span>',
        '<a class="fig" href="/x/"><b>1,390</b>／1,470 个乡镇</a>',
        "</div>",
    ]
    assert lines(write('{% figure "无效票" none why_closed="尚未计票" %}', none=None)) == [
        "<div>",
        '<span class="lab">无效票</span>',
        '<span class="fig" title="尚未计票"><b><span class="nf">未报</span></b>'
        '<span class="sr-only">，尚未计票</span></span>',
        "</div>",
    ]


def test_pages_are_walked_by_next_and_previous():
    assert lines(write('{% pager 50 3300 next_url="?after=9" unit="个村" %}')) == [
        '<nav class="pager" aria-label="翻页">',
        "<span>显示 50／3,300 个村</span>",
        '<span class="sp"></span>',
        '<a class="btn sm" rel="next" href="?after=9">下一页</a>',
        "</nav>",
    ]


def test_a_running_job_fetches_itself_again_and_a_finished_one_does_not():
    running = lines(write('{% progress "导入" 5 10 poll_url="/jobs/1/piece/" %}'))
    assert running[0] == '<div class="job" hx-get="/jobs/1/piece/" hx-trigger="every 2s" hx-swap="outerHTML">'
    assert lines(write('{% progress "导入" 10 10 %}'))[0] == '<div class="job">'


def test_a_confirmation_repeats_the_verb_and_asks_for_the_reason():
    page = write(
        '{% confirm title="退回" action="/x/" verb="退回 1 个镇" back_url="/" reason="退回理由" %}'
        "<p>退</p>{% endconfirm %}"
    )
    assert [line for line in lines(page) if "<label" in line or "btn" in line] == [
        '<label for="confirm-reason">退回理由</label>',
        '<a class="btn" href="/" data-close>再看看</a>',
        '<button type="submit" class="btn pri">退回 1 个镇</button>',
    ]


class VoterForm(forms.Form):
    voters = forms.IntegerField(label="登记选民", help_text="截至公布日", min_value=0)


def test_a_field_ties_label_help_and_error_to_the_input():
    assert lines(write("{% field form.voters %}", form=VoterForm({"voters": "-3"}))) == [
        '<div class="field">',
        '<label for="id_voters">登记选民</label>',
        '<input type="number" name="voters" value="-3" min="0" required aria-invalid="true" '
        'aria-describedby="id_voters_helptext id_voters_error" id="id_voters">',
        '<span class="help" id="id_voters_helptext">截至公布日</span>',
        f'<span class="error" id="id_voters_error">{use("err", "ic sm")}'
        "<span>确保该值大于或等于0。</span></span>",
        "</div>",
    ]


def test_an_import_names_the_step_it_is_at():
    assert [line for line in lines(write("{% wizard 3 %}")) if "aria-current" in line] == [
        '<li aria-current="step">3 核对</li>'
    ]
