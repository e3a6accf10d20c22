"""What columns are called in the shops of the world, by role."""

from __future__ import annotations

import re
import unicodedata


def word_set(text: str) -> frozenset[str]:
    """The words of a text, once each."""
    return frozenset(text.split())


ROLE_NAMES: dict[str, str] = {
    "customer": """customer cust client user member shopper buyer visitor household consumer person account
        kunde kunden kaufer kaeufer mitglied nutzer debitor kundennummer kundennr kundenid kundenkennung kdnr
        cliente usuario comprador socio acheteur utilisateur adherent klant gebruiker kund asiakas klient
        zakaznik musteri loyaltycard cardholder panelist householdkey uid cid userid patron guest""",
    "product": """product prod item article sku stock stockcode stockitem asin goods upc ean gtin barcode isbn
        plu material artikel produkt ware artikelnummer artikelnr artnr artikelid produktnummer produktnr
        produktid materialnummer articulo producto articolo prodotto produit artigo produto tuote towar
        varenummer urun movie track referencia reference refproduit codigoarticulo codarticulo""",
    "time": """date time datetime timestamp ts day when moment invoicedate orderdate purchasedate
        transactiondate transdate saledate salesdate orderedat createdat purchasedat soldat boughtat
        dt dttm ordertime ordertimestamp orderpurchasetimestamp eventtime eventtimestamp invoicetime tdat dat
        datetimestamp datum zeit zeitpunkt zeitstempel kaufdatum bestelldatum rechnungsdatum belegdatum
        verkaufsdatum bestellzeit auftragsdatum buchungsdatum fecha fechacompra fechapedido fechafactura
        fechaventa datecommande dateachat datefacture datevente data dataacquisto dataordine datapedido
        datacompra dato paivamaara orderts bontijd besteldatum""",
    "invoice": """invoice order basket transaction trans txn receipt ticket bill trip purchase voucher cart
        rechnung rechnungsnummer rechnungsnr bestellung bestellnummer bestellnr auftrag auftragsnummer
        auftragsnr beleg belegnummer belegnr bon bonnr bonnummer kassenbon facture commande pedido factura
        ordine fattura scontrino ordre nota fatura compra bestelling faktura""",
    "quantity": """quantity qty quant units unitssold unitsold pieces pcs count itemcount menge anzahl stuck
        stueck stk stuckzahl stueckzahl quantite qte cantidad cant unidades quantita quantidade aantal antal
        ilosc kpl numberofitems orderquantity orderqty""",
    "price": """price unitprice priceperunit itemprice sellingprice saleprice salesprice retailprice listprice
        preis einzelpreis stuckpreis stueckpreis verkaufspreis vk vkpreis prix prixunitaire pu precio
        preciounitario prezzo prezzounitario preco precounitario prijs pris styckpris cena hinta fiyat
        avgprice productprice""",
    "total": """total totalprice linetotal amount salesamount salesvalue sales revenue turnover spend spent
        value netsales grosssales totalamount extendedprice subtotal totalsales totalvalue totalrevenue
        ordertotal paymentvalue lineamount netamount grossamount umsatz betrag gesamtpreis gesamtbetrag gesamt
        gesamtsumme summe zeilensumme positionswert warenwert montant montanttotal prixtotal importe
        importetotal monto ventas totale importo ricavo valor valortotal preciototal bedrag omzet belop netto
        brutto""",
    "description": """description desc name title productname itemname prodname articlename producttitle
        productdescription itemdescription articledescription label bezeichnung artikelbezeichnung
        produktbezeichnung artikelname produktname beschreibung artikeltext libelle designation nomproduit
        descripcion nombreproducto nombre descrizione nomeprodotto descricao nomeproduto omschrijving
        beskrivning opis detaildesc""",
    "category": """category productcategory itemcategory categoryname categorycode department departmentname
        aisle aislename productgroup productgroupname producttype producttypename family productfamily section
        warengruppe kategorie produktgruppe artikelgruppe sortiment categorie rayon famille categoria familia
        reparto departamento varugrupp grupptowar productgroupname commoditydesc subcategory""",
    "country": """country countrycode countryname land pays pais paese nation region state market
        customercountry customerstate shipcountry billingcountry lieferland""",
    "cost": """cost unitcost costprice purchaseprice cogs buyingprice einkaufspreis ek ekpreis einstandspreis
        prixachat coutunitaire coste costeunitario costo costounitario custo inkoopprijs""",
    "event": """event eventtype eventname action actiontype behavior behaviour behaviortype behaviourtype
        interaction interactiontype ereignis evento evenement""",
}
VOCABULARY = {role: word_set(text) for role, text in ROLE_NAMES.items()}

NEUTRAL = word_set(
    """id ids no nr num number numero nummer code codigo key ref hash sk pk fk uuid guid identifier kennung
    idx index unique original cod nbr n the of de del du der des den di da per t x eur usd gbp chf"""
)
"""Words that leave the meaning of a name as it is."""

PERSONAL = word_set(
    """name firstname lastname surname vorname nachname nom prenom apellido email mail phone telefon tel
    mobile address adresse street strasse birthday birth birthdate geburtsdatum dob iban zip postcode plz
    postalcode ip"""
)
"""Words for what tells who a customer is."""


def words_of(name: str) -> list[str]:
    """CustomerID, customer_id and 'Customer Id' as [customer, id]; accents are taken off."""
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    return re.findall(r"[^\W\d_]+|\d+", plain.lower())


def fit(role: str, name: str) -> float:
    """How well a name says a role: 1 in as many words, 0.95 beside neutral ones, less in part, 0 not at all.

    The last word weighs most: a customer's age is no customer, an order's date is a date.
    """
    known = VOCABULARY[role]
    words = words_of(name)
    telling = [word for word in words if word not in NEUTRAL and not word.isdigit()]
    if "".join(words) in known:
        return 1.0
    if not telling:
        return 0.0
    if "".join(telling) in known:
        return 0.95
    if telling[-1] in known or "".join(telling[-2:]) in known:
        return 0.6
    return 0.3 if any(word in known for word in telling) else 0.0


def personal(name: str) -> bool:
    """Whether a name says that the column tells who somebody is."""
    words = words_of(name)
    return bool(PERSONAL & {*words, "".join(words)})
