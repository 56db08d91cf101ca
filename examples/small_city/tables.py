"""What a city looks up: the items of the catalogue, and the hospitals of the province. Both are exported by yidi."""

import csv
import json
from decimal import Decimal

from money import fen, share, yuan


class Catalogue:
    """The items of the province by code and day."""

    def __init__(self, path):
        self.items = {}
        with path.open(encoding="utf-8-sig", newline="") as rows:
            for row in csv.DictReader(rows):
                self.items.setdefault(row["code"], []).append(row)

    def priced(self, line, level):
        """Return the row of 2301's answer for a line and its classes in fen; raises LookupError."""
        day = line["fee_ocur_time"][:10]
        item = next(
            each
            for each in self.items[line["med_list_codg"]]
            if each["from"] <= day and (not each["to"] or day <= each["to"])
        )
        count, price, amount = Decimal(line["cnt"]), Decimal(line["pric"]), fen(line["det_item_fee_sumamt"])
        cap = Decimal((level != "tertiary" and item[f"cap_{level}"]) or item["cap"] or 0)
        first = Decimal(item["first_share"] or 0) if item["level"] == "02" else Decimal(item["level"] == "03")
        own = over = before = 0
        if item["level"] == "03":
            own = amount
        else:
            over = amount - fen(cap * count) if cap and price > cap else 0
            before = share(amount - over, first)
        within = amount - own - over - before
        row = {
            "feedetl_sn": str(line["feedetl_sn"]),
            "det_item_fee_sumamt": yuan(amount),
            "cnt": line["cnt"],
            "pric": line["pric"],
            "pric_uplmt_amt": cap,
            "selfpay_prop": first,
            "fulamt_ownpay_amt": yuan(own),
            "overlmt_amt": yuan(over),
            "preselfpay_amt": yuan(before),
            "inscp_scp_amt": yuan(within),
            "chrgitm_lv": item["level"],
            "med_chrgitm_type": item["charge_type"],
            "lmt_used_flag": "0",
        }
        return row, (own, over, before, within)


class Registry:
    """Where each hospital is and of what level; `areas` are the codes that mean this city."""

    def __init__(self, path, code):
        self.city, self.area, self.level, self.name, self.areas = {}, {}, {}, {}, {code}
        with path.open(encoding="utf-8") as rows:
            for row in map(json.loads, rows):
                number = row["fixmedins_code"]
                self.city[number], self.area[number] = row["city"], row["admdvs"]
                self.level[number], self.name[number] = row["hosp_lv"], row["fixmedins_name"]
                if row["city"] == code:
                    self.areas.add(row["admdvs"])

    def own(self, code):
        """Return the numbers of a city's own hospitals."""
        return [number for number, city in self.city.items() if city == code]
