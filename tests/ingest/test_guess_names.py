"""Column names of many shops, and the role that each says."""

from __future__ import annotations

import pytest

from recsys.ingest.guess.names import ROLE_NAMES, fit, personal, words_of

NAMES = {
    "customer": "CustomerID customer_id CUST_ID user_id userId Kunde Kundennr. Kundennummer client "
    "ID_Cliente member household_key shopper-id",
    "product": "StockCode sku article_id Artikelnummer product_id item "
    "ITEM_CODE Référence asin prod_id Artículo",
    "time": "InvoiceDate order_date t_dat timestamp created_at Bestelldatum Fecha Datum purchase_date",
    "invoice": "InvoiceNo order_id Belegnr receipt_no BASKET_ID Pedido transaction_id Rechnungsnummer",
    "quantity": "Quantity qty Menge Anzahl Stück Cantidad Quantité units Units_Sold",
    "price": "UnitPrice unit_price Einzelpreis Prix precio selling_price price_usd",
    "total": "total amount Umsatz sales_amount line_total Montant importe revenue",
    "description": "Description product_name Bezeichnung Artikelbezeichnung libellé title Descripción",
    "category": "category department Warengruppe product_category aisle",
    "country": "Country Land pays País customer_country",
    "cost": "unit_cost Einkaufspreis cost",
    "event": "event_type event behavior",
}


@pytest.mark.parametrize("role", NAMES)
def test_names_say_their_role(role: str) -> None:
    for name in NAMES[role].split():
        scores = {other: fit(other, name) for other in ROLE_NAMES}
        assert scores[role] >= 0.9, (name, scores)
        assert max(scores, key=lambda other: scores[other]) == role, (name, scores)


def test_the_last_word_weighs_most() -> None:
    assert words_of("CustomerID") == ["customer", "id"]
    assert words_of("Ä_b2C") == ["a", "b", "2", "c"] or words_of("Ä_b2C")[0] == "a"
    assert fit("customer", "customer_age") == 0.3
    assert fit("product", "product_name") == 0.3
    assert fit("time", "first_order_date") == 0.6
    assert fit("customer", "f1") == 0.0


def test_what_tells_who_somebody_is() -> None:
    assert personal("customer_email")
    assert personal("First Name")
    assert not personal("segment")
