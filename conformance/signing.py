"""Ed25519 keys and signatures, in the one text each has: bytes in base64 that is written anew when it is read."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from simulator.inputs.errors import InputError
from simulator.inputs.toml import Source, check, read_toml


def read_key(path: Path) -> Ed25519PrivateKey:
    """Return the private key of a PEM file; raises InputError."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except OSError as problem:
        raise InputError(str(path), "", f"cannot be read ({problem.strerror})", "name a key file") from None
    except (ValueError, TypeError):
        raise InputError(str(path), "", "is no private key in PEM without a password", "name one") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise InputError(str(path), "", "is no Ed25519 key", "make one: openssl genpkey -algorithm ed25519")
    return key


def new_key() -> Ed25519PrivateKey:
    """Return a key of its own for one run."""
    return Ed25519PrivateKey.generate()


def public_text(key: Ed25519PrivateKey) -> str:
    """Return what signatures of a key are checked with."""
    return text_of(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def sign(key: Ed25519PrivateKey, content: bytes) -> str:
    """Return a signature."""
    return text_of(key.sign(content))


def is_signed(public: object, content: bytes, signature: object) -> bool:
    """Tell whether content is signed with a key; any text but the canonical one of key and signature is none."""
    key, signed = bytes_of(public), bytes_of(signature)
    if key is None or signed is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signed, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def text_of(content: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(content).decode()


def bytes_of(text: object) -> bytes | None:
    """Return the bytes of a text in base64, None for one that would be written otherwise."""
    if not isinstance(text, str):
        return None
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return content if text_of(content) == text else None


def read_trust(path: Path) -> dict[str, str]:
    """Return issuers by key from a file of those that are trusted; raises InputError."""
    data = read_toml(Source(path, str(path))).data
    check(data, "trust", str(path))
    for number, row in enumerate(data["issuer"], 1):
        key = bytes_of(row["key"])
        if key is None or len(key) != 32:
            raise InputError(str(path), f"issuer[{number}].key", "is no Ed25519 key in base64", "correct it")
    return {row["key"]: row["name"] for row in data["issuer"]}
