"""Certificates of these tests' own making: authorities, and what they vouch for."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, NamedTuple

import pytest

_DAY = dt.timedelta(days=1)


class Issued(NamedTuple):
    """Files in PEM: a certificate, its key, and the authority whose certificate it is."""

    certificate: Path
    key: Path
    authority: Path


def issued(folder: Path, host: str = "localhost", *, days: int = 2) -> Issued:
    """Return a certificate for a host by an authority of its own, good from two days ago for ``days`` days from now."""
    pytest.importorskip("cryptography")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = dt.datetime.now(dt.UTC)
    pem, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8

    def made(name: str, key: Any, by: str, by_key: Any, *, ca: bool) -> Any:
        subject, issuer = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, each)]) for each in (name, by))
        begun = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        dated = begun.serial_number(x509.random_serial_number()).not_valid_before(now - 2 * _DAY)
        whole = dated.not_valid_after(now + days * _DAY).add_extension(
            x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True
        )
        if not ca:
            whole = whole.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        return whole.sign(by_key, hashes.SHA256())

    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = made("an authority", root_key, "an authority", root_key, ca=True)
    leaf = made(host, key, "an authority", root_key, ca=False)
    folder.mkdir(exist_ok=True)
    files = Issued(folder / "certificate.pem", folder / "key.pem", folder / "authority.pem")
    files.certificate.write_bytes(leaf.public_bytes(pem))
    files.key.write_bytes(key.private_bytes(pem, kind, serialization.NoEncryption()))
    files.authority.write_bytes(root.public_bytes(pem))
    return files
