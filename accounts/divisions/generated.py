"""A small invented county for machines where the published list cannot be had."""

from collections.abc import Iterator

from accounts.divisions.source import Division, division

PROVINCE, CITY, COUNTY = "98", "9801", "980101"

_FIRST = "东西南北上下前后大小新老青白红金"
_SECOND = "溪塘桥岭山湾坪坞"


def _names() -> Iterator[str]:
    """Invented two-character village names, none twice."""
    for second in _SECOND:
        for first in _FIRST:
            yield first + second


def generated_county() -> Iterator[Division]:
    """示例省 › 示例市 › 示例县: one street office, two towns, one township; 10 communities, 54 villages."""
    yield division(PROVINCE, "示例省", "")
    yield division(CITY, "示例市", PROVINCE)
    yield division(COUNTY, "示例县", CITY)
    names = _names()
    for number, town, first, count, suffix in (
        ("001", "城关街道", 1, 10, "社区居民委员会"),
        ("100", "青溪镇", 200, 22, "村村民委员会"),
        ("101", "白塘镇", 200, 18, "村村民委员会"),
        ("200", "云岭乡", 200, 14, "村村民委员会"),
    ):
        yield division(COUNTY + number, town, COUNTY)
        for place in range(count):
            code = f"{COUNTY}{number}{first + place:03d}"
            yield division(code, next(names) + suffix, COUNTY + number)
