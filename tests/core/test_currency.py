"""What stands for a currency, and amounts written in it."""

from __future__ import annotations

import pytest

from recsys.core.currency import amount, checked


@pytest.mark.parametrize("text", ["GBP", "CHF", "£", "€", "R$", "kr", "zł", "Kč", "US$"])
def test_codes_and_signs_stay_as_they_are(text: str) -> None:
    assert checked(text) == text


@pytest.mark.parametrize("text", ["GPB", "gbp", "pounds", "", " ", "£ ", "5", "<b>", "abc", "\u202e", "-"])
def test_others_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"currency is .* expected an ISO 4217 code, as in GBP, or a sign"):
        checked(text)


def test_a_slip_is_answered_with_the_code_that_was_meant() -> None:
    with pytest.raises(ValueError, match=r"GBP.*did you mean.*GBP"):
        checked("gbp")


@pytest.mark.parametrize(
    ("text", "currency", "written"),
    [
        ("12.50", "", "12.50"),
        ("12.50", "GBP", "£12.50"),
        ("−3", "£", "−£3"),
        ("+3", "EUR", "+€3"),
        ("12.50", "CHF", "CHF\u00a012.50"),
        ("12.50", "kr", "kr\u00a012.50"),
        ("12.50", "BRL", "R$12.50"),
    ],
)
def test_amounts(text: str, currency: str, written: str) -> None:
    assert amount(text, currency) == written
