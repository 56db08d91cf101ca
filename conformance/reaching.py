"""Is an address there, and is who answers at it the one we mean?"""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from urllib.parse import urlsplit

from simulator.sandbox.clock import machine

FOUND, INCONCLUSIVE = 1, 3
_TLS_PORT, _HTTP_PORT = 443, 80
_DAYS_LEFT = 30  # of a certificate, below which it is told


class Ill(Exception):
    """A check that fails: what was seen and the cure in both languages; ``code`` is the exit code it means."""

    def __init__(self, zh: str, en: str, cure_zh: str, cure_en: str, code: int = FOUND) -> None:
        super().__init__(en)
        self.said, self.code = (zh, en, cure_zh, cure_en), code


def reached(url: str, ca: str) -> str:
    """Try an address; return the day its certificate ends on where that is soon. Raises Ill.

    ``ca`` is a file of certificates to trust instead of the machine's, empty for none.
    """
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    at = (parts.hostname or "", parts.port or (_TLS_PORT if tls else _HTTP_PORT))
    try:
        with socket.create_connection(at, timeout=3) as plain:
            if not tls:
                return ""
            context = ssl.create_default_context(cafile=ca or None)
            with context.wrap_socket(plain, server_hostname=at[0]) as secured:
                ends = ssl.cert_time_to_seconds(str((secured.getpeercert() or {})["notAfter"]))
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or str(error)
        raise Ill(
            f"{url} 的证书不受信任（{reason}）",
            f"the certificate of {url} is not trusted ({reason})",
            "在 [target] 的 ca 中写明签发它的证书，或改正地址中的主机名",
            "name the certificate of its issuer as ca in [target], or correct the host name",
            INCONCLUSIVE,
        ) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise Ill(
            f"{url} 无法连接（{reason}）",
            f"{url} cannot be reached ({reason})",
            "启动被测系统，或改正 [target] 中的地址；检查防火墙",
            "start the system under test, or correct the address in [target]; mind firewalls",
            INCONCLUSIVE,
        ) from None
    day = dt.datetime.fromtimestamp(ends, dt.UTC).date()
    return str(day) if day - machine().date() < dt.timedelta(days=_DAYS_LEFT) else ""
