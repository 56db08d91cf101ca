"""Which fields hold personal data, and of what kind: the table that decides what a written log shows.

Every field that the interface calls personal stands in one of the two tables, which a test holds to it. ``PERSONAL``
get a pseudonym of their kind; ``KEPT`` stay, as they say what was done and not to whom. A field that the interface does
not know is taken for personal.
"""

from __future__ import annotations

from collections.abc import Mapping

IDENTITY, NAME, PHONE, NUMBER, WORDS, BORN, FILE = "identity", "name", "phone", "number", "words", "born", "file"


def _table(**kinds: str) -> Mapping[str, str]:
    return {field: kind for kind, fields in kinds.items() for field in fields.split()}


PERSONAL: Mapping[str, str] = _table(
    identity="certno agnter_certno mdtrt_cert_no",
    name="""psn_name patn_name agnter_name coner_name acctname pay_acctname recv_acctname anst_dr_name bilg_dr_name
        chfpdr_name crter_name dept_resper_name diag_dr_name dise_dor_name dr_name drord_dr_name duty_psn_name
        medins_fill_psn oper_dr_name operatorName opter_name orders_dr_name prac_psn_name hsorg_opter""",
    phone="tel agnter_tel coner_tel dept_resper_tel emp_tel",
    number="""psn_no patn_id hi_no card_sn bankacct pay_bankacct recv_bankacct psn_insu_rlts_id fpsc_no ipt_no
        ipt_otp_no medcasno medrcdno rpotc_no poscode anst_dr_code atddr_no bilg_dr_codg chfpdr_code createUser
        create_user crter_id diag_dr_codg dise_dor_no dr_codg drord_dr_codg emp_no oper_dr_code operatorId opter
        opter_id opter_no orders_dr_code prac_cert_no prac_psn_cert prac_psn_code prac_psn_no resp_nurs_code bill_code
        bill_no invono sign_no cainfo dev_no dev_safe_info ip mac""",
    words="addr agnter_addr coner_addr curr_addr emp_addr emp_name",
    born="brdy",
    file="in",
)

KEPT = frozenset(
    _table(
        kept="""adm_cond adm_cond_type adm_diag_dscr age age_days birctrl_matn_date bld_amt bld_cat chg_rea
            days_rinp_pup_31 diag_code diag_name die_date dise_codg dise_cond_dscr dise_name dise_no
            dscg_main_dise_codg dscg_main_dise_name dscg_maindiag_code dscg_maindiag_name dspo_way_rea dspt_dscr
            exam_ccls exam_rslt_abn exam_rslt_poit_flag exp_content main_cond_dscr matn_stas medc_way_dscr memo
            mul_nwb_adm_wt mul_nwb_bir_wt nwb_adm_wt nwb_age nwb_bir_wt o_sinDosDscr o_used_frqu_dscr oprn_code
            oprn_name oprn_oprt_code oprn_oprt_name opsp_dise_code opsp_dise_name otp_diag_info otp_tcm_dise
            otp_wm_dise pwcry_afadm_coma_dura pwcry_bfadm_coma_dura refl_opnn refl_rea rslt_dscr
            scs_cutd_sum_dura sin_dos_dscr sinc_heal_lv tcm_dise_code trum_rea trum_site trum_time
            used_frqu_dscr vent_used_dura vola_cont wm_dise_code"""
    )
)
"""Personal as the interface has it, but of what was done: values known from the exchange are replaced inside them."""
