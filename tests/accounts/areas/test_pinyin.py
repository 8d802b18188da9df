"""Pinyin keys read place names as people there do."""

import pytest

from accounts.divisions import pinyin_of


@pytest.mark.parametrize(
    ("name", "key", "initials"),
    [
        ("乐清市", "yueqingshi", "yqs"),
        ("丽水市", "lishuishi", "lss"),
        ("台州市", "taizhoushi", "tzs"),
        ("婺城区", "wuchengqu", "wcq"),
        ("重庆市", "chongqingshi", "cqs"),
        ("长春市", "changchunshi", "ccs"),
        ("长子县", "zhangzixian", "zzx"),
        ("六安市", "luanshi", "las"),
        ("厦门市", "xiamenshi", "xms"),
        ("佛山市", "foshanshi", "fss"),
        ("八一路A区", "bayilua区".replace("区", "qu"), "bylaq"),
        ("三利村委会（边家湾）", "sanlicunweihuibianjiawan", "slcwhbjw"),
    ],
)
def test_place_name_readings(name, key, initials):
    assert pinyin_of(name) == (key, initials)
