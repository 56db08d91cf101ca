"""What the document says of the interface as a whole, in words."""

from __future__ import annotations

import re

from schemas.values import Name

TITLE = "Cross-region medical-insurance settlement 异地就医联网结算接口"
SUMMARY = "The interface between institutions and the platforms of city, province and ministry, by the project yidi."

PROPOSAL = Name(
    "本项目（yidi）的建议：医保部门之间的报文没有公开文本。",
    "A proposal of this project (yidi): no public text specifies the messages between bureaus.",
)

_ENGLISH = """\
The messages of China's national medical-insurance interface as they serve cross-region care, gathered from public
sources by the project *yidi*. **This is no official text.** All examples are invented: no person, institution or
settlement in them exists.

**Addresses.** Two styles are seen. In the first, which the paths of this document follow, each transaction has its own
address: `POST {base}/2304`. In the second, all transactions go to `POST {base}/fsi/api/rsfComIfsService/callService`
as `text/plain`, and `infno` in the message says which one is meant. The message is the same. See `x-yidi-addresses`.

**Envelope.** A request is one JSON object in UTF-8: a head (`infno` transaction, `msgid` message number,
`mdtrtarea_admvs` area of treatment, `insuplc_admdvs` area of insurance, institution, operator, time) and the blocks in
`input`. The same transaction serves local and cross-region care: the two areas decide where it goes. `msgid` is made of
the party (12 characters), the time (14 digits) and a sequence (4 digits); the same message sent again bears the same
`msgid` and gets the same reply. The reply has `infcode`, `inf_refmsgid`, `err_msg` and the blocks in `output`. Some
gateways want the request labelled `text/plain` instead of `application/json`, and label replies so; the text is the
same JSON.

**Errors.** A platform answers with HTTP 200 for success *and* for refusal: `infcode` is 0 for success, any other number
is a refusal with the reason in `err_msg` and without `output`. Only 0 and -1 are published; other numbers are local.
`x-yidi-refusals` names the reasons that this project's platform gives. HTTP 401 comes from the gateway. Anything else,
and no reply at all, is an *unknown outcome*.

**Profiles.** The schemas here are those of the profile *strict*: the specification. The profile *lenient* also takes
what clients in the field are seen to send (the key `Input`, a `msgid` in other forms, the text `"null"`, `infcode` as a
text, no signature) and is not described here. Some rules go beyond JSON Schema, such as the number of decimals of an
amount (`x-yidi-decimals`) and dates that exist; `yidi schema check` applies them.

**Where a field comes from.** `x-yidi-sources` names the public editions that have it: H Hunan, N Inner Mongolia, G
Guangdong, `local` seen in the field, `yidi` a proposal of this project. `x-yidi-uncertain` marks what is in doubt. An
operation with `x-yidi-proposal: true` is wholly a proposal: the messages between bureaus have no public specification.
"""

_CHINESE = """\
本文件描述国家医疗保障信息平台接口中用于异地就医的报文，由 *yidi* 项目据公开资料整理，**不是官方文本**。
所有示例均为虚构，不涉及任何真实人员、机构或结算。

**地址。** 常见两种方式。其一（本文件的路径采用此种）每个交易一个地址：`POST {base}/2304`。
其二全部交易以 `text/plain` 发往 `POST {base}/fsi/api/rsfComIfsService/callService`，
由报文中的 `infno` 区分。报文相同。见 `x-yidi-addresses`。

**报文。** 请求为一个 UTF-8 的 JSON 对象：报文头（`infno` 交易编号、`msgid` 报文编号、`mdtrtarea_admvs` 就医地、
`insuplc_admdvs` 参保地、机构、经办人、时间）和 `input` 中的数据块。本地与异地使用同一交易，由两个区划决定去向。
`msgid` 由12位机构编号、14位时间和4位序号组成；重发同一报文须用相同 `msgid`，并得到相同应答。
应答含 `infcode`、`inf_refmsgid`、`err_msg` 和 `output` 中的数据块。
部分网关要求请求标为 `text/plain` 而非 `application/json`，应答亦然；文本是同一 JSON。

**错误。** 平台对成功和拒绝均返回 HTTP 200：`infcode` 为0表示成功，其他数字表示拒绝，
原因见 `err_msg`，且无 `output`。公开的只有0和-1，其他数字为地方自定。
`x-yidi-refusals` 为本项目平台给出的拒绝原因。
HTTP 401 来自网关。其余情况以及没有应答，均为*结果未知*。

**宽严。** 此处的模式为 *strict*（规范）。*lenient* 另外接受实际客户端的写法
（`Input` 键、其他形式的 `msgid`、文本 `"null"`、文本形式的 `infcode`、无签名），本文件不描述。
部分规则超出 JSON Schema，如金额的小数位数（`x-yidi-decimals`）和日期是否存在，由 `yidi schema check` 检查。

**来源。** `x-yidi-sources` 为公布该字段的版本：H 湖南、N 内蒙古、G 广东、`local` 实际所见、`yidi` 本项目的建议。
`x-yidi-uncertain` 表示存疑。标有 `x-yidi-proposal: true` 的交易整体为建议：医保部门之间的报文没有公开规范。
"""


def description() -> str:
    """Return the description of the interface in English and in Chinese, as Markdown with a line for a paragraph."""
    return f"{_unwrapped(_ENGLISH, ' ')}\n\n---\n\n{_unwrapped(_CHINESE, '')}"


def _unwrapped(text: str, space: str) -> str:
    """Join the lines of each paragraph: a line break between Chinese characters would show as a gap."""
    return re.sub(r"(?<!\n)\n(?!\n)", space, text.strip())
