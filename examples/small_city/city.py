"""A city in both of its roles: of treatment towards hospitals, of insurance towards the province."""

import json
import threading
import time
from collections import defaultdict

import requests
from gateway import signature
from money import CLASSES, FUNDS, NOTHING, counted, fen, shares, yuan
from stays import STAYS, Stay, Stays
from words import PASSING, REFUSALS, Refused, dumped, now, parsed, plain, today


class City(Stays):
    """Answers requests: of a hospital in the role of treatment, of the province in that of insurance."""

    def __init__(self, code, registry, catalogue, *, upstream, wait):
        self.code, self.province, self.registry, self.catalogue = code, f"{code[:2]}0000", registry, catalogue
        self.upstream, self.wait = upstream, wait
        self.people, self.filings, self.years = {}, defaultdict(list), defaultdict(lambda: dict(NOTHING))
        self.treated, self.insured = {}, {}  # stays by number, and those insured here first by the msgid of 2401
        self.answers, self.void, self.undone, self.signed = {}, set(), set(), {}
        self.locks, self.guard, self.numbers = defaultdict(threading.RLock), threading.Lock(), defaultdict(int)

    # -- any request --------------------------------------------------------------------------------------------------

    def handle(self, caller, asked):
        """Return the reply to a request; the same message again gets the same answer."""
        with self.guard:
            lock = self.locks[_whose(asked)]
        with lock:
            msgid, body = asked["msgid"], _canonical(asked)
            try:
                known = self.answers.get(msgid)
                if known is not None and known[0] != body:
                    raise Refused("msgid_reused")
                if msgid in self.void:
                    raise Refused("reversed")
                if known is not None:
                    return known[1]
                output = self._decided(caller, asked)
                reply = output if "infcode" in output else self.head(0, "") | ({"output": output} if output else {})
            except Refused as refusal:
                code, words = REFUSALS[str(refusal)]
                if str(refusal) in {"msgid_reused", "reversed", "not_yours"}:
                    return self.head(code, words)
                reply = self.head(code, words)
            if reply["infcode"] not in PASSING:
                self.answers[msgid] = (body, reply)
            return reply

    def _decided(self, caller, asked):
        infno, here = asked["infno"], asked["insuplc_admdvs"] in self.registry.areas
        if caller == "P" + self.province:
            if not here:
                raise Refused("not_for_this_platform")
            return self._insure(asked, self.insured)
        if caller != asked["fixmedins_code"]:
            raise Refused("not_yours")
        if self.registry.city.get(asked["fixmedins_code"]) != self.code:
            raise Refused("unknown_institution")
        if infno == "9001":
            return self._sign_in(asked)
        if self.signed.get(asked.get("sign_no")) != (caller, today()):
            raise Refused("not_signed_in")
        return self._treat(asked, here)

    def _sign_in(self, asked):
        number = self._number("Q")
        self.signed[number] = (asked["fixmedins_code"], today())
        return {"signinoutb": {"sign_time": f"{now():%Y-%m-%d %H:%M:%S}", "sign_no": number}}

    def head(self, code, words):
        """Return the head of a reply."""
        at = f"{now():%Y%m%d%H%M%S%f}"[:17]
        with self.guard:
            self.numbers[""] += 1
        reference = f"{self.code}{at[:14]}{self.numbers['']:010d}"
        return {
            "infcode": code,
            "inf_refmsgid": reference,
            "refmsg_time": at,
            "respond_time": at,
            "err_msg": words,
        }

    def _number(self, kind):
        with self.guard:
            self.numbers[kind] += 1
            return f"{kind}{self.code}{now():%y%m%d}{self.numbers[kind]:07d}"

    # -- the role of treatment ----------------------------------------------------------------------------------------

    def _treat(self, asked, here):
        """Do what the city of treatment does before and after the place of insurance has its say."""
        infno, stay, added, sent = asked["infno"], None, {}, asked
        if infno in STAYS:
            stay = self._stay(self.treated, asked)
            if stay.open and stay.open != asked["msgid"]:
                raise Refused("busy")
            self._allowed(stay, asked)
            added = self._priced(stay, asked) if infno == "2301" else {}
            sent = self._with_totals(stay, asked) if infno in {"2303", "2304"} else asked
        elif infno == "2601":
            if asked["input"]["data"]["omsgid"] in self.undone:
                return {}
            stay = self._reversible(self.treated, asked)
        elif infno not in {"1101", "2401", "5203", "5206"}:
            raise Refused("unknown_transaction")
        if here:
            return self._heard(stay, sent, self._insure(sent, self.insured), added)
        reply = self._forwarded(sent)
        if stay is not None and reply["infcode"] in {-191, 0}:
            stay.open = asked["msgid"] if reply["infcode"] else ""
        return reply if reply["infcode"] else self._heard(stay, sent, reply.get("output", {}), added)

    def _heard(self, stay, asked, output, added):
        """Go on after the place of insurance has agreed; return what the hospital is told."""
        infno = asked["infno"]
        if infno == "2401":
            return {"result": {"mdtrt_id": self._opened(asked)}}
        if stay is not None:
            self._moved(stay, asked, output, added)
        if infno == "2601":
            self.undone.add(asked["input"]["data"]["omsgid"])
            self.void.add(asked["input"]["data"]["omsgid"])
        return {"result": [row for row, _ in added.values()]} if infno == "2301" else output

    def _opened(self, asked):
        stay = Stay(asked["msgid"], asked["input"]["mdtrtinfo"], asked)
        stay.number = self._number("S")
        self.treated[stay.number] = stay
        known = self.insured.pop(asked["msgid"], None)
        if known is not None:  # insured here, too
            known.number = stay.number
            self.insured[stay.number] = known
        return stay.number

    def _forwarded(self, asked):
        """Pass a request on to the province as it is, under its msgid, until there is an answer or no time left."""
        body = {**asked, "sender_admdvs": self.code}
        address, text = f"{self.upstream['url']}/{asked['infno']}", dumped(body)
        end, pause, sent = time.monotonic() + self.wait, 0.05, False
        while (left := end - time.monotonic()) > 0:
            try:
                reply = requests.post(address, text, headers=signature(self.upstream, asked["infno"]), timeout=left)
                if reply.ok:
                    told = parsed(reply.content)
                    about = {name: told[name] for name in ("infcode", "err_msg", "output") if name in told}
                    return self.head(0, "") | about
            except (requests.ConnectionError, ValueError) as problem:
                if not sent and "refused" in str(problem):
                    return self.head(*REFUSALS["upstream_down"])
            except requests.RequestException:
                pass
            sent = True
            time.sleep(max(0, min(pause, end - time.monotonic())))
            pause *= 2
        return self.head(*REFUSALS["outcome_unknown"])

    def _with_totals(self, stay, asked):
        """Return a bill with the four class totals, once it is the sum of its lines."""
        classes, data = stay.classes(), asked["input"]["data"]
        if fen(data["medfee_sumamt"]) != sum(classes):
            raise Refused("bill_differs")
        totals = {name: yuan(amount) for name, amount in zip(CLASSES, classes, strict=True)}
        return {**asked, "input": {"data": {**data, **totals}}}

    # -- the role of insurance ----------------------------------------------------------------------------------------

    def _insure(self, asked, stays):
        infno = asked["infno"]
        if infno == "1101":
            return self._who(asked["input"]["data"])
        if infno == "5206":
            return self._accumulators(self._person(asked["input"]["data"]["psn_no"]))
        if infno == "5203":
            return self._told_again(asked["input"]["data"])
        if infno == "2401":
            return self._admit(asked)
        if infno == "2601":
            stay = self._reversible(stays, asked)
            if stay is not None:
                self._undo(stay, asked["input"]["data"])
            self.void.add(asked["input"]["data"]["omsgid"])
            return {}
        if infno not in STAYS:
            raise Refused("unknown_transaction")
        stay = self._stay(stays, asked)
        self._allowed(stay, asked)
        added, output = {}, {}
        if infno == "2301":
            added = self._priced(stay, asked)
            output = {"result": [row for row, _ in added.values()]}
        elif infno in {"2303", "2304"}:
            output = self._settle(stay, asked)
        elif infno == "2305":
            output = self._cancel(stay, asked)
        self._moved(stay, asked, output, added)
        return output

    def _person(self, psn_no):
        person = self.people.get(psn_no)
        if person is None:
            raise Refused("unknown_person")
        return person

    def _who(self, data):
        person = next((each for each in self.people.values() if each["certno"] == data.get("certno")), None)
        if person is None or data.get("psn_name") not in {None, "", person["name"]}:
            raise Refused("unknown_person")
        insured = {
            "balc": yuan(person["balance"]),
            "insutype": person["insutype"],
            "psn_type": person["psn_type"],
            "psn_insu_stas": "1",
            "cvlserv_flag": _civil(person),
            "insuplc_admdvs": person["insured_area"],
        }
        about = {
            name: value for name, value in _about(person).items() if name in {"psn_no", "certno", "psn_name", "gend"}
        }
        about |= {"psn_cert_type": "01", "brdy": person["born"], "age": _age(person)}
        return {"baseinfo": about, "insuinfo": [insured], "idetinfo": []}

    def _admit(self, asked):
        info = asked["input"]["mdtrtinfo"]
        person = self._person(info["psn_no"])
        if person["insutype"] != info["insutype"]:
            raise Refused("wrong_insutype")
        if info["med_type"] != "21":
            raise Refused("wrong_med_type")
        self.insured[asked["msgid"]] = Stay(asked["msgid"], info, asked)
        return {"result": {"mdtrt_id": asked["msgid"]}}  # the number is given by the place of treatment, afterwards

    def _filing(self, stay):
        """Return the type of the filing that counts, "" where there is none, "home" where none is needed."""
        city = self.registry.city[stay.hospital]
        if city == self.code:
            return "home"
        places = {city, self.province, self.registry.area[stay.hospital], stay.hospital}
        last = stay.ended or today()
        found = [
            each["filing_type"]
            for each in self.filings[stay.psn_no]
            if each["target"] in places and each["begin"] <= last and (not each["end"] or stay.begins <= each["end"])
        ]
        order = ("retired_resettlement", "long_term_residence", "long_term_work", "emergency", "referral")
        return min(found, key=lambda kind: order.index(kind) if kind in order else len(order), default="")

    def _settle(self, stay, asked):
        data, person = asked["input"]["data"], self._person(stay.psn_no)
        classes = stay.classes()
        if fen(data["medfee_sumamt"]) != sum(classes):
            raise Refused("bill_differs")
        if any(name in data and fen(data[name]) != amount for name, amount in zip(CLASSES, classes, strict=True)):
            raise Refused("class_totals_differ")
        year, level = self.years[stay.psn_no], self.registry.level[stay.hospital]
        account = data.get("acct_used_flag") == "1"
        paid, ratio = shares(person, year, classes, level=level, filing=self._filing(stay), account=account)
        left = person["balance"] - paid["acct_pay"]
        info = _about(person) | {
            "mdtrt_id": stay.number,
            "insutype": stay.insutype,
            "psn_type": person["psn_type"],
            "cvlserv_flag": _civil(person),
            "setl_time": f"{now():%Y-%m-%d %H:%M:%S}",
            "med_type": "21",
            "pool_prop_selfpay": ratio,
            "medins_setl_id": asked["msgid"],
            "clr_optins": self.code,
            "clr_type": "21",
        }
        rows = [
            (kinds[stay.insutype], paid[name]) for name, kinds in FUNDS.items() if paid[name] and stay.insutype in kinds
        ]
        if asked["infno"] == "2304":
            stay.info, stay.paid, stay.rows, stay.balance = info, paid, rows, left
            info["setl_id"] = self._number("A")
            self._count(stay, 1)
        return _told(info, paid, rows, left)

    def _told_again(self, data):
        """5203: return a settlement that stands, by its number."""
        stay = next((each for each in self.insured.values() if each.setl_id == data["setl_id"]), None)
        if stay is None or stay.state != "settled" or stay.psn_no != data["psn_no"]:
            raise Refused("unknown_settlement")
        told = _told(stay.info, stay.paid, stay.rows, stay.balance)
        info = told["setlinfo"]
        info |= {"psn_pay": info.pop("psn_part_amt"), "cash_payamt": info.pop("psn_cash_pay")}
        info |= {
            "pay_loc": "2" if self.registry.city[stay.hospital] == self.code else "3",
            "fixmedins_code": stay.hospital,
            "fixmedins_name": self.registry.name[stay.hospital],
            "begndate": stay.begins,
            "enddate": info["setl_time"][:10],
            "refd_setl_flag": "0",
            "year": info["setl_time"][:4],
        }
        del info["hosp_part_amt"]
        return told

    def _count(self, stay, sign):
        person = self.people[stay.psn_no]
        self.years[stay.psn_no] = counted(self.years[stay.psn_no], stay.paid, sign)
        person["balance"] -= sign * stay.paid["acct_pay"]

    def _cancel(self, stay, asked):
        if asked["input"]["data"]["setl_id"] != stay.info.get("setl_id"):
            raise Refused("unknown_settlement")
        self._count(stay, -1)
        info = stay.info | {"setl_id": self._number("A"), "setl_time": f"{now():%Y-%m-%d %H:%M:%S}"}
        paid = {name: -amount for name, amount in stay.paid.items()}
        output = _told(info, paid, [(kind, -amount) for kind, amount in stay.rows], self.people[stay.psn_no]["balance"])
        return {**output, "setlinfo": [output["setlinfo"]]}

    def _undo(self, stay, data):
        """Take back what a message that is reversed has done to the money."""
        if data["oinfno"] == "2304":
            self._count(stay, -1)
        elif data["oinfno"] == "2305":
            self._count(stay, 1)
        self._back(stay, data["oinfno"])

    def _accumulators(self, person):
        year = self.years[person["psn_no"]]
        sums = {name: year[name] for name in ("hifp_pay", "burden", "hifmi_pay", "hifob_pay", "maf_pay")}
        sums |= {"otp_dedc": 0, "otp_hifp": 0, "opsp_hifp": 0}
        at = {"insutype": person["insutype"], "year": f"{now():%Y}", "cum_ym": f"{now():%Y%m}"}
        return {"cuminfo": [{**at, "cum_type_code": name, "cum": yuan(amount)} for name, amount in sums.items()]}


def _canonical(asked):
    """Return what a message says, whenever it was sent: the transaction and its input."""
    return json.dumps([asked["infno"], plain(asked["input"])], sort_keys=True)


def _whose(asked):
    first = next(iter(asked["input"].values()), {})
    first = first[0] if isinstance(first, list) else first
    return first.get("psn_no") or first.get("certno") or asked["fixmedins_code"]


def _about(person):
    return {
        "psn_no": person["psn_no"],
        "psn_name": person["name"],
        "psn_cert_type": "01",
        "certno": person["certno"],
        "gend": person["gender"],
    }


def _civil(person):
    return "1" if "civil_servant" in person["identities"] else "0"


def _age(person):
    return int(f"{now():%Y%m%d}") // 10_000 - int(person["born"][:4]) - (f"{now():%m-%d}" < person["born"][5:])


def _told(info, paid, rows, balance):
    """Return a settlement as 2303, 2304 and 2305 tell it; amounts become yuan."""
    amounts = {name: yuan(amount) for name, amount in paid.items()}
    detail = [
        {
            "fund_pay_type": kind,
            "inscp_scp_amt": amounts["inscp_scp_amt"],
            "crt_payb_lmt_amt": 0,
            "fund_payamt": yuan(amount),
        }
        for kind, amount in rows
    ]
    return {"setlinfo": {**info, **amounts, "balc": yuan(balance)}, "setldetail": detail}
