"""The catalogue of act types. Each app declares its own in `audit_types.py`; an unknown type is refused."""

import re

_LABELS: dict[str, str] = {}
_CODE = re.compile(r"[a-z_]+(\.[a-z_]+)+")


def register(code: str, label: str) -> str:
    """Declare an act type: `code` is noun.verb in English, `label` the Chinese words of the audit screen."""
    if not _CODE.fullmatch(code) or len(code) > 64:
        raise ValueError(f"Act type {code!r} is not of the form noun.verb")
    if _LABELS.setdefault(code, label) != label:
        raise ValueError(f"Act type {code!r} is already declared as {_LABELS[code]!r}")
    return code


def require(code: str) -> str:
    """`code` when it is declared; raises LookupError otherwise."""
    if code not in _LABELS:
        raise LookupError(f"Act type {code!r} is not declared in any audit_types.py")
    return code


def label_of(code: str) -> str:
    """Chinese label of a type; the code itself for a type that is no longer declared."""
    return _LABELS.get(code, code)


def registered() -> dict[str, str]:
    """All declared types with their labels, sorted by code."""
    return dict(sorted(_LABELS.items()))
