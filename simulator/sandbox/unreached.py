"""Said nothing was sent to a platform elsewhere: said to whoever asked, and with the cure to whoever reads the log."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.sandbox.wrong import Said

_EXPIRED = Said("证书不在有效期内", "its certificate is not valid at this time: have it renewed, or set the clock")
_OTHER_NAME = Said(
    "证书不是为该地址签发的",
    "its certificate is for another name: call it by a name that stands in the certificate",
)
_STRANGER = Said(
    "证书不是由所信任的机构签发，请以ca指明该机构",
    "its certificate is of an authority that is not trusted here: name that authority's file as ca in --parties",
)
_BY_VERIFY_CODE: Mapping[int, Said] = {9: _EXPIRED, 10: _EXPIRED, 62: _OTHER_NAME, 64: _OTHER_NAME}  # X509_V_ERR_…
_BY_KIND: Mapping[str, Said] = {
    "ClientConnectorError": Said("无法连接", "nobody listens there: start it, or correct its address"),
    "ClientConnectorDNSError": Said("域名无法解析", "there is no such host: correct its address"),
    "ConnectionTimeoutError": Said("连接超时", "it did not take the connection in time"),
    "ClientConnectorSSLError": Said(
        "TLS不成", "TLS could not be agreed upon: is it https at that port, in version 1.2 or newer?"
    ),
}


def why_not_sent(problem: Exception) -> Said:
    """Return why a connection was not made, by what aiohttp raises: for an ``err_msg``, and for the log."""
    certificate = getattr(problem, "certificate_error", None)
    if certificate is not None:
        return _BY_VERIFY_CODE.get(getattr(certificate, "verify_code", 0), _STRANGER)
    name = type(problem).__name__
    return _BY_KIND.get(name, Said(name, name))
