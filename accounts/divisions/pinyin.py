"""Pinyin sort key and initials of place names, fast enough for the whole country.

One table look-up per character (`str.translate`); the names whose reading differs from the common one are
written out first. `pypinyin` gives the common reading of all other characters.
"""

import re

from pypinyin import lazy_pinyin

# Reading in place names where it differs from the most common one.
CHARACTERS = {
    "长": "chang",
    "重": "chong",
    "都": "du",
    "曾": "zeng",
    "单": "shan",
    "万": "wan",
    "覃": "qin",
    "厦": "xia",
    "弄": "long",
    "枞": "zong",
    "藏": "zang",
    "仇": "qiu",
    "翟": "zhai",
    "解": "xie",
    "泊": "bo",
    "涡": "guo",
    "六": "liu",
    "佛": "fo",
    "什": "shi",
}

PHRASES = {
    "乐清": "yue qing",
    "六安": "lu an",
    "六合区": "lu he qu",
    "蚌埠": "beng bu",
    "铅山": "yan shan",
    "番禺": "pan yu",
    "东阿": "dong e",
    "阿城": "a cheng",
    "浚县": "xun xian",
    "蔚县": "yu xian",
    "尉犁": "yu li",
    "荥经": "ying jing",
    "郫都": "pi du",
    "犍为": "qian wei",
    "会稽": "kuai ji",
    "会理": "hui li",
    "朝阳": "chao yang",
    "太行": "tai hang",
    "闵行": "min hang",
    "银行": "yin hang",
    "行政": "xing zheng",
    "解放": "jie fang",
    "单位": "dan wei",
    "长子": "zhang zi",
    "镇长": "zhen zhang",
    "成长": "cheng zhang",
    "重点": "zhong dian",
    "重工": "zhong gong",
    "洪洞": "hong tong",
    "大城县": "dai cheng xian",
    "黄陂": "huang pi",
    "中牟": "zhong mu",
    "牟平": "mu ping",
    "百色": "bo se",
    "柏林": "bo lin",
    "厦门": "xia men",
    "大厦": "da sha",
    "吐蕃": "tu bo",
    "音乐": "yin yue",
    "乐亭": "lao ting",
    "天台": "tian tai",
    "台州": "tai zhou",
    "丽水": "li shui",
    "十里堡": "shi li pu",
    "五里堡": "wu li pu",
    "瓦窑堡": "wa yao bu",
    "吴堡": "wu bu",
    "大埔": "da bu",
    "隆尧": "long yao",
    "涡河": "guo he",
    "旋涡": "xuan wo",
}

_PHRASE = re.compile("|".join(sorted(map(re.escape, PHRASES), key=len, reverse=True)))


class _Readings(dict):
    """Code point -> reading (whole or first letter), filled on first use of each character."""

    def __init__(self, *, first_letter: bool) -> None:
        super().__init__()
        self.first_letter = first_letter

    def __missing__(self, point: int) -> str:
        character = chr(point)
        reading = CHARACTERS.get(character) or "".join(lazy_pinyin(character)).lower()
        if not (reading.isascii() and reading.isalnum()):
            reading = ""
        if self.first_letter and not character.isascii():
            reading = reading[:1]
        self[point] = reading
        return reading


_WHOLE = _Readings(first_letter=False)
_FIRST = _Readings(first_letter=True)


def pinyin_of(name: str) -> tuple[str, str]:
    """(sort and search key, initials), lower-case letters and digits only: 乐清市 -> yueqingshi, yqs."""
    if _PHRASE.search(name) is None:
        return name.translate(_WHOLE), name.translate(_FIRST)
    whole = _PHRASE.sub(lambda found: PHRASES[found[0]].replace(" ", ""), name)
    first = _PHRASE.sub(lambda found: "".join(word[0] for word in PHRASES[found[0]].split()), name)
    return whole.translate(_WHOLE), first.translate(_FIRST)
