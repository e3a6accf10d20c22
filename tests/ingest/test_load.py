"""From a file to a log: what stays, in which order, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from recsys.core.errors import ConfigError, SourceError
from recsys.core.log import LINE_COLUMNS, check_lines
from recsys.ingest import Clean, load

from .shop import COLUMNS, HEADER, LINES, source

Write = Callable[..., Path]


def by_rule(ledger: pd.DataFrame) -> dict[str, tuple[int, int, float]]:
    return {row.rule: (row.lines, row.customers, round(row.revenue, 2)) for row in ledger.itertuples()}


def test_ledger_of_every_rule(csv: Write) -> None:
    csv(*LINES)
    loaded = load(source(), Clean(product_code=r"^\d{5}[A-Za-z]*$"))
    assert by_rule(loaded.ledger) == {
        "read": (8, 2, 66.81),
        "duplicates": (1, 0, 1.50),
        "missing-customer": (1, 0, 6.78),
        "cancellations": (1, 0, -3.39),
        "quantity": (0, 0, 0.0),
        "price": (0, 0, 0.0),
        "product-code": (1, 0, 18.00),
        "kept": (4, 2, 43.92),
    }


def test_ledger_of_descriptions(csv: Write) -> None:
    csv(*LINES, "536371,00200,,1,2010-12-05 10:00:00,2.00,13047,Norway")
    loaded = load(source(), Clean(missing_description=True, descriptions=(" MUG", "POSTAGE", "CUP")))
    assert by_rule(loaded.ledger) == {
        "read": (9, 2, 68.81),
        "duplicates": (1, 0, 1.50),
        "missing-customer": (1, 0, 6.78),
        "cancellations": (1, 0, -3.39),
        "quantity": (0, 0, 0.0),
        "price": (0, 0, 0.0),
        "missing-description": (1, 0, 2.0),
        "descriptions": (2, 0, 19.50),
        "kept": (3, 2, 42.42),
    }
    assert list(loaded.log.products.names) == ["71053", "85123A"]


def test_rules_of_descriptions_without_one_are_off_and_say_so(csv: Write) -> None:
    csv(*LINES)
    columns = {role: name for role, name in COLUMNS.items() if role != "description"}
    loaded = load(source(columns=columns), Clean(missing_description=True))
    assert "missing-description" not in by_rule(loaded.ledger)
    assert "no description is mapped: the rules of clean that read it are off" in loaded.notes


def test_lines_are_coded_and_ordered(csv: Write) -> None:
    csv(*LINES)
    log = load(source()).log
    assert list(log.customers.names) == ["13047", "17850"]
    assert list(log.products.names) == ["00123", "71053", "85123A", "POST"]
    assert list(log.products.take(log.lines["product"])) == ["85123A", "71053", "00123", "POST", "71053"]
    assert list(log.lines["basket"]) == [0, 0, 1, 2, 3]
    assert str(log.end) == "2010-12-06T00:00:00"
    check_lines(log.lines)


def test_every_line_has_its_invoices_first_time(csv: Write) -> None:
    csv(*reversed(LINES))
    lines = load(source()).log.lines
    assert list(lines["time"][:2].astype(str)) == ["2010-12-01 08:26:00"] * 2


def test_row_order_does_not_matter(csv: Write) -> None:
    csv(*LINES)
    one = load(source()).log
    csv(*sorted(LINES, key=lambda line: line.split(",")[0][-1] + line[:6], reverse=True))
    two = load(source()).log
    pd.testing.assert_frame_equal(one.lines, two.lines)


def test_cancellations_are_set_aside_in_the_same_codes(csv: Write) -> None:
    csv(*LINES, "C9,NEVER-SOLD,X,-1,2010-12-04,1.0,17850,United Kingdom")
    log = load(source()).log
    assert len(log.cancellations) == 1
    row = log.cancellations.iloc[0]
    assert (log.customers.names[row["customer"]], log.products.names[row["product"]]) == ("17850", "71053")
    assert row["quantity"] == -1
    assert row["basket"] not in set(log.lines["basket"])


def test_who_only_returned_is_a_customer_where_asked(csv: Write) -> None:
    csv(*LINES, "C9,71053,X,-1,2010-12-04,1.0,99,United Kingdom")
    assert "99" not in load(source()).log.customers.names
    loaded = load(source(), Clean(cancellations={"returners": True}))
    log = loaded.log
    assert "99" in log.customers.names
    assert len(log.cancellations) == 2
    check_lines(log.cancellations)
    assert log.held[0] == len(log.customers) - 1 == len(log.recoded().customers)
    assert by_rule(loaded.ledger) == by_rule(load(source()).ledger)


def test_cancellations_have_negative_units_and_a_price(csv: Write) -> None:
    csv(*LINES, "C9,71053,x,1,2010-12-04,1.0,17850,N", "C9,71053,x,-1,2010-12-04,0,17850,N")
    loaded = load(source())
    assert by_rule(loaded.ledger)["cancellations"][0] == 3
    assert len(loaded.log.cancellations) == 1


def test_cancellations_of_excluded_products_are_left_out(csv: Write) -> None:
    csv(*LINES, "C9,POST,x,-1,2010-12-04,1.0,13047,N")
    assert len(load(source(), Clean(product_code=r"^\d")).log.cancellations) == 1
    assert len(load(source()).log.cancellations) == 2


def test_net_takes_returned_units_off(csv: Write) -> None:
    csv(*LINES)
    loaded = load(source(), Clean(cancellations={"mode": "net"}))
    assert list(loaded.log.lines["quantity"]) == [6, 5, 1, 1, 2]
    assert loaded.log.gross is not None
    assert list(loaded.log.gross["quantity"]) == [6, 6, 1, 1, 2]
    assert by_rule(loaded.ledger)["netting"] == (0, 0, 3.39)


def test_keep_leaves_returns_to_the_quantity_rule(csv: Write) -> None:
    csv(*LINES)
    loaded = load(source(), Clean(cancellations={"mode": "keep"}))
    assert "cancellations" not in by_rule(loaded.ledger)
    assert by_rule(loaded.ledger)["quantity"][0] == 1
    assert len(loaded.log.cancellations) == 0


@pytest.mark.parametrize("mode", ["keep", "drop", "net"])
def test_negative_units_are_returns_where_the_quantity_rule_is_off(csv: Write, mode: str) -> None:
    """A return is no purchase of its customer's, whatever the modes; money is net of it."""
    csv(*LINES, "X1,85123A,HEART,-6,2010-12-04,2.55,17850,U", "X2,85123A,HEART,-1,2010-12-04,2.55,13047,N")
    clean = Clean(cancellations={"mode": mode}, quantity=False)
    loaded = load(source(), clean)
    log = loaded.log
    assert by_rule(loaded.ledger)["returns"] == ((3, 0, -21.24) if mode == "keep" else (2, 0, -17.85))
    assert (log.lines["quantity"] > 0).all()
    assert log.cancellations["quantity"].tolist() == [-1, -6, -1]
    bought = {
        (log.customers.names[c], log.products.names[p]) for c, p in zip(*log.bought.nonzero(), strict=True)
    }
    assert ("13047", "85123A") not in bought
    assert (("17850", "85123A") in bought) == (mode != "net")
    assert any("with negative units count as returns" in note for note in loaded.notes)
    table = loaded.ledger.set_index("rule")["revenue"]
    assert table["read"] - table[1:-1].sum() == pytest.approx(table["kept"])
    assert table["kept"] == pytest.approx(log.spend.sum())


def test_positive_units_of_a_kept_invoice_are_purchases(csv: Write) -> None:
    csv("C1,A,x,2,2010-12-01,1.0,7,N", "C1,B,x,0,2010-12-01,1.0,7,N")
    assert len(load(source(), Clean(cancellations=False)).log.lines) == 1
    assert load(source(), Clean(cancellations=False, quantity=False)).log.lines["quantity"].tolist() == [2, 0]


def test_rules_can_be_switched_off(csv: Write) -> None:
    csv(*LINES[:4])
    loaded = load(source(), Clean(duplicates=False, cancellations=False, quantity=False, price=False))
    assert list(loaded.ledger["rule"]) == ["read", "missing-customer", "kept"]
    assert len(loaded.log.lines) == 4


def test_min_replaces_more_than_zero(csv: Write) -> None:
    csv("1,A,x,1,2010-12-01,0,7,N", "1,B,x,5,2010-12-01,0,7,N", "1,C,x,5,2010-12-01,-1,7,N")
    loaded = load(source(), Clean(quantity={"min": 2}, price={"min": 0}))
    assert list(loaded.log.products.names) == ["B"]


def test_missing_quantity_or_price_counts_as_zero(csv: Write) -> None:
    csv("1,A,x,,2010-12-01,1.0,7,N", "1,B,x,1,2010-12-01,,7,N", "1,C,x,1,2010-12-01,NaN,7,N", LINES[0])
    loaded = by_rule(load(source()).ledger)
    assert (loaded["quantity"][0], loaded["price"][0]) == (1, 2)


def test_missing_customers_are_refused_where_their_rule_is_off(csv: Write) -> None:
    csv(*LINES)
    with pytest.raises(ConfigError, match=r"clean\.missing_customer is false, but 1 of .* have no customer"):
        load(source(), Clean(missing_customer=False))


def test_lines_without_product_or_time_have_a_row_of_their_own(csv: Write) -> None:
    csv(*LINES, "9,,x,1,2010-12-01,1.0,7,N", "9,A,x,1,,1.0,7,N")
    loaded = load(source())
    assert by_rule(loaded.ledger)["missing-product"] == (1, 0, 1.0)
    assert by_rule(loaded.ledger)["missing-time"] == (1, 1, 1.0)
    assert "1 line without time was left out" in loaded.notes


def test_lines_without_a_time_do_not_mix_days_up(csv: Write) -> None:
    csv("a,x,2024-01-01", "a,x,", "b,x,2024-01-02", "a,y,2024-01-02", header="who,what,when")
    log = load(source(columns={"customer": "who", "product": "what", "time": "when"})).log
    assert log.lines[["customer", "basket"]].to_numpy().tolist() == [[0, 0], [0, 1], [1, 2]]


def test_without_invoice_a_customers_day_is_a_basket(csv: Write) -> None:
    csv(*LINES)
    columns = {role: name for role, name in COLUMNS.items() if role != "invoice"}
    loaded = load(source(columns=columns))
    assert list(loaded.ledger["rule"]) == ["read", "missing-customer", "quantity", "price", "kept"]
    assert list(loaded.log.lines["basket"]) == [0, 0, 1, 1, 2, 3]


def test_the_least_that_is_needed(csv: Write) -> None:
    csv("ann,tea,2024-01-01", header="who,what,when")
    loaded = load(source(columns={"customer": "who", "product": "what", "time": "when"}))
    log = loaded.log
    assert {name: str(log.lines[name].dtype) for name in LINE_COLUMNS} == LINE_COLUMNS
    assert log.shape == (1, 1)
    assert log.lines["quantity"].item() == 1
    assert np.isnan(log.lines["price"].item())
    assert loaded.ledger["revenue"].tolist() == [0.0] * len(loaded.ledger)
    assert loaded.notes[0] == "no price column is mapped: money metrics are off"
    assert loaded.notes[1] == "no description is mapped: content-based recommenders cannot be fitted"


def test_total_is_divided_by_units(csv: Write) -> None:
    csv("1,A,x,4,2010-12-01,10,7,N", "2,A,x,0,2010-12-01,10,7,N")
    columns = {**{r: c for r, c in COLUMNS.items() if r != "price"}, "total": "price"}
    loaded = load(source(columns=columns))
    assert loaded.log.lines["price"].tolist() == [2.5]
    assert by_rule(loaded.ledger)["quantity"] == (1, 0, 10.0)
    kept = load(source(columns=columns), Clean(quantity=False, price=False))
    assert kept.log.lines["price"].isna().tolist() == [False, True]


def test_price_and_total_together_are_refused() -> None:
    with pytest.raises(ValidationError, match="remove one of them"):
        source(columns={**COLUMNS, "total": "sum"})


def test_attributes_are_text_or_numbers(csv: Write) -> None:
    csv(
        "1,A,x,1,2010-12-01,1.0,7,N,tools,0.5,01234,41,gold",
        "2,B,x,1,2010-12-02,1.0,8,S,,0.7,91234,,silver",
        header=HEADER + ",kind,cost,zip,age,tier",
    )
    log = load(
        source(
            columns={**COLUMNS, "category": "kind", "cost": "cost"},
            customer_attributes={"postcode": "zip", "years": "age"},
            product_attributes=["tier"],
        )
    ).log
    assert log.customer_columns == ("country", "postcode", "years")
    assert log.product_columns == ("category", "cost", "tier")
    kinds = {name: str(log.lines[name].dtype) for name in log.customer_columns + log.product_columns}
    assert kinds["cost"] == kinds["years"] == "float64"
    assert {kinds[name] for name in ("country", "postcode", "category", "tier")} == {"category"}
    assert log.customer_attributes["postcode"].tolist() == ["01234", "91234"]
    assert log.product_attributes["category"].isna().tolist() == [False, True]


def test_attribute_names_of_the_log_are_refused() -> None:
    with pytest.raises(ValidationError, match="'time' has the name of a column of the log"):
        source(customer_attributes=["time"])


def test_everything_removed_names_the_rules(csv: Write) -> None:
    csv("1,A,x,0,2010-12-01,1.0,7,N", "2,A,x,1,2010-12-01,1.0,,N")
    with pytest.raises(SourceError, match=r"read 2 lines; missing-customer took 1, quantity took 1"):
        load(source())


def test_ids_have_one_spelling(csv: Write) -> None:
    csv(
        "1,00123,x,1,2010-12-01,1.0,17850,N",
        "2,\u00a000123 ,x,1,2010-12-02,1.0,17850.0,N",
        "3,123,x,1,2010-12-03,1.0, 17850 ,N",
        "4,123,x,1,2010-12-03,1.0,nan,N",
        "5,123,x,1,2010-12-03,1.0,NULL,N",
    )
    log = load(source()).log
    assert list(log.customers.names) == ["17850"]
    assert list(log.products.names) == ["00123", "123"]


def test_an_invoice_two_customers_share_is_a_basket_of_each(csv: Write) -> None:
    csv("1,A,x,1,2010-12-01,1.0,7,N", "1,A,x,1,2010-12-02,1.0,8,N")
    lines = load(source()).log.lines
    assert lines["basket"].tolist() == [0, 1]
    assert lines["time"].dt.day.tolist() == [1, 2]


def test_a_number_used_again_is_another_basket(csv: Write) -> None:
    csv("1,A,x,1,2010-12-01,1.0,7,N", "1,B,x,1,2010-12-02,1.0,7,N", "1,C,x,1,2010-12-09,1.0,7,N")
    loaded = load(source())
    assert loaded.log.lines["basket"].tolist() == [0, 0, 1]
    assert loaded.log.lines["time"].dt.day.tolist() == [1, 1, 9]
    assert loaded.notes == (
        "1 time a customer has an invoice number again after more than a day: that is a basket of its own, "
        "at its own time",
    )


def test_long_invoices_are_noted(csv: Write) -> None:
    csv(*(f"1,A,x,1,2010-12-0{day} 12:00,1.0,7,N" for day in (1, 2, 3)))
    loaded = load(source())
    assert loaded.log.lines["basket"].tolist() == [0, 0, 0]
    assert any(note.startswith("1 invoice spans more than a day") for note in loaded.notes)


def test_numbers_shared_by_customers_are_no_alarm(csv: Write) -> None:
    csv("1,A,x,1,2010-12-01,1.0,7,N", "1,A,x,1,2010-12-20,1.0,8,N", "1,A,x,1,2010-12-30,1.0,,N")
    assert load(source()).notes == ()


def days(*days: str) -> list[str]:
    return [f"{number},A,x,1,{day},1.0,7,N" for number, day in enumerate(days)]


def test_a_mistyped_last_date_is_noted(csv: Write) -> None:
    csv(*days("2023-01-01", "2023-01-30", "2023-02-28", "2123-01-01"))
    assert load(source()).notes == (
        "1 line lies after 36,466 days without a purchase, 2023-02-28 to 2123-01-01: the log ends there, and "
        "its windows with it; if its date is mistyped, mend the source or take the line out",
    )


def test_mistyped_dates_at_both_ends_are_noted(csv: Write) -> None:
    csv(*days("1970-01-01", *["2023-01-01"] * 150, *["2023-01-02"] * 150, "2123-01-01", "2124-01-01"))
    late, early = load(source()).notes
    assert late.startswith("2 lines lie after 36,523 days without a purchase, 2023-01-02 to 2123-01-01")
    assert early.startswith("1 line lies before 19,358 days without a purchase, 1970-01-01 to 2023-01-01")


def test_a_quiet_season_is_no_alarm(csv: Write) -> None:
    csv(*days("2023-01-01", "2023-03-01", "2023-05-20", "2023-07-01", "2023-09-01"))
    assert load(source()).notes == ()


def test_inputs_are_left_as_found(csv: Write) -> None:
    path = csv(*LINES)
    before = path.read_bytes()
    load(source())
    assert path.read_bytes() == before
