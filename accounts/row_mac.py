"""A keyed mark on rows that must not change unnoticed: whoever edits the row in the database cannot make it.

HMAC-SM3 (GB/T 32905) under a key that is never in the database: ROW_MAC_KEY, else derived from SECRET_KEY. The mark
names its algorithm, so that another may follow.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings

ALGORITHM = "sm3-1"


def row_mac(kind: str, *parts: object) -> str:
    """Mark of a row of `kind` with these values, in this order: 'sm3-1:' and 64 hexadecimal digits."""
    texts = [str(part).encode() for part in (kind, *parts)]
    mac = HMAC(_key(), hashes.SM3())
    mac.update(b",".join(b"%d:%b" % (len(text), text) for text in texts))
    return f"{ALGORITHM}:{mac.finalize().hex()}"


def is_authentic(stored: str, kind: str, *parts: object) -> bool:
    """Whether `stored` is the mark of these values; compared in constant time."""
    return hmac.compare_digest(stored, row_mac(kind, *parts))


def _key() -> bytes:
    given = getattr(settings, "ROW_MAC_KEY", "")
    return (given or hashlib.sha256(b"row mac " + settings.SECRET_KEY.encode()).hexdigest()).encode()
