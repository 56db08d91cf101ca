"""Mutants of a province: what passes through it is changed, lost, sent elsewhere, or answered by itself."""

from __future__ import annotations

from conformance.mutants import gateway, passing, state
from conformance.mutants import provincial as does
from conformance.mutants.mutant import GATEWAY, STATE, WIRE, Mutant, Patch
from conformance.mutants.texts import LINK, passed_on
from simulator.sandbox.parties import PROVINCE

_GATEWAY = {
    "wrong-secret-accepted": ("*not_signed_as_agreed*broken*",),
    "stale-time-accepted": ("*not_signed_as_agreed*stale*",),
    "replayed-nonce-accepted": ("*not_signed_as_agreed*replayed*",),
    "speaks-for-others": ("*somebody_else*",),
    "schema-unchecked": ("*hostile_input*",),
}
"""Those of a city's gateway that a province may have as well, with the cases that kill them."""


MUTANTS = tuple(
    Mutant(f"province-{name}", kind, zh, en, patches, expected, role=PROVINCE)
    for name, kind, zh, en, patches, expected in (
        (
            "bill-a-fen-more",
            WIRE,
            "省平台转发结算时总额多出一分。",
            "A province passes the bill on a fen higher.",
            (passed_on(passing._fen_more),),
            ("*amounts_stay*",),
        ),
        (
            "field-dropped",
            WIRE,
            "省平台转发入院登记时漏掉科室名称。",
            "A province drops the name of the ward from an admission.",
            (passed_on(does._without_department),),
            ("*each_step_goes_on_once*",),
        ),
        (
            "fields-swapped",
            WIRE,
            "省平台转发入院登记时住院号与床号对调。",
            "A province swaps the numbers of stay and bed of an admission.",
            (passed_on(does._swapped),),
            ("*each_step_goes_on_once*",),
        ),
        (
            "last-line-lost",
            WIRE,
            "省平台转发明细时少一条。",
            "A province loses the last line of an upload.",
            (passed_on(does._last_line_lost),),
            ("*many_lines*",),
        ),
        (
            "half-width",
            WIRE,
            "省平台把全角字符转成半角。",
            "A province turns full-width characters into half-width ones.",
            (passed_on(does._half_width),),
            ("*texts_are_kept*",),
        ),
        (
            "rare-characters-lost",
            WIRE,
            "省平台转发时生僻字变成问号。",
            "Rare characters become question marks on their way through a province.",
            (passed_on(passing._rare_passed_on_as_marks),),
            ("*test_people_of_every_kind*",),
        ),
        (
            "under-another-msgid",
            WIRE,
            "省平台转发时改用自己的msgid。",
            "A province passes on under a msgid of its own.",
            (passed_on(passing._own_msgid),),
            ("*each_step_goes_on_once*",),
        ),
        (
            "duplicate-as-new",
            STATE,
            "省平台重问时换一个msgid，当作新的业务。",
            "A province asks again under another msgid, as if it were new.",
            does.patched(f"{LINK}.ask", state._another_msgid),
            ("*break_beyond*",),
        ),
        (
            "to-the-wrong-city",
            WIRE,
            "省平台把报文转给另一个市。",
            "A province passes on to another city than the one insured in.",
            does.patched(f"{does.PROVINCE}.next_hop", does._neighbour),
            ("*each_step_goes_on_once*",),
        ),
        (
            "all-to-the-ministry",
            WIRE,
            "省平台把省内的报文也转给部平台。",
            "A province sends the ministry what is for its own cities.",
            does.patched(f"{does.PROVINCE}.next_hop", does._all_to_the_ministry),
            ("*each_step_goes_on_once*",),
        ),
        (
            "ministry-skipped",
            WIRE,
            "省平台不经部平台，把外省的报文转给本省一市。",
            "A province passes what is for another province to a city of its own, past the ministry.",
            does.patched(f"{does.PROVINCE}.next_hop", does._first_city_for_others),
            ("*each_step_goes_on_once*out*",),
        ),
        (
            "nothing-checked",
            STATE,
            "省平台不核对区划和交易，一律转发。",
            "A province passes on whatever comes, its areas and transactions unchecked.",
            does.patched(f"{does.PROVINCE}.problem", does._unchecked),
            ("*unknown_area*", "*local_goes*"),
        ),
        (
            "back-to-the-ministry",
            STATE,
            "省平台把两个外省之间的报文再转回部平台。",
            "A province sends what is between other provinces back to the ministry.",
            does.patched(f"{does.PROVINCE}.problem", does._others_let_through),
            ("*no_city_here*",),
        ),
        (
            "filing-demanded",
            STATE,
            "省平台拒绝没有备案副本的入院登记，尽管政策包放行。",
            "A province refuses an admission that its copy has no filing for, though the pack lets it pass.",
            does.patched(f"{does.PROVINCE}.problem", does._filing_demanded),
            ("*every_kind_of_filing*", "*filings_across*"),
        ),
        (
            "answers-from-memory",
            STATE,
            "省平台用先前的答复回答新的查询。",
            "A province answers a query with what it was told before.",
            (
                Patch(f"{does.ROUTER}.complete", does._answered_from_memory),
                Patch(f"{does.ROUTER}.decide", does._decides_first),
            ),
            ("*asked_anew*",),
        ),
        (
            "reply-for-other-body",
            STATE,
            "省平台对用过的msgid只认号码，另一报文体也给旧答复。",
            "A province gives the old reply to another body under a used msgid.",
            does.patched("simulator.core.platform.node:_same", lambda old: lambda one, other: True),
            ("*another_body*",),
        ),
        (
            "fund-a-fen-less",
            WIRE,
            "省平台传回的基金支付少一分。",
            "A province tells a fen less of the funds' part on the way back.",
            (does._completing(does._fen_less),),
            ("*amounts_stay*",),
        ),
        (
            "refusal-as-success",
            WIRE,
            "省平台把参保地的拒绝传成成功。",
            "A province makes a refusal of the city of insurance a success.",
            (does._completing(does._success),),
            ("*refusal_comes_back*",),
        ),
        (
            "refusal-reworded",
            WIRE,
            "省平台改写参保地的拒绝原因。",
            "A province puts its own words for the reason of a refusal.",
            (does._completing(does._reworded),),
            ("*refusal_comes_back*",),
        ),
        (
            "one-code-for-all",
            WIRE,
            "省平台把所有拒绝的状态码都改为-1。",
            "A province gives every refusal the same code.",
            (does._completing(does._one_code),),
            ("*refusal_comes_back*",),
        ),
        (
            "numbers-anew",
            WIRE,
            "省平台给结算另编号码。",
            "A province gives settlements numbers of its own.",
            (does._completing(does._numbered_anew),),
            ("*each_step_goes_on_once*",),
        ),
        (
            "late-answer-lost",
            STATE,
            "省平台等不到答复即作终局拒绝，迟到的答复丢弃。",
            "A province makes a time-out final and throws the late answer away.",
            does.patched("simulator.core.platform.node:Node.wake", does._late_lost),
            ("*too_late*", "*break_beyond*"),
        ),
        (
            "time-out-as-success",
            STATE,
            "省平台等不到答复就报成功。",
            "A province tells success where no answer has come.",
            (state._waking(state._as_success),),
            ("*down_is_told*", "*break_beyond*"),
        ),
        (
            "down-told-as-late",
            STATE,
            "没有送出的，省平台也答“结果未知”。",
            "A province tells an unknown outcome where nothing was sent.",
            does.patched("simulator.sandbox.links:NotSent.reply", does._told_as_late),
            ("*down_is_told*denied*",),
        ),
        (
            "down-as-final",
            STATE,
            "对方不可达时，省平台作终局拒绝。",
            "A province refuses for good what it could not send.",
            does.patched("simulator.sandbox.links:NotSent.reply", does._final_refusal),
            ("*down_is_told*denied*",),
        ),
        (
            "no-tombstone",
            STATE,
            "业务已冲正或撤销，省平台仍答原来的成功。",
            "A province answers with the old success what was reversed or cancelled.",
            does.patched("simulator.core.platform.node:Node._take_request", does._no_tombstone),
            ("*cancelled_settlement_sent_again*", "*what_happened_is_undone*"),
        ),
        (
            "unsigned-accepted",
            GATEWAY,
            "省平台也受理未签名的请求，以就医地为调用方。",
            "A province lets in calls without a signature, as if from the city of treatment.",
            (
                Patch("simulator.sandbox.gate:Gate.check", gateway._unsigned),
                Patch("simulator.sandbox.parties:Directory.speaker", does._whoever_treats),
            ),
            ("*not_signed_as_agreed*none*",),
        ),
        *(
            (each.name, GATEWAY, f"省平台：{each.zh}", f"Of a province: {each.en}", each.patches, expected)
            for each in gateway.MUTANTS
            for expected in [_GATEWAY.get(each.name, ())]
            if expected
        ),
    )
)
