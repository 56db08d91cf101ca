"""The life of a stay, as either role of a city keeps it: what may be done when, and what comes of it."""

from decimal import Decimal

from money import fen
from words import Refused

STAYS = {"2301", "2302", "2303", "2304", "2305", "2402", "2404", "2405"}
FROM = {  # the states in which a step is allowed
    "2301": "admitted",
    "2302": "admitted",
    "2404": "admitted",
    "2402": "admitted",
    "2405": "discharged",
    "2303": "discharged",
    "2304": "discharged",
    "2305": "settled",
}


class Stay:
    """A stay, as either role keeps it."""

    def __init__(self, opened, info, head):
        self.opened, self.number = opened, ""  # the msgid of 2401, and the number once it is known
        self.psn_no, self.insutype, self.begins = info["psn_no"], info["insutype"], info["begntime"][:10]
        self.hospital, self.area = head["fixmedins_code"], head["insuplc_admdvs"]
        self.state, self.lines, self.open = "admitted", {}, ""  # `open`: the msgid whose outcome is unknown
        self.ended = self.setl_id = self.settled_by = self.cancelled_by = ""
        self.info, self.paid, self.rows, self.balance = {}, {}, [], 0

    def classes(self):
        """Return the four class totals of its lines."""
        return tuple(sum(each[1][place] for each in self.lines.values()) for place in range(4))


class Stays:
    """What both roles ask and do of stays; `insured` and `treated` are those by number."""

    void = catalogue = registry = insured = None

    def _stay(self, stays, asked):
        """Return the stay of a request; where its number is new here, the admitted one of this person that has none."""
        data = next(iter(asked["input"].values()))
        first = data[0] if isinstance(data, list) else data
        number, psn_no = first["mdtrt_id"], first["psn_no"]
        stay = stays.get(number)
        if stay is None and stays is self.insured:
            waiting = [
                each
                for each in stays.values()
                if not each.number and each.psn_no == psn_no and each.hospital == asked["fixmedins_code"]
            ]
            if waiting:
                stay = waiting[-1]
                stays[number] = stays.pop(stay.opened)
                stay.number = number
        if stay is None or stay.hospital != asked["fixmedins_code"]:
            raise Refused("unknown_visit")
        if stay.psn_no != psn_no:
            raise Refused("other_person")
        return stay

    def _allowed(self, stay, asked):
        infno = asked["infno"]
        if stay.state != FROM[infno]:
            raise Refused("not_allowed_now")
        if infno == "2404" and stay.lines:
            raise Refused("lines_left")
        if infno == "2305" and asked["input"]["data"]["setl_id"] != stay.setl_id:
            raise Refused("unknown_settlement")
        if infno == "2302":
            for row in asked["input"]["data"]:
                if row["feedetl_sn"] != "0000" and row["feedetl_sn"] not in stay.lines:
                    raise Refused("unknown_line")

    def _priced(self, stay, asked):
        added = {}
        for line in asked["input"]["feedetail"]:
            number = str(line["feedetl_sn"])
            if number in stay.lines or number in added:
                raise Refused("line_repeated")
            if fen(Decimal(line["cnt"]) * Decimal(line["pric"])) != fen(line["det_item_fee_sumamt"]):
                raise Refused("line_amount")
            try:
                added[number] = self.catalogue.priced(line, self.registry.level[stay.hospital])
            except (LookupError, StopIteration):
                raise Refused("item_unmapped") from None
        return added

    def _moved(self, stay, asked, output, added):
        """Go on to the state after a step that succeeded."""
        infno = asked["infno"]
        stay.lines.update(added)
        if infno == "2302":
            named = {row["feedetl_sn"] for row in asked["input"]["data"]}
            stay.lines = {} if "0000" in named else {sn: row for sn, row in stay.lines.items() if sn not in named}
        elif infno == "2402":
            stay.state, stay.ended = "discharged", asked["input"]["dscginfo"]["endtime"][:10]
        elif infno == "2404":
            stay.state = "withdrawn"
        elif infno == "2405":
            stay.state, stay.ended = "admitted", ""
        elif infno == "2304":
            stay.state, stay.settled_by = "settled", asked["msgid"]
            stay.setl_id = output["setlinfo"]["setl_id"]
        elif infno == "2305":
            stay.state, stay.cancelled_by = "discharged", asked["msgid"]
            self.void.add(stay.settled_by)
        elif infno == "2601":
            self._back(stay, asked["input"]["data"]["oinfno"])

    def _back(self, stay, infno):
        stay.open = ""
        if infno == "2401":
            stay.state = "withdrawn"
        elif infno == "2304":
            stay.state, stay.settled_by = "discharged", ""
        elif infno == "2305":
            stay.state, stay.cancelled_by = "settled", ""
            self.void.discard(stay.settled_by)

    def _reversible(self, stays, asked):
        """Return the stay that a message to be reversed has moved, None where it never came; raises Refused."""
        data = asked["input"]["data"]
        omsgid, oinfno = data["omsgid"], data["oinfno"]
        if oinfno not in {"2401", "2304", "2305"}:
            raise Refused("not_reversible")
        for stay in stays.values():
            moved = {"2401": stay.opened, "2304": stay.settled_by, "2305": stay.cancelled_by}[oinfno]
            if stay.open == omsgid:
                return stay
            if moved == omsgid and omsgid not in self.void:
                if (oinfno == "2401" and (stay.lines or stay.state != "admitted")) or (
                    oinfno == "2304" and stay.state != "settled"
                ):
                    raise Refused("later_steps")
                if stay.psn_no != data["psn_no"]:
                    raise Refused("other_person")
                return stay
        return None
