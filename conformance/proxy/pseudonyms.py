"""Keyed pseudonyms that keep the format: the same value has the same pseudonym under a key, and none without it.

HMAC-SHA256 of the value chooses what stands instead of it. Nothing chosen can belong to a living person: identity
numbers get an area that never existed (99…), mobile numbers a prefix nobody has (10…), names a first character that is
no ordinary surname. What a judgement needs is kept: lengths, kinds of characters, the year of birth, the parity that
tells the sex, and whether the check character is right.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections.abc import Callable, Mapping

from simulator.inputs.people import check_digit

_NEVER_AN_AREA, _NEVER_A_MOBILE, _NEVER_A_TELEPHONE = "99", "10", "00"
_IDENTITY = re.compile(r"[0-9]{17}[0-9Xx]|[0-9]{15}")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_DAY = re.compile(r"([0-9]{4})([-/.]?)([0-9]{2})([-/.]?)([0-9]{2})(.*)", re.DOTALL)
_FIRST = "壹贰叁肆柒捌玖拾廿卅癸丑寅巳酉戌亥"
_REST = (
    "安柏宝彬冰波博昌朝晨成驰春丹德东端恩帆方飞芬枫峰凤福刚歌光桂国海涵航浩和荷恒宏华辉慧吉佳嘉坚建江杰洁金京晶景静君俊凯康珂可坤兰乐蕾理莉力立丽良亮林玲凌"
    "露茂梅美萌梦敏明铭楠宁培佩鹏平奇琪倩强青晴庆秋泉然仁荣蓉如瑞润若珊尚诗书舒硕松涛天恬婷伟文武希熙霞贤祥翔晓欣新鑫星兴秀旭轩雪雅妍岩艳阳瑶宜义艺毅英莹颖勇宇雨玉元远岳云泽哲珍真正志智中洲子紫宗"
)
_RARE = "𠮷𡈽𡶛𢊁𣑊𤆥𤭢𥒚𦍑𦫿𧊒𨈇𨋢𨳒𩙥𩶘𩷶𪊲𪚥𠀋"  # beyond the basic plane, as the name they stand for
_BASIC_PLANE = 0xFFFF


class Pseudonyms:
    """Pseudonyms under one key; ``key`` is 32 bytes that nobody else has."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._kinds: Mapping[str, Callable[[str], str]] = {
            "identity": self.identity,
            "name": self.name,
            "phone": self.phone,
            "number": self.number,
            "words": self.words,
            "born": self.born,
        }

    def of(self, kind: str, value: str) -> str:
        """Return the pseudonym of a value of a kind: identity, name, phone, number, words or born."""
        return self._kinds[kind](value) if value.strip() else value

    def digest(self, content: bytes) -> str:
        """Return what tells whether two contents are the same, to whoever has the key only."""
        return hmac.digest(self._key, b"content\0" + content, "sha256").hex()

    def identity(self, value: str) -> str:
        """Return the pseudonym of an identity document's number (证件号码): of 18 or 15 digits, or any other.

        The number of 15 digits and the one of 18 that the same person has since get the same area, day and sequence.
        """
        if not _IDENTITY.fullmatch(value):
            return self.number(value)
        body = value[:17] if len(value) == 18 else f"{value[:6]}19{value[6:]}"
        day = self._day(body[6:14])
        for more in range(1000):  # an x in the last place is right for one number in eleven
            draw = self._draw("identity", f"{body}{more or ''}")
            area = f"{_NEVER_AN_AREA}{draw.below(10_000):04d}"
            sequence = f"{2 * draw.below(500) + int(body[16]) % 2:03d}"
            if len(value) == 15:
                return area + day[2:] + sequence
            new = area + day + sequence
            right, was_right = check_digit(new), check_digit(body) == value[17].upper()
            if value[17] == "x" and was_right != (right == "X"):
                continue
            return new + _last(right, value[17], right=was_right, draw=draw)
        raise AssertionError("no number with this check character")

    def name(self, value: str) -> str:
        """Return the pseudonym of a name: as many characters, those beyond the basic plane again beyond it."""
        draw = self._draw("name", value)
        return "".join(_character(each, draw, first=not place) for place, each in enumerate(value))

    def phone(self, value: str) -> str:
        """Return the pseudonym of a telephone number: as long, with the same signs between the digits."""
        if _MOBILE.fullmatch(value):
            return f"{_NEVER_A_MOBILE}{self._draw('phone', value).below(10**9):09d}"
        new = iter(_NEVER_A_TELEPHONE + self.number("".join(each for each in value if each.isdigit()))[2:])
        return "".join(next(new, "0") if each.isdigit() else each for each in value)

    def number(self, value: str) -> str:
        """Return the pseudonym of a number: digits for digits, letters for letters; an identity number stays one."""
        if _IDENTITY.fullmatch(value) and _exists(value[6:14] if len(value) == 18 else f"19{value[6:12]}"):
            return self.identity(value)
        draw = self._draw("number", value)
        return "".join(_character(each, draw) for each in value)

    def words(self, value: str) -> str:
        """Return the pseudonym of an address or the like: as many characters of the same kinds."""
        draw = self._draw("words", value)
        return "".join(_character(each, draw) for each in value)

    def born(self, value: str) -> str:
        """Return the pseudonym of a date of birth: another day of the year, the one it has inside identity numbers."""
        found = _DAY.fullmatch(value)
        if found is None:
            return self.number(value)
        year, one, month, other, day, rest = found.groups()
        new = self._day(year + month + day)
        return f"{new[:4]}{one}{new[4:6]}{other}{new[6:]}{rest}"

    def _day(self, day: str) -> str:
        """Return another day of the same year; one that never was stays one that never was."""
        if not _exists(day):
            return f"{day[:4]}0231"
        first = dt.date(int(day[:4]), 1, 1)
        return f"{first + dt.timedelta(self._draw('day', day).below(365)):%Y%m%d}"

    def _draw(self, kind: str, value: str) -> _Draw:
        return _Draw(hmac.digest(self._key, f"{kind}\0{value}".encode("utf-8", "surrogatepass"), "sha256"))


class _Draw:
    """Draws numbers from a digest, for as long as one asks."""

    def __init__(self, seed: bytes) -> None:
        self._seed, self._left, self._turn = seed, int.from_bytes(seed), 0
        self._room = 1 << 256

    def below(self, most: int) -> int:
        if self._room < most << 64:  # what is left would no longer be even
            self._turn += 1
            self._left = int.from_bytes(hmac.digest(self._seed, self._turn.to_bytes(4), "sha256"))
            self._room = 1 << 256
        self._left, drawn = divmod(self._left, most)
        self._room //= most
        return drawn


def _exists(day: str) -> bool:
    try:
        dt.date(int(day[:4]), int(day[4:6]), int(day[6:8]))
    except ValueError:
        return False
    return day[:2] in {"18", "19", "20"}


def _last(right_one: str, was: str, *, right: bool, draw: _Draw) -> str:
    """Return the check character: right exactly if the one before was, a small x where it was small."""
    if right:
        return right_one.lower() if was == "x" else right_one
    if was in "xX":
        return was if right_one != "X" else "0"
    others = [each for each in "0123456789" if each != right_one]
    return others[draw.below(len(others))]


def _character(was: str, draw: _Draw, *, first: bool = False) -> str:
    if was.isascii():
        if was.isdigit():
            return str(draw.below(10))
        if was.isalpha():
            return chr(ord("a" if was.islower() else "A") + draw.below(26))
        return was
    if not was.isalpha():
        return was  # the dot inside a name, a bracket, a full-width sign
    pool = _RARE if ord(was) > _BASIC_PLANE else _FIRST if first else _REST
    chosen = pool[draw.below(len(pool))]
    return chosen if chosen != was else pool[(pool.index(chosen) + 1) % len(pool)]
