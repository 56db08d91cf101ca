"""The two gateways that stand before platforms, as clients in the field use them: headers, signatures, refusals.

Source: `gateway` in the field catalogue of the public sources (x-tif: clients in Guangdong, Hebei and Inner Mongolia;
_api_: the Hunan edition and a client in Jiangxi). The worked examples use invented keys and are computed here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

from schemas.values import Name

Json = dict[str, Any]

# What the _api_ gateway says when it refuses a call.
REFUSALS = ("缺少服务网关的请求头!", "签名时间戳超时!", "非法用户!", "签名不一致!")

X_TIF_FORMULA = "sha256_hex(timestamp + secret + nonce + timestamp)"
API_FORMULA = (
    'Base64(HmacSHA1(secret, "_api_access_key=…&_api_name=…&_api_timestamp=…&_api_version=…"))'  # in order of name
)

# The invented keys and calls of the worked examples.
SECRET = "invented-secret"
X_TIF_CALL = ("invented-party", "1773281700", "0123456789abcdefghijklmnopqrstuv")
API_CALL = ("invented-party", "rsfComIfsService", "1.0.0", "1773281700000")

# The headers that go with the one that names the caller: how each is written, and what it is.
HEADERS = {
    "x-tif-timestamp": ("^[0-9]{10}$", Name("Unix 时间，以秒计", "Unix time in seconds")),
    "x-tif-nonce": ("^.{32}$", Name("32个随机字符，不得重复使用", "32 random characters, never used twice")),
    "x-tif-signature": ("^[0-9a-fA-F]{64}$", Name(f"`{X_TIF_FORMULA}`", f"`{X_TIF_FORMULA}`")),
    "_api_name": ("^.+$", Name("所调用服务的名称", "name of the service that is called")),
    "_api_version": ("^.+$", Name("所调用服务的版本", "version of the service that is called")),
    "_api_timestamp": (
        "^[0-9]{13}$",
        Name("Unix 时间，以毫秒计，30分钟内有效", "Unix time in milliseconds, good for 30 minutes"),
    ),
    "_api_signature": ("^[0-9A-Za-z+/]{27}=$", Name(f"`{API_FORMULA}`", f"`{API_FORMULA}`")),
}


def sign_x_tif(secret: str, timestamp: str, nonce: str) -> str:
    """Return the signature of the x-tif gateway: SHA-256 of time, secret, nonce and time again, in hexadecimal."""
    return hashlib.sha256(f"{timestamp}{secret}{nonce}{timestamp}".encode()).hexdigest()


def sign_api(secret: str, access_key: str, name: str, version: str, timestamp: str) -> str:
    """Return the signature of the _api_ gateway: HMAC-SHA1 of the four headers in order of name, in Base64."""
    signed = f"_api_access_key={access_key}&_api_name={name}&_api_timestamp={timestamp}&_api_version={version}"
    return base64.b64encode(hmac.digest(secret.encode(), signed.encode(), "sha1")).decode()


def alternatives() -> list[Json]:
    """Return the security requirements of which one is enough; the last is none, for tests on the loopback address."""
    return [{"x_tif": []}, {"_api_": []}, {}]


def schemes() -> Json:
    """Return the security schemes: each is the header that names the caller; the other headers are parameters."""
    x_tif = Name("`x-tif` 网关：调用方账号", "Gateway `x-tif`: the account of the caller")
    api = Name("`_api_` 网关：调用方的 access key", "Gateway `_api_`: the access key of the caller")
    return {
        "x_tif": _scheme(x_tif, _x_tif_headers(), X_TIF_FORMULA),
        "_api_": _scheme(api, _api_headers(), API_FORMULA),
    }


def parameters() -> Json:
    """Return the headers that go with the one of the security scheme, by component name."""
    examples = {**_x_tif_headers(), **_api_headers()}
    return {name: _parameter(name, pattern, meaning, examples[name]) for name, (pattern, meaning) in HEADERS.items()}


def refusal() -> Json:
    """Return the response of a gateway that lets a call not through."""
    return {
        "description": (
            "The gateway refuses the call: headers are missing, the time is off, the caller is unknown or the "
            "signature is wrong. The platform has not seen the message. The texts are those of the `_api_` gateway; "
            "for `x-tif` none are published.\n\n"
            "网关拒绝：缺少请求头、时间戳超时、用户非法或签名不一致。平台未收到报文。"
            "文本为 `_api_` 网关所公布；`x-tif` 未见公布。"
        ),
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/gateway.refusal"},
                "examples": {f"text{number}": _example(text) for number, text in enumerate(REFUSALS, 1)},
            }
        },
    }


def schemas() -> Json:
    """Return the schemas that belong to the transport and not to the messages."""
    return {
        "gateway.refusal": {
            "title": "网关拒绝",
            "description": "refusal of the gateway",
            "type": "object",
            "properties": {
                "code": {"title": "状态码", "description": "status, as in the reply itself", "type": "integer"},
                "message": {"title": "原因", "description": "reason", "type": "string"},
            },
            "required": ["code", "message"],
        },
        "json_text": {
            "title": "JSON 文本",
            "description": "the text of the same JSON message in UTF-8, as some gateways want it labelled",
            "type": "string",
            "contentMediaType": "application/json",
        },
    }


def _scheme(caller: Name, headers: dict[str, str], formula: str) -> Json:
    first, *others = headers
    return {
        "type": "apiKey",
        "in": "header",
        "name": first,
        "description": (
            f"{caller.en}. It goes with {_listed(others, ', ')}; signature = `{formula}`\n\n"
            f"{caller.zh}。须同时发送 {_listed(others, '、')}；签名 = `{formula}`"
        ),
        "x-yidi-headers": list(headers),
        "x-yidi-example": {"secret": SECRET, "headers": headers},
    }


def _parameter(name: str, pattern: str, meaning: Name, example: str) -> Json:
    family = "x-tif" if name.startswith("x-tif") else "_api_"
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": f"Only with the `{family}` gateway: {meaning.en} 仅用于 `{family}` 网关：{meaning.zh}",
        "schema": {"type": "string", "pattern": pattern},
        "example": example,
    }


def _x_tif_headers() -> dict[str, str]:
    party, timestamp, nonce = X_TIF_CALL
    return {
        "x-tif-paasid": party,
        "x-tif-timestamp": timestamp,
        "x-tif-nonce": nonce,
        "x-tif-signature": sign_x_tif(SECRET, timestamp, nonce),
    }


def _api_headers() -> dict[str, str]:
    access_key, name, version, timestamp = API_CALL
    return {
        "_api_access_key": access_key,
        "_api_name": name,
        "_api_version": version,
        "_api_timestamp": timestamp,
        "_api_signature": sign_api(SECRET, access_key, name, version, timestamp),
    }


def _example(text: str) -> Json:
    return {"summary": text, "value": {"code": 401, "message": text}}


def _listed(names: list[str], comma: str) -> str:
    return comma.join(f"`{name}`" for name in names)
