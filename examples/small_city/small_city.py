"""A small city platform: the standard library's server, `requests`, and nothing of yidi.

It plays both roles of a city for inpatient care. Written from the documentation of the interfaces; README.md says how
to start it and have it certified. It keeps all in memory, and is an example to read, not a platform to run.
"""

import argparse
import http.server
import pathlib

from city import City
from gateway import Gateway
from money import fen
from tables import Catalogue, Registry
from words import dumped, parsed


class Handler(http.server.BaseHTTPRequestHandler):
    """One call over HTTP: `POST /{infno}` for the interface, `POST /hooks/{name}` for who tests the city."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go in two pieces: the second must not wait for word of the first
    city = gateway = None

    def do_POST(self):
        """Answer a call."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.path.startswith("/hooks/"):
            self._send(200, self._hook(self.path.removeprefix("/hooks/"), parsed(body)))
            return
        caller = self.gateway.caller(self.headers)
        if caller is None:
            self._send(401, {"code": 401, "message": "签名不符"})
            return
        try:
            asked = parsed(body)
            if asked["infno"] != self.path.rpartition("/")[2] or not asked["msgid"] or not asked["fixmedins_code"]:
                raise KeyError("infno")
            reply = self.city.handle(caller, asked)
        except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as problem:
            reply = self.city.head(-105, f"报文不合规：{type(problem).__name__}")
        self._send(200, reply)

    def _hook(self, name, said):
        if name == "load_people":
            for person in said["people"]:
                self.city.people[person["psn_no"]] = {**person, "balance": fen(person["balance"])}
        elif name == "load_filings":
            for filing in said["filings"]:
                self.city.filings[filing["psn_no"]].append(filing)
        return {}

    def _send(self, status, said):
        body = dumped(said)
        self.send_response(status)
        self.send_header("content-type", "application/json;charset=utf-8")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *about):
        """Say nothing: people are in the messages."""


class Server(http.server.ThreadingHTTPServer):
    """Answers calls at the same time, each on a thread of its own."""

    daemon_threads, request_queue_size = True, 128


def main():
    """Serve until told to stop."""
    here = pathlib.Path(__file__).parent
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--code", default="320300", help="the city")
    options.add_argument("--port", type=int, default=8081)
    options.add_argument("--upstream", default="http://127.0.0.1:8090", help="the province")
    options.add_argument("--catalogue", default=here / "catalogue.csv", type=pathlib.Path)
    options.add_argument("--institutions", default=here / "institutions.ndjson", type=pathlib.Path)
    options.add_argument("--secret", default="small-city", help="what all keys are made from")
    options.add_argument("--wait", type=float, default=5.0, help="seconds to wait for the province")
    options.add_argument("--parties", action="store_true", help="print the keys, as parties.toml, and end")
    given = options.parse_args()
    registry = Registry(given.institutions, given.code)
    province = f"{given.code[:2]}0000"
    gateway = Gateway(given.secret, [*registry.own(given.code), f"P{province}"])
    if given.parties:
        print(gateway.toml(f"C{given.code}", given.code, province))
        return
    upstream = {"url": given.upstream, "key": f"C{given.code}", "secret": gateway.secret(f"C{given.code}")}
    Handler.city = City(given.code, registry, Catalogue(given.catalogue), upstream=upstream, wait=given.wait)
    Handler.gateway = gateway
    Server(("127.0.0.1", given.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
