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
    return _mark(_keys()[0], kind, *parts)


def is_authentic(stored: str, kind: str, *parts: object) -> bool:
    """Whether `stored` is the mark of these values, under the key of now or of before; compared in constant time."""
    return any([hmac.compare_digest(stored, _mark(key, kind, *parts)) for key in _keys()])


def _mark(key: bytes, *parts: object) -> str:
    texts = [str(part).encode() for part in parts]
    mac = HMAC(key, hashes.SM3())
    mac.update(b",".join(b"%d:%b" % (len(text), text) for text in texts))
    return f"{ALGORITHM}:{mac.finalize().hex()}"


def _keys() -> list[bytes]:
    """The key that marks now, then those of before a change (SECRET_KEY_FALLBACKS)."""
    given = getattr(settings, "ROW_MAC_KEY", "")
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    derived = [hashlib.sha256(b"row mac " + secret.encode()).hexdigest() for secret in secrets]
    return [key.encode() for key in ([given] if given else []) + derived]
