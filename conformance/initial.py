"""The first ``conformance.toml`` of a system: every key there is, with a comment, those that need a value filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping

_NAME = {"city": ("city platform", "地市平台"), "hospital": ("hospital system", "医院系统")}
_PROVINCE = "provincial platform", "省平台"
_CALLERS = {"province": ("its cities call", "各市调用")}
_USUAL_CALLERS = "its hospitals call", "医院调用"
_LISTENS = {
    "hospital": (
        "where we listen: configure it in your system as its city",
        "我们在此监听：在你的系统中配置为就医地平台",
    ),
    "province": (
        "where we listen as the ministry and as each city: configure http://HOST:PORT/CODE for each in your system",
        "我们在此充当部平台和各市监听：在你的系统中把各方地址配置为 http://HOST:PORT/区划代码",
    ),
}
_USUAL_LISTENS = (
    "where we listen: configure it in your system as the platform above",
    "我们在此监听：在你的系统中配置为上级平台",
)

_TEXT: Mapping[str, str] = {
    "en": """\
# Who is under test, where it is, and what it can be asked to do. Next: yidi doctor -c {file}
# Every key: docs/reference/conformance-toml.md. No secret belongs here: name environment variables.

[subject]                      # stands on the certificate
name = {name}
# build = "4.2.0"              # which build of it
role = {role}                 # city, hospital or province
code = {code}              # area of the city or province, or number of the hospital

[target]
url = {url}   # where {callers} it; /2304 and so on is added, unless it ends in /callService
# from_above = "http://127.0.0.1:8080"   # where the platform above calls it, if that is another address
# ca = "ca.pem"                # certificates to trust instead of the machine's
# seconds = 10                 # how long an answer is waited for

[upstream]                     # {listens}
host = "127.0.0.1"             # an address of this machine that your system reaches
port = 9443

[keys]                         # who signs with what
# seed_env = "YIDI_SEED"       # keys follow from this secret; without it from "1", which is public
# parties = "parties.toml"     # keys of your own, by party

[rules]
pack = {pack}         # the policy pack it claims to run: a name, or a path from this file's folder
profile = "national"           # national transactions; bureau: also the messages this project proposes

[data]
# prefix = "992125"            # test identity numbers begin so, if yours checks area codes (none that people have)
# by_hand = true               # people are loaded before the run from yidi data export, not by hooks

[options]
# validity_days = 90           # how long the certificate holds
# answer_seconds = 5           # seconds in which 95 answers in a hundred must have come; without it 3

[hooks]                        # an address that takes a POST of JSON, or a command that reads it: ["./load.sh"]
# load_people = "http://127.0.0.1:9000/load_people"
# load_filings = "http://127.0.0.1:9000/load_filings"
# set_clock = "http://127.0.0.1:9000/set_clock"
# restart = ["./restart.sh"]
# do = "http://127.0.0.1:9000/do"
""",
    "zh": """\
# 被测系统是谁、在哪里、能应要求做什么。下一步：yidi doctor -c {file}
# 各键的含义见 docs/reference/conformance-toml.zh-CN.md。密钥不写在这里，只写环境变量的名称。

[subject]                      # 写入证书
name = {name}
# build = "4.2.0"              # 哪一个版本
role = {role}                 # city（地市）、hospital（医院）、province（省）
code = {code}              # 地市或省的区划代码，或医疗机构编码

[target]
url = {url}   # {callers}它的地址，其后加 /2304 等；以 /callService 结尾的照原样使用
# from_above = "http://127.0.0.1:8080"   # 上级平台调用它的地址，与上不同时填写
# ca = "ca.pem"                # 所信任的证书，代替本机的
# seconds = 10                 # 等候答复多少秒

[upstream]                     # {listens}
host = "127.0.0.1"             # 你的系统能访问到的本机地址
port = 9443

[keys]                         # 谁用什么签名
# seed_env = "YIDI_SEED"       # 各方密钥由此派生；不写时由公开的“1”派生
# parties = "parties.toml"     # 各方自有的密钥

[rules]
pack = {pack}         # 它声称执行的政策包：名称，或从本文件所在文件夹起的路径
profile = "national"           # 国家交易；bureau 另含本项目拟议的报文

[data]
# prefix = "992125"            # 测试人员证件号码的开头，供核对区划代码的系统使用（不可为真实号码）
# by_hand = true               # 人员在运行前由 yidi data export 的文件导入，不用钩子

[options]
# validity_days = 90           # 证书有效天数
# answer_seconds = 5           # 九成五的答复须在多少秒之内；不写时为3

[hooks]                        # 接收 JSON 的 POST 地址，或读取它的命令：["./load.sh"]
# load_people = "http://127.0.0.1:9000/load_people"
# load_filings = "http://127.0.0.1:9000/load_filings"
# set_clock = "http://127.0.0.1:9000/set_clock"
# restart = ["./restart.sh"]
# do = "http://127.0.0.1:9000/do"
""",
}


def initial(file: str, *, role: str, code: str, url: str, pack: str, lang: str) -> str:
    """Return the text of a configuration, with comments in a language; what is given stands quoted in it."""
    zh = lang == "zh"
    name = _NAME.get(role, _PROVINCE)[zh]
    words = {
        "callers": _CALLERS.get(role, _USUAL_CALLERS)[zh],
        "listens": _LISTENS.get(role, _USUAL_LISTENS)[zh],
    }
    said = {"name": f"{name} {code}", "role": role, "code": code, "url": url, "pack": pack}
    quoted = {key: json.dumps(value, ensure_ascii=False) for key, value in said.items()}  # TOML's basic strings too
    return _TEXT[lang].format(file=file, **words, **quoted)
