"""Gateway signatures as real clients make them: pluggable schemes that sign and verify the headers of a call.

``x-tif`` signs time and nonce with SHA-256; ``api-hmac`` signs its own headers with HMAC-SHA1 and has no nonce;
``none`` signs nothing. None of them signs the body. The time is Unix time, given by whoever calls.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

X_TIF, API_HMAC, NONE = "x-tif", "api-hmac", "none"

_MILLISECONDS = 1000
_NONCE_CHARACTERS = 32


class Signed(NamedTuple):
    """What the headers of a call claim: who, when (Unix seconds), with which nonce (empty for none) and signature."""

    key_id: str
    at: float
    nonce: str
    signature: str
    signed: str  # the text that was signed, without the secret


class Scheme(NamedTuple):
    """One way to sign.

    ``read`` makes :class:`Signed` of lower-case headers (None where one is missing or malformed), ``make`` the
    signature of (signed, secret), ``write`` the headers of (key id, infno, Unix seconds, nonce, secret). ``window`` is
    how many seconds a time may be off either way.
    """

    name: str
    window: int
    read: Callable[[Mapping[str, str]], Signed | None]
    make: Callable[[Signed, str], str]
    write: Callable[[str, str, float, str, str], dict[str, str]]

    def headers(self, key_id: str, secret: str, infno: str, at: float, nonce: str) -> dict[str, str]:
        """Return the headers that sign a call; ``nonce`` is 32 characters, never used before by this key."""
        return self.write(key_id, infno, at, nonce, secret)

    def matches(self, signed: Signed, secret: str) -> bool:
        """Tell whether a signature was made with a secret, in the same time whatever it is."""
        return hmac.compare_digest(self.make(signed, secret).encode(), signed.signature.encode())

    def in_time(self, signed: Signed, now: float) -> bool:
        """Tell whether the time of a call lies in the window."""
        return abs(now - signed.at) <= self.window


def _read_x_tif(headers: Mapping[str, str]) -> Signed | None:
    key_id, at, nonce = (headers.get(f"x-tif-{name}", "") for name in ("paasid", "timestamp", "nonce"))
    signature = headers.get("x-tif-signature", "")
    whole = key_id and signature and len(nonce) == _NONCE_CHARACTERS and _is_time(at, 10)
    return Signed(key_id, int(at), nonce, signature.lower(), f"{at}:{nonce}") if whole else None


def _make_x_tif(signed: Signed, secret: str) -> str:
    at, _, nonce = signed.signed.partition(":")
    return hashlib.sha256(f"{at}{secret}{nonce}{at}".encode()).hexdigest()


def _write_x_tif(key_id: str, infno: str, at: float, nonce: str, secret: str) -> dict[str, str]:
    signed = Signed(key_id, at, nonce, "", f"{int(at)}:{nonce}")
    return {
        "x-tif-paasid": key_id,
        "x-tif-timestamp": f"{int(at)}",
        "x-tif-nonce": nonce,
        "x-tif-signature": _make_x_tif(signed, secret),
    }


def _read_api_hmac(headers: Mapping[str, str]) -> Signed | None:
    names = ("access_key", "name", "timestamp", "version")
    values = {name: headers.get(f"_api_{name}", "") for name in names}
    signature = headers.get("_api_signature", "")
    if not (all(values.values()) and signature and _is_time(values["timestamp"], 13)):
        return None
    text = "&".join(f"_api_{name}={value}" for name, value in values.items())
    return Signed(values["access_key"], int(values["timestamp"]) / _MILLISECONDS, "", signature, text)


def _make_api_hmac(signed: Signed, secret: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), signed.signed.encode(), "sha1")).decode()


def _write_api_hmac(key_id: str, infno: str, at: float, nonce: str, secret: str) -> dict[str, str]:
    headers = {
        "_api_name": "rsfComIfsService",
        "_api_version": "1.0.0",
        "_api_timestamp": f"{int(at * _MILLISECONDS)}",
        "_api_access_key": key_id,
    }
    signed = _read_api_hmac({**headers, "_api_signature": "-"})
    assert signed is not None
    return {**headers, "_api_signature": _make_api_hmac(signed, secret)}


def _is_time(text: str, digits: int) -> bool:
    return len(text) == digits and text.isascii() and text.isdigit()


SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        X_TIF: Scheme(X_TIF, 300, _read_x_tif, _make_x_tif, _write_x_tif),
        API_HMAC: Scheme(API_HMAC, 1800, _read_api_hmac, _make_api_hmac, _write_api_hmac),
    }
)
