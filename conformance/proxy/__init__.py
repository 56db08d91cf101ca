"""Passive mode: `yidi proxy` sits on a link, passes everything on as it is, and judges what it saw.

`relay` carries the bytes, `recorder` writes each exchange with pseudonyms in place of personal data and has it judged
beside the traffic, `judge` says what is wrong as far as it can be known from outside.
"""
