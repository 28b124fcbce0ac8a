from django.urls import path

from o2c.invoicing import views
from o2c.invoicing.guarding import views as guarding
from o2c.invoicing.invoices import send_page
from o2c.invoicing.matching import views as matching
from o2c.invoicing.statements import views as statements

urlpatterns = [
    path("items/", views.items, name="items"),
    path("aging/", views.aging, name="aging"),
    path("receipts/", views.receipts, name="receipts"),
    path("receipts/new/", views.new_receipt, name="new_receipt"),
    path("receipts/<int:pk>/", views.receipt, name="receipt"),
    path("receipts/<int:pk>/apply/", views.apply_receipt, name="apply_receipt"),
    path("receipts/<int:pk>/reverse/", views.reverse_receipt, name="reverse_receipt"),
    path("allocations/<int:pk>/undo/", views.undo_allocation, name="undo_allocation"),
    path("bank/quarantine/", guarding.quarantines, name="quarantines"),
    path("bank/quarantine/<int:pk>/ask/", guarding.ask_release, name="ask_release"),
    path("bank/quarantine/<int:pk>/release/", guarding.release_quarantine, name="release_quarantine"),
    path("bank/quarantine/<int:pk>/keep/", guarding.keep_quarantine, name="keep_quarantine"),
    path("bank/checks/<int:pk>/", guarding.check_rules, name="check_rules"),
    path("bank/payers/<int:pk>/forget/", matching.forget_payer, name="forget_payer"),
    path("invoices/<int:pk>/send/", send_page.send_invoice, name="send_invoice"),
    path("statements/", statements.statements, name="statements"),
    path("statements/runs/new/", statements.new_run, name="new_statement_run"),
    path("statements/runs/<int:pk>/", statements.run, name="statement_run"),
    path("statements/runs/<int:pk>/cancel/", statements.cancel_run, name="cancel_statement_run"),
    path("statements/schedules/new/", statements.new_schedule, name="new_statement_schedule"),
    path("statements/schedules/<int:pk>/", statements.edit_schedule, name="edit_statement_schedule"),
    path("statements/schedules/<int:pk>/stop/", statements.stop_schedule, name="stop_statement_schedule"),
    path("statements/schedules/<int:pk>/resume/", statements.resume_schedule, name="resume_statement_schedule"),
    path("statements/<int:pk>/statement.pdf", statements.statement_document, name="statement_document"),
    path("statements/<int:pk>/send/", statements.send_statement, name="send_statement"),
    path("customers/<int:pk>/statement/", statements.ask_statement, name="ask_statement"),
    path("customers/<int:pk>/statement.csv", statements.statement, name="statement"),
    path("customers/<int:pk>/statement.pdf", statements.statement_paper, name="statement_paper"),
]
