"""Where the target is called and as whom, and the bytes of a request: its head made ahead, signed as it is sent.

The head of a (party, transaction) is the same for every call but for the signature and the length of the body.
"""

from __future__ import annotations

import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from simulator.inputs.errors import InputError
from simulator.inputs.gateways import SCHEMES

_SERVICE = "/callService"
_PORTS = {"http": 80, "https": 443}
_CURE = "write one such as http://127.0.0.1:8080"


class Address(NamedTuple):
    """The address of the target: ``base`` is the path before the number of a transaction, without a slash at its end.

    With ``one_entry`` every transaction is called at ``base`` itself. ``ca`` is a file of certificates to trust
    instead of the machine's.
    """

    scheme: str
    host: str
    port: int
    base: str = ""
    one_entry: bool = False
    ca: str = ""

    @staticmethod
    def of(url: str, *, ca: str = "") -> Address:
        """Return the address a URL names; one that ends in ``/callService`` is the one entry. Raises InputError."""
        try:
            parts = urlsplit(url)
            scheme, host, port = parts.scheme, parts.hostname or "", parts.port
        except ValueError:
            scheme, host, port = "", "", None
        if scheme not in _PORTS or not host or port == 0 or not url.isascii() or any(each.isspace() for each in url):
            raise InputError(url, "", "is no address that can be called over HTTP", _CURE)
        if parts.query or parts.fragment or parts.username is not None:
            raise InputError(url, "", "has more than a host, a port and a path", _CURE)
        if ca and not Path(ca).is_file():
            raise InputError(ca, "", "is to hold the certificates to trust, and there is no such file", "correct it")
        base = parts.path.rstrip("/")
        return Address(scheme, host, port or _PORTS[scheme], base, base.endswith(_SERVICE), ca)

    @property
    def authority(self) -> str:
        """Return the value of the header ``host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """Return the address as a URL."""
        return f"{self.scheme}://{self.authority}{self.base}"

    def path(self, infno: str) -> str:
        """Return the path a transaction is called at."""
        return self.base if self.one_entry else f"{self.base}/{infno}"

    def trusted(self) -> ssl.SSLContext | None:
        """Return what TLS trusts, None for plain HTTP; raises InputError for a file that holds no certificates."""
        if self.scheme == "http":
            return None
        try:
            return ssl.create_default_context(cafile=self.ca or None)
        except (ssl.SSLError, OSError) as problem:
            raise InputError(self.ca, "", f"holds no certificates that can be read: {problem}", "correct it") from None


class Credentials(NamedTuple):
    """What a party signs with: a scheme of ``simulator.inputs.gateways``, or none where it is empty or ``none``."""

    scheme: str
    key_id: str
    secret: str


class Heads:
    """Makes requests: one head for each party and transaction, kept; a signature for each request.

    A nonce is 16 characters of this object's own and a count, so no two of a key are the same.
    """

    def __init__(
        self,
        to: Address,
        parties: Mapping[str, Credentials],
        *,
        unix_time: Callable[[], float] = time.time,
        own: str = "",
    ) -> None:
        self._to, self._parties, self._unix_time = to, parties, unix_time
        self._own = own or secrets.token_hex(8)
        self._count = 0
        self._made: dict[tuple[str, str], tuple[bytes, Callable[[], bytes]]] = {}

    def request(self, party: str, infno: str, body: bytes) -> bytes:
        """Return the bytes of a request, signed now; raises KeyError for a party without credentials."""
        made = self._made.get((party, infno))
        if made is None:
            made = self._made[party, infno] = self._head(infno), self._signer(self._parties[party], infno)
        head, sign = made
        return b"%bcontent-length: %d\r\n%b\r\n%b" % (head, len(body), sign(), body)

    def _head(self, infno: str) -> bytes:
        lines = (
            f"POST {self._to.path(infno)} HTTP/1.1",
            f"host: {self._to.authority}",
            "content-type: application/json;charset=utf-8",
        )
        return "".join(f"{line}\r\n" for line in lines).encode("ascii")

    def _signer(self, party: Credentials, infno: str) -> Callable[[], bytes]:
        scheme = SCHEMES.get(party.scheme)
        if scheme is None:
            return bytes
        write, unix_time, own = scheme.write, self._unix_time, self._own

        def sign() -> bytes:
            self._count += 1
            made = write(party.key_id, infno, unix_time(), f"{own}{self._count:016x}", party.secret)
            return "".join([f"{name}: {value}\r\n" for name, value in made.items()]).encode("ascii")

        return sign
