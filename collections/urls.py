from django.urls import path

from o2c.collections.views import agreements, runs, worklist

urlpatterns = [
    path("worklist/", worklist.worklist, name="worklist"),
    path("worklist/claim/", worklist.claim_next, name="claim_next"),
    path("tasks/", worklist.tasks, name="tasks"),
    path("tasks/new/", worklist.new_task, name="new_task"),
    path("tasks/<int:pk>/claim/", worklist.claim, name="claim_task"),
    path("tasks/<int:pk>/release/", worklist.release, name="release_task"),
    path("tasks/<int:pk>/snooze/", worklist.snooze, name="snooze_task"),
    path("tasks/<int:pk>/done/", worklist.done, name="finish_task"),
    path("tasks/<int:pk>/assign/", worklist.assign, name="assign_task"),
    path("customers/<int:pk>/call/", agreements.call, name="log_call"),
    path("customers/<int:pk>/note/", agreements.note, name="add_note"),
    path("customers/<int:pk>/promise/", agreements.promise, name="record_promise"),
    path("customers/<int:pk>/hold/", agreements.hold, name="place_hold"),
    path("promises/", agreements.promise_list, name="promises"),
    path("promises/<int:pk>/withdraw/", agreements.withdraw_promise, name="withdraw_promise"),
    path("holds/<int:pk>/lift/", agreements.lift_hold, name="lift_hold"),
    path("items/<int:pk>/dispute/", agreements.dispute, name="open_dispute"),
    path("disputes/<int:pk>/close/", agreements.close_dispute, name="close_dispute"),
    path("runs/", runs.runs, name="runs"),
    path("runs/propose/", runs.propose, name="propose_run"),
    path("runs/<int:pk>/", runs.run, name="run"),
    path("runs/<int:pk>/decisions/", runs.run_decisions, name="run_decisions"),
    path("runs/<int:pk>/approve/", runs.approve, name="approve_run"),
    path("runs/<int:pk>/cancel/", runs.cancel, name="cancel_run"),
    path("runs/<int:pk>/send/", runs.send, name="send_run"),
    path("notices/<int:pk>/", runs.notice, name="notice"),
]
