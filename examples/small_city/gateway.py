"""The signature x-tif: who calls, when, once. It does not sign the body."""

import hashlib
import hmac
import secrets
import threading
import time

SECONDS = 300  # that a time may be off


def signature(party, infno):
    """Return the headers that sign a call."""
    at, nonce = f"{time.time():.0f}", secrets.token_hex(16)
    signed = {"paasid": party["key"], "timestamp": at, "nonce": nonce, "signature": _sum(at, party["secret"], nonce)}
    return {
        "content-type": "application/json;charset=utf-8",
        **{f"x-tif-{name}": each for name, each in signed.items()},
    }


def _sum(at, secret, nonce):
    return hashlib.sha256(f"{at}{secret}{nonce}{at}".encode()).hexdigest()


class Gateway:
    """Knows the keys of who may call; they follow from one secret."""

    def __init__(self, secret, parties):
        self._secret, self._parties = secret, parties
        self._seen, self._lock = {}, threading.Lock()

    def secret(self, key):
        """Return the secret of a party."""
        return hashlib.sha256(f"{self._secret}{key}".encode()).hexdigest()[:32]

    def caller(self, headers):
        """Return who calls, None where the call is not signed as it must be, or not for the first time."""
        names = ("paasid", "timestamp", "nonce", "signature")
        key, at, nonce, sign = (headers.get(f"x-tif-{name}", "") for name in names)
        if key not in self._parties or not at.isdigit() or abs(time.time() - int(at)) > SECONDS or not nonce:
            return None
        if not hmac.compare_digest(_sum(at, self.secret(key), nonce).encode(), sign.encode()):
            return None
        with self._lock:
            self._seen = {known: when for known, when in self._seen.items() if time.time() - when < 2 * SECONDS}
            if (key, nonce) in self._seen:
                return None
            self._seen[key, nonce] = time.time()
        return key

    def toml(self, own, city, province):
        """Return the keys as the file of parties that yidi reads."""
        rows = [("city", city, own), ("province", province, f"P{province}")]
        rows += [("hospital", key, key) for key in self._parties if not key.startswith("P")]
        return "\n".join(
            f'[[party]]\nrole = "{role}"\ncode = "{code}"\nkey_id = "{key}"\nsecret = "{self.secret(key)}"\n'
            for role, code, key in rows
        )
