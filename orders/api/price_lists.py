"""Price lists in the API, who buys by which, and what a product costs an account."""

from decimal import Decimal
from types import SimpleNamespace

from django.db.models import F, QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import clock, locks
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Currency, Day, DecimalOut, Flag, MoneyOut, Text, View
from o2c.core.api.problems import Problem, at, at_its_field
from o2c.core.states import LostRace
from o2c.orders.api.naming import check_key, entity_named
from o2c.orders.api.pricing import PriceEndIn, PriceEndpoint, PriceIn, PriceQuery, PriceView, said
from o2c.orders.models import Account, LegalEntity, ListPrice, PriceList, PriceListChoice, Product
from o2c.orders.prices import keeping, lists
from o2c.orders.prices.reading import price_of
from o2c.orders.prices.refusing import PriceRefused
from o2c.orders.prices.rules import Origin


class PriceListView(View):
    id = serializers.IntegerField()
    source = serializers.CharField()
    external_id = serializers.CharField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    code = serializers.CharField()
    name = serializers.CharField()
    currency = serializers.CharField()
    is_default = serializers.BooleanField(help_text="Counts for whoever buys in its currency, unless nearer does.")
    in_use = serializers.BooleanField()
    updated_at = serializers.DateTimeField()


class PriceListChange(Body):
    """What is left out stays as it is. One that becomes the default takes the place of the one that was."""

    code = Text(required=False, max_length=20)
    name = Text(required=False, max_length=100)
    is_default = Flag(required=False)
    in_use = Flag(required=False)


class PriceListIn(PriceListChange):
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    code = Text(max_length=20)
    name = Text(max_length=100)
    currency = Currency()


class PriceListQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")
    code = serializers.CharField(required=False, max_length=20)


class PriceListEndpoint(Endpoint):
    tag = "Price lists"
    refusals = (LostRace, PriceRefused)

    def rows(self) -> QuerySet[PriceList]:
        return PriceList.objects.for_user(self.request.user).annotate(entity_code=F("entity__code"))

    def locked(self, **by) -> PriceList | None:
        return PriceList.objects.select_for_update(no_key=True).filter(**by).first()

    def open(self, entity: LegalEntity, given: dict, **external) -> Response:
        details = {name: value for name, value in given.items() if name != "entity"}
        with at_its_field():
            made = lists.create(entity, **details, **external, actor=self.actor)
        return self.answer(made, status=201)

    def alter(self, price_list: PriceList, given: dict, **external) -> Response:
        details = {name: value for name, value in given.items() if name != "entity"}
        with at_its_field():
            lists.change(price_list, **details, **external, actor=self.actor)
        return self.answer(price_list)

    def answer(self, price_list: PriceList, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=price_list.pk)
        location = reverse("api:price-list", args=[row.pk]) if status == 201 else None
        return self.one(row, PriceListView, status=status, location=location)


class PriceLists(PriceListEndpoint):
    @operation("prices:read", "List price lists", gives=PriceListView, query=PriceListQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Those of the legal entities that you see."""
        return self.page(self.asked_for(self.rows(), entity="entity__code", code="code"), PriceListView)

    @operation("prices:write", "Open a price list", takes=PriceListIn, gives=PriceListView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        """Of each legal entity and currency one list may be the default."""
        return self.open(entity_named(request.user, given["entity"]), given)


class OnePriceList(PriceListEndpoint):
    @operation("prices:read", "Read a price list", gives=PriceListView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), PriceListView)

    @operation("prices:write", "Change a price list", takes=PriceListChange, gives=PriceListView, conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """What is left out stays as it is; the currency stays in any case, because the prices are in it."""
        self.find(self.rows(), pk=pk)
        price_list = self.locked(pk=pk)
        conditions.check_writing(request, price_list)
        return self.alter(price_list, given)


class ExternalPriceList(PriceListEndpoint):
    @operation("prices:read", "Read a price list by its key elsewhere", gives=PriceListView)
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return self.one(self.find(self.rows(), source=source, external_id=external_id), PriceListView)

    @operation(
        "prices:write", "Open or change a price list by its key elsewhere",
        takes=PriceListIn, gives=PriceListView, statuses=(200, 201), conditional=True,
    )  # fmt: skip
    def put(self, request: Request, source: str, external_id: str, given: dict) -> Response:
        """The same again changes nothing. A list of that code without a key elsewhere gets this one."""
        check_key(source, external_id)
        locks.hold("price-list", source, external_id)
        entity = entity_named(request.user, given["entity"])
        external = {"source": source, "external_id": external_id}
        price_list = self.locked(**external)
        if price_list is not None and price_list.entity_id != entity.pk:
            raise Problem("conflict", "This key is that of another list.")
        if price_list is None:
            price_list = self.locked(entity=entity, code=given["code"], external_id="")
        conditions.check_writing(request, price_list)
        return self.open(entity, given, **external) if price_list is None else self.alter(price_list, given, **external)


# --- Its prices


class ListPriceEndpoint(PriceEndpoint):
    tag = "Price lists"

    def rows(self) -> QuerySet[ListPrice]:
        return self.prices(ListPrice.objects.for_user(self.request.user), "price_list")


class ListPrices(ListPriceEndpoint):
    @operation("prices:read", "List the prices of a list", gives=PriceView, query=PriceQuery, pages=True)
    def get(self, request: Request, pk: int) -> Response:
        """Those that counted, count and will count."""
        found = self.find(PriceList.objects.for_user(request.user), pk=pk)
        return self.page(self.asked_for(self.rows().filter(price_list=found), product="product__number"), PriceView)

    @operation("prices:write", "Say a price of a list", takes=PriceIn, gives=PriceView, statuses=(201,))
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """What stood on its days gives way: it ends the day before, and stands again after `valid_until`. A price that
        has counted is never rewritten, and said again it changes nothing."""
        found = self.find(PriceList.objects.for_user(request.user).select_related("entity"), pk=pk)
        today = clock.today(found.entity.time_zone)
        with at_its_field():
            made = keeping.say(found, **said(given), today=today, actor=self.actor)
        return self.one(self.find(self.rows(), pk=made.pk), PriceView, status=201)


class EndListPrice(ListPriceEndpoint):
    @operation("prices:write", "End a price of a list", takes=PriceEndIn)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """One that has not counted by then is taken back. Ended by then already, it stays so."""
        found = self.find(ListPrice.objects.for_user(request.user).select_related("price_list__entity"), pk=pk)
        today = clock.today(found.price_list.entity.time_zone)
        with at_its_field():
            changed = keeping.end(found, last_day=given["last_day"], today=today, actor=self.actor)
        return Response({"changed": changed})


# --- Accounts


class AccountListView(View):
    price_list = serializers.CharField(source="code", help_text="Code of the list.")
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True)


class AccountListsView(View):
    data = AccountListView(many=True)


class AccountListIn(Body):
    price_list = Text(max_length=20, allow_null=True, help_text="Code of a list; null: by the default one again.")
    valid_from = Day()


class AccountPriceQuery(serializers.Serializer):
    product = serializers.CharField(max_length=60, help_text="Number of the product.")
    quantity = serializers.DecimalField(max_digits=19, decimal_places=6, min_value=Decimal(0), default=Decimal(1))
    on = serializers.DateField(required=False, help_text="The legal entity's today unless said otherwise.")


class AccountPriceView(View):
    """What is paid, and where it comes from."""

    product = serializers.CharField()
    unit = serializers.CharField()
    quantity = DecimalOut()
    on = serializers.DateField()
    origin = serializers.ChoiceField(choices=[origin.value for origin in Origin])
    source = serializers.CharField(help_text="Number of the contract, or code of the list.")
    source_id = serializers.IntegerField(help_text="Id of the contract or list.")
    price_id = serializers.IntegerField()
    price = DecimalOut()
    price_per = DecimalOut(help_text="For how many units it is.")
    currency = serializers.CharField()
    from_quantity = DecimalOut()
    valid_from = serializers.DateField()
    valid_until = serializers.DateField(allow_null=True)
    net = MoneyOut("net", help_text="What the quantity costs, rounded as a line of an invoice is.")
    terms = serializers.CharField(allow_null=True, help_text="Payment terms: the contract's own, else the account's.")


class AccountEndpoint(Endpoint):
    tag = "Price lists"
    refusals = (LostRace, PriceRefused)

    def account(self, pk: int) -> Account:
        return self.find(Account.objects.for_user(self.request.user).select_related("entity", "terms"), pk=pk)


class AccountPrice(AccountEndpoint):
    @operation("prices:read", "What a product costs an account", gives=AccountPriceView, query=AccountPriceQuery)
    def get(self, request: Request, pk: int) -> Response:
        """By its contract, else by the list it buys by, else by the default list of its currency; 404 where none knows
        a price for that quantity and day."""
        account = self.account(pk)
        product = Product.objects.filter(number=self.query["product"]).first()
        if product is None:
            detail = {"parameter": "product", "code": "unknown", "detail": "There is no such product."}
            raise Problem("validation", detail["detail"], errors=[detail])
        quantity = self.query["quantity"]
        on = self.query.get("on") or clock.today(account.entity.time_zone)
        found = price_of(account, product.pk, quantity, on)
        if found is None:
            raise Problem("not-found", f"No contract and no list knows a price of {product.number} on {on}.")
        row = SimpleNamespace(
            product=product.number, unit=product.unit, quantity=quantity, on=on,
            origin=found.origin.value, source=found.owner, source_id=found.owner_id, price_id=found.price_id,
            price=found.price, price_per=found.price_per, currency=found.currency, from_quantity=found.from_quantity,
            valid_from=found.valid_from, valid_until=found.valid_until, net=found.net(quantity).amount,
            terms=found.terms or (account.terms.code if account.terms else None),
        )  # fmt: skip
        return Response(AccountPriceView().to_representation(row))


class AccountLists(AccountEndpoint):
    def answer(self, account: Account) -> Response:
        own = PriceListChoice.objects.filter(entity=account.entity_id, customer=account.customer_id)
        write = AccountListView().to_representation
        return Response({"data": [write(each) for each in own.annotate(code=F("price_list__code"))]})

    @operation("prices:read", "By which lists an account buys", gives=AccountListsView)
    def get(self, request: Request, pk: int) -> Response:
        """On days without one it buys by the default list of its currency."""
        return self.answer(self.account(pk))

    @operation("prices:write", "Let an account buy by a list", takes=AccountListIn, gives=AccountListsView)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """From a day on, whatever was said of the days after it before. The same again changes nothing."""
        account, chosen = self.account(pk), None
        if given["price_list"] is not None:
            chosen = PriceList.objects.filter(entity=account.entity_id, code=given["price_list"]).first()
            if chosen is None:
                raise at("/price_list", "unknown", "There is no such list.")
        today = clock.today(account.entity.time_zone)
        with at_its_field():
            lists.choose(account, chosen, valid_from=given["valid_from"], today=today, actor=self.actor)
        return self.answer(account)
