"""Queues in the API: what goes into each, how it gives that out, and what another query would hold."""

from django.db.models import QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections import pools
from o2c.collections.models import Queue, Task
from o2c.collections.pools import FACTS, MOST_WORDS, Pool, PoolRefused, Query
from o2c.core.api import conditions
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Choice, Text, View, Whole
from o2c.core.api.problems import Problem, at_its_field


def words(**facts) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(), **facts)


class QueueView(View):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    place = serializers.IntegerField(allow_null=True, help_text="Among the pools, from 1; null: it is none.")
    entities = words(help_text="Codes of legal entities. In each list one must be the case; an empty one asks nothing.")
    segments = words(help_text="Of the customer's account.")
    countries = words(help_text="Of the customer.")
    languages = words(help_text="Of the customer, two letters.")
    letters = words(help_text="First letters of the customer's name, such as SCH or A-K.")
    kinds = words(help_text="Of the task.")
    gives = serializers.ChoiceField(choices=Queue.Gives.choices, help_text="How it gives its tasks out.")
    changed_by = serializers.CharField()
    updated_at = serializers.DateTimeField()


def asked(most: int, **facts) -> serializers.ListField:
    return serializers.ListField(child=Text(max_length=most), required=False, max_length=MOST_WORDS, **facts)


class QueueIn(Body):
    """The queue as a whole: what is left out is not asked for, and without a place it is no pool."""

    name = Text(max_length=100)
    place = Whole(min_value=1, max_value=1000, required=False, allow_null=True)
    entities = asked(20)
    segments = asked(40)
    countries = asked(2)
    languages = asked(2)
    letters = asked(21)
    kinds = serializers.ListField(child=Choice(choices=Task.Kind.choices), required=False)
    gives = Choice(choices=Queue.Gives.choices, required=False)


class HeldView(serializers.Serializer):
    queue = serializers.CharField()
    before = serializers.IntegerField(help_text="Open tasks that rules put there and nobody has taken.")
    tasks = serializers.IntegerField(help_text="How many there would be.")
    customers = serializers.IntegerField(help_text="Of how many customers.")


class QueuePreviewView(serializers.Serializer):
    queues = HeldView(many=True, help_text="The pools in their order, then the other queues.")


class QueueEndpoint(Endpoint):
    tag = "Tasks"
    refusals = (PoolRefused,)

    def rows(self) -> QuerySet[Queue]:
        return Queue.objects.all()

    def wanted(self, given: dict) -> Pool:
        """What was sent. Raises Problem at what cannot be; queues are shared, so only for who sees every entity."""
        if not self.request.user.all_entities:
            raise Problem("forbidden", "Queues are shared: this is for who sees every legal entity.")
        query = Query(**{name: tuple(given[name]) for name in FACTS if name in given})
        found = pools.tidied(Pool(given["name"], given.get("place"), query, given.get("gives", Queue.Gives.TAKEN)))
        with at_its_field("unfit"):
            pools.check(found)
        return found


class Queues(QueueEndpoint):
    @operation("tasks:read", "List queues", gives=QueueView, query=PageQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Where tasks wait that are nobody's. The pools among them have a place."""
        return self.page(self.rows(), QueueView)


class OneQueue(QueueEndpoint):
    @operation("tasks:read", "Read a queue", gives=QueueView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), QueueView)

    @operation("tasks:write", "Set a queue", takes=QueueIn, gives=QueueView, right="setup.manage", conditional=True)
    def put(self, request: Request, pk: int, given: dict) -> Response:
        """Tasks that nobody has taken move at once; the other pools close up or make way for its place."""
        wanted = self.wanted(given)
        there = self.find(self.rows().select_for_update(no_key=True), pk=pk)
        conditions.check_writing(request, there)
        pools.change(there, wanted, actor=self.actor)
        return self.one(self.find(self.rows(), pk=pk), QueueView)


class PreviewQueue(QueueEndpoint):
    @operation("tasks:write", "Preview a queue", takes=QueueIn, gives=QueuePreviewView, right="setup.manage")
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """What each queue would hold if this one were so; nothing is changed."""
        wanted = self.wanted(given)
        held = pools.preview(self.find(self.rows(), pk=pk), wanted)
        return Response(QueuePreviewView({"queues": [vars(each) for each in held]}).data)


urlpatterns = [
    path("queues", Queues.as_view(), name="queues"),
    path("queues/<int:pk>", OneQueue.as_view(), name="queue"),
    path("queues/<int:pk>/preview", PreviewQueue.as_view(), name="preview-queue"),
]
