"""Products in the API: shared by the legal entities."""

from django.db.models import QuerySet
from django.urls import reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.core import locks
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Choice, DecimalIn, DecimalOut, Flag, Text, View
from o2c.core.api.problems import Problem, at_its_field
from o2c.core.states import LostRace
from o2c.core.units import unit_choices
from o2c.orders import products
from o2c.orders.api.naming import check_key
from o2c.orders.models import Product


class ProductView(View):
    id = serializers.IntegerField()
    source = serializers.CharField()
    external_id = serializers.CharField()
    number = serializers.CharField()
    name = serializers.CharField()
    unit = serializers.CharField(help_text="UN/ECE recommendation 20.")
    tax_rate = DecimalOut(allow_null=True, help_text="Percent, where it is sold at home.")
    hs_code = serializers.CharField(help_text="Harmonized System.")
    origin_country = serializers.CharField()
    net_weight_kg = DecimalOut(allow_null=True, help_text="Of one.")
    gross_weight_kg = DecimalOut(allow_null=True, help_text="Of one, packed.")
    cost = DecimalOut(allow_null=True, help_text="What one costs us, in cost_currency.")
    cost_currency = serializers.CharField()
    in_use = serializers.BooleanField()
    updated_at = serializers.DateTimeField()


class ProductChange(Body):
    """What is left out stays as it is."""

    number = Text(required=False, max_length=60)
    name = Text(required=False, max_length=200)
    unit = Choice(
        choices=unit_choices(), required=False,
        help_text="UN/ECE recommendation 20; prices are for it, so it stays once there is one.",
    )  # fmt: skip
    tax_rate = DecimalIn(whole=2, places=3, required=False, allow_null=True)
    hs_code = Text(required=False, max_length=12, allow_blank=True, help_text="6 to 12 digits.")
    origin_country = Text(required=False, max_length=2, allow_blank=True, help_text="As in DE (ISO 3166).")
    net_weight_kg = DecimalIn(whole=13, places=6, required=False, allow_null=True)
    gross_weight_kg = DecimalIn(whole=13, places=6, required=False, allow_null=True)
    cost = DecimalIn(whole=13, places=6, required=False, allow_null=True)
    cost_currency = Text(required=False, max_length=3, allow_blank=True, help_text="Goes with cost.")
    in_use = Flag(required=False, help_text="false: nothing new is agreed of it.")


class ProductUpsert(ProductChange):
    """What is left out stays as it is; a new product's number is its external_id unless said otherwise."""

    name = Text(max_length=200)


class ProductIn(ProductChange):
    number = Text(max_length=60)
    name = Text(max_length=200)


class ProductQuery(PageQuery):
    number = serializers.CharField(required=False, max_length=60)
    source = serializers.CharField(required=False, max_length=60)
    in_use = serializers.BooleanField(required=False)


class ProductEndpoint(Endpoint):
    tag = "Products"
    refusals = (LostRace,)

    def rows(self) -> QuerySet[Product]:
        return Product.objects.all()

    def check_everywhere(self) -> None:
        """Products are those of every legal entity. Raises Problem for who sees only some."""
        if not self.request.user.all_entities:
            raise Problem("forbidden", "Products are shared; only who sees every legal entity changes them.")

    def locked(self, **by) -> Product | None:
        return Product.objects.select_for_update(no_key=True).filter(**by).first()

    def open(self, given: dict, **external) -> Response:
        if Product.objects.filter(number=given["number"]).exists():
            raise Problem("conflict", f"There is a product {given['number']} already.")
        with at_its_field():
            made = products.create(**given, **external, actor=self.actor)
        return self.answer(made, status=201)

    def alter(self, product: Product, given: dict, **external) -> Response:
        with at_its_field():
            products.change(product, **given, **external, actor=self.actor)
        return self.answer(product)

    def answer(self, product: Product, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=product.pk)
        location = reverse("api:product", args=[row.pk]) if status == 201 else None
        return self.one(row, ProductView, status=status, location=location)


class Products(ProductEndpoint):
    @operation("products:read", "List products", gives=ProductView, query=ProductQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What is sold, also what is out of use."""
        return self.page(self.asked_for(self.rows(), number="number", source="source", in_use="in_use"), ProductView)

    @operation("products:write", "Add a product", takes=ProductIn, gives=ProductView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        """Prices and orders name it by its number."""
        self.check_everywhere()
        return self.open(given)


class OneProduct(ProductEndpoint):
    @operation("products:read", "Read a product", gives=ProductView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), ProductView)

    @operation("products:write", "Change a product", takes=ProductChange, gives=ProductView, conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """What is left out stays as it is. A product is not removed but taken out of use."""
        self.check_everywhere()
        self.find(self.rows(), pk=pk)
        product = self.locked(pk=pk)
        conditions.check_writing(request, product)
        return self.alter(product, given)


class ExternalProduct(ProductEndpoint):
    @operation("products:read", "Read a product by its key elsewhere", gives=ProductView)
    def get(self, request: Request, source: str, external_id: str) -> Response:
        return self.one(self.find(self.rows(), source=source, external_id=external_id), ProductView)

    @operation(
        "products:write", "Add or change a product by its key elsewhere",
        takes=ProductUpsert, gives=ProductView, statuses=(200, 201), conditional=True,
    )  # fmt: skip
    def put(self, request: Request, source: str, external_id: str, given: dict) -> Response:
        """The same again changes nothing. A product of that number without a key elsewhere gets this one."""
        self.check_everywhere()
        check_key(source, external_id)
        locks.hold("product", source, external_id)
        external = {"source": source, "external_id": external_id}
        product = self.locked(**external)
        if product is None:
            given.setdefault("number", external_id[:60])
            product = self.locked(number=given["number"], external_id="")
        conditions.check_writing(request, product)
        return self.open(given, **external) if product is None else self.alter(product, given, **external)
