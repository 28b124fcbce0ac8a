"""The chasing in the API: tasks and dunning runs."""

from django.db.models import F, QuerySet
from django.urls import path, reverse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from o2c.collections import teams, worklist
from o2c.collections.activities import NothingSaid
from o2c.collections.models import Activity, DunningRun, Queue, Task
from o2c.collections.naming import check_one, somebody_named
from o2c.collections.worklist import TaskRefused
from o2c.core import clock
from o2c.core.api.endpoints import Endpoint, PageQuery, operation
from o2c.core.api.fields import Body, Choice, Day, MoneyOut, Text, View
from o2c.core.api.problems import at
from o2c.core.models import User
from o2c.orders.api.naming import AccountQuery, CustomerName, customer_named, entity_named

# --- Tasks


class TaskView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    customer = serializers.IntegerField(source="customer_id")
    kind = serializers.ChoiceField(choices=Task.Kind.choices)
    why = serializers.CharField()
    state = serializers.ChoiceField(choices=Task.State.choices)
    assignee = serializers.CharField(source="assignee_name", allow_null=True, help_text="User name.")
    queue = serializers.CharField(source="queue_code", allow_null=True)
    pool = serializers.CharField(
        source="pool_code", allow_null=True, help_text="Code of the queue where the rules put it, as it was nobody's."
    )
    claimed_by = serializers.CharField(source="claimer_name", allow_null=True, help_text="User name.")
    at_risk = MoneyOut("at_risk", "base_currency", help_text="What the customer owes overdue.")
    points = serializers.IntegerField(help_text="Of the legal entity's strategy: percent by which it counts more.")
    rank = MoneyOut("rank", "base_currency", help_text="At risk, weighed by the points: the most is done first.")
    due_on = serializers.DateField()
    snoozed_until = serializers.DateField(allow_null=True)
    outcome = serializers.CharField()
    created_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class TaskIn(Body):
    entity = Text(max_length=20, help_text="Code of the legal entity.")
    customer = CustomerName()
    why = Text(max_length=300)
    due_on = Day(required=False, help_text="Left out: today where the legal entity is.")
    assignee = Text(required=False, max_length=150, help_text="User name; else a queue, else the customer's collector.")
    queue = Text(required=False, max_length=20, help_text="Code of a queue.")

    def validate(self, given):
        return check_one(given, "assignee", "queue")


class GiveIn(Body):
    assignee = Text(required=False, max_length=150, help_text="User name, of somebody who works tasks of the entity.")
    queue = Text(required=False, max_length=20, help_text="Or the code of a queue.")

    def validate(self, given):
        if "assignee" not in given and "queue" not in given:
            raise serializers.ValidationError("Say who gets it: a person or a queue.", "required")
        return check_one(given, "assignee", "queue")


class DoneIn(Body):
    outcome = Choice(choices=Activity.Outcome.choices, required=False)
    note = Text(required=False, max_length=5000, allow_blank=True, default="")


class SnoozeIn(Body):
    until = Day(help_text="A day to come.")
    note = Text(required=False, max_length=5000, allow_blank=True, default="")


class NoteIn(Body):
    text = Text(max_length=5000)


class TaskQuery(AccountQuery):
    state = serializers.ChoiceField(choices=Task.State.choices, required=False)
    assignee = serializers.CharField(required=False, max_length=150, help_text="User name.")


class TaskEndpoint(Endpoint):
    tag = "Tasks"
    refusals = (TaskRefused, NothingSaid)

    def rows(self) -> QuerySet[Task]:
        return Task.objects.for_user(self.request.user).annotate(
            entity_code=F("entity__code"),
            base_currency=F("entity__base_currency"),
            assignee_name=F("assignee__username"),
            queue_code=F("queue__code"),
            pool_code=F("pool__code"),
            claimer_name=F("claimed_by__username"),
        )

    def answer(self, task: Task, status: int = 200) -> Response:
        row = self.find(self.rows(), pk=task.pk)
        location = reverse("api:task", args=[row.pk]) if status == 201 else None
        return self.one(row, TaskView, status=status, location=location)


class Tasks(TaskEndpoint):
    @operation("tasks:read", "List tasks", gives=TaskView, query=TaskQuery, pages=True)
    def get(self, request: Request) -> Response:
        """What is to be done about customers, and what was."""
        rows = self.asked_for(
            self.rows(), customer="customer_id", entity="entity__code", state="state", assignee="assignee__username"
        )
        return self.page(rows, TaskView)

    @operation("tasks:write", "Create a task", takes=TaskIn, gives=TaskView, statuses=(201,))
    def post(self, request: Request, given: dict) -> Response:
        """Give somebody something to do about a customer."""
        entity = entity_named(request.user, given["entity"])
        customer = customer_named(request.user, given["customer"])
        to = somebody_named(given, "assignee", "queue")
        task = worklist.create(
            entity=entity,
            customer=customer,
            kind=Task.Kind.MANUAL,
            why=given["why"],
            due_on=given.get("due_on") or clock.today(entity.time_zone),
            assignee=to if isinstance(to, User) else None,
            queue=to if isinstance(to, Queue) else None,
            actor=self.actor,
        )
        return self.answer(task, status=201)


class OneTask(TaskEndpoint):
    @operation("tasks:read", "Read a task", gives=TaskView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), TaskView)


class DoneTask(TaskEndpoint):
    @operation("tasks:write", "Finish a task", takes=DoneIn, gives=TaskView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Refused (409) while a person works on it, and where it is finished already."""
        task = self.find(Task.objects.for_user(request.user), pk=pk)
        return self.answer(worklist.done(task, given.get("outcome", ""), given["note"], actor=self.actor))


class GiveTask(TaskEndpoint):
    @operation("tasks:write", "Give a task to somebody", takes=GiveIn, gives=TaskView, right="tasks.assign")
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """Who works on it loses it. Refused (409) where it is finished already."""
        task = self.find(Task.objects.for_user(request.user).select_related("entity"), pk=pk)
        to = somebody_named(given, "assignee", "queue")
        if isinstance(to, User) and not teams.works(to, task.entity):
            raise at("/assignee", "unfit", f"{to} works no tasks of {task.entity.code}.")
        return self.answer(worklist.reassign(task, to, self.actor))


class SnoozeTask(TaskEndpoint):
    @operation("tasks:write", "Put a task off", takes=SnoozeIn, gives=TaskView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """It comes back on the day to whom it is assigned, or to its queue."""
        task = self.find(Task.objects.for_user(request.user), pk=pk)
        return self.answer(worklist.snooze(task, given["until"], self.actor, given["note"]))


class NoteTask(TaskEndpoint):
    @operation("tasks:write", "Write a note on a task", takes=NoteIn, gives=TaskView)
    def post(self, request: Request, pk: int, given: dict) -> Response:
        """It stands in the customer's timeline."""
        task = self.find(Task.objects.for_user(request.user).select_related("customer", "entity"), pk=pk)
        worklist.add_note(task, given["text"], actor=self.actor)
        return self.answer(task)


# --- Dunning runs


class RunView(View):
    id = serializers.IntegerField()
    entity = serializers.CharField(source="entity_code", help_text="Code of the legal entity.")
    as_of = serializers.DateField()
    state = serializers.ChoiceField(choices=DunningRun.State.choices)
    replay = serializers.BooleanField(help_text="A past day played again: nothing was sent.")
    considered = serializers.IntegerField(help_text="Overdue items looked at.")
    skipped = serializers.DictField(child=serializers.IntegerField(), help_text="Items not chased, by reason.")
    notices = serializers.IntegerField(source="notices_made")
    items = serializers.IntegerField(source="items_noticed")
    proposed_by = serializers.CharField()
    approved_by = serializers.CharField()
    created_at = serializers.DateTimeField()
    approved_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)
    updated_at = serializers.DateTimeField()


class RunQuery(PageQuery):
    entity = serializers.CharField(required=False, max_length=20, help_text="Only of this legal entity (its code).")
    state = serializers.ChoiceField(choices=DunningRun.State.choices, required=False)


class RunEndpoint(Endpoint):
    tag = "Dunning runs"

    def rows(self) -> QuerySet[DunningRun]:
        runs = DunningRun.objects.for_user(self.request.user).filter(scenario_id=None)
        return runs.annotate(entity_code=F("entity__code"))


class Runs(RunEndpoint):
    @operation("runs:read", "List dunning runs", gives=RunView, query=RunQuery, pages=True)
    def get(self, request: Request) -> Response:
        """Each look at a legal entity's overdue items, and what came of it."""
        return self.page(self.asked_for(self.rows(), entity="entity__code", state="state"), RunView)


class OneRun(RunEndpoint):
    @operation("runs:read", "Read a dunning run", gives=RunView)
    def get(self, request: Request, pk: int) -> Response:
        return self.one(self.find(self.rows(), pk=pk), RunView)


urlpatterns = [
    path("tasks", Tasks.as_view(), name="tasks"),
    path("tasks/<int:pk>", OneTask.as_view(), name="task"),
    path("tasks/<int:pk>/done", DoneTask.as_view(), name="done-task"),
    path("tasks/<int:pk>/give", GiveTask.as_view(), name="give-task"),
    path("tasks/<int:pk>/snooze", SnoozeTask.as_view(), name="snooze-task"),
    path("tasks/<int:pk>/notes", NoteTask.as_view(), name="note-task"),
    path("dunning-runs", Runs.as_view(), name="runs"),
    path("dunning-runs/<int:pk>", OneRun.as_view(), name="run"),
]
