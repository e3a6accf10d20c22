"""What the money of a log is counted in: an ISO 4217 code, or the sign that the shop writes."""

from __future__ import annotations

from recsys.core.errors import nearest

_CODES = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD
HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL
LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP
PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT
TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
"""
CODES = frozenset(_CODES.split())
SIGNS = {
    "GBP": "£",
    "EUR": "€",
    "USD": "$",
    "JPY": "¥",
    "INR": "₹",
    "KRW": "₩",
    "BRL": "R$",
    "ILS": "₪",
    "NGN": "₦",
    "PHP": "₱",
    "THB": "฿",
    "TRY": "₺",
    "UAH": "₴",
    "VND": "₫",
    "KZT": "₸",
    "GEL": "₾",
}
"""Codes whose sign stands for them everywhere; the others are written as codes."""
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF ¥ ₩ ₫"
WHOLE = frozenset(_WHOLE.split())
"""Without cents."""
SIGN = 3  # characters, at most


def checked(text: str) -> str:
    """The same text. Raises ValueError where it is neither a code nor a sign."""
    written = text.isascii() and text.isalpha() and len(text) == 3  # which a code is
    sign = 0 < len(text) <= SIGN and not any(char.isdigit() or not char.isprintable() for char in text)
    if text in CODES or (sign and not written and not set(text) & set(" <>&\"'-+.,%")):
        return text
    hint = nearest(text.upper(), CODES)
    raise ValueError(f"currency is {text!r}: expected an ISO 4217 code, as in GBP, or a sign, as in £{hint}")


def amount(text: str, currency: str) -> str:
    """A written number as an amount: £12.50, −£3, CHF 12.50; as it is without a currency."""
    if not currency:
        return text
    minus, number = (text[0], text[1:]) if text[:1] in ("-", "−", "+") else ("", text)
    sign = SIGNS.get(currency, currency)
    apart = "\u00a0" if sign[-1].isalpha() else ""
    return f"{minus}{sign}{apart}{number}"
