from django.urls import path

from o2c.invoicing import views
from o2c.invoicing.bank import reconciliation_page
from o2c.invoicing.bank import views as bank
from o2c.invoicing.cash import views as cash
from o2c.invoicing.guarding import views as guarding
from o2c.invoicing.invoices import send_page
from o2c.invoicing.matching import views as matching
from o2c.invoicing.matching import workbench_page as workbench
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
    path("bank/workbench/", workbench.bench, name="workbench"),
    path("bank/workbench/<int:pk>/", workbench.match_line, name="match_line"),
    path("bank/workbench/<int:pk>/split/", workbench.split_line, name="split_line"),
    path("bank/proposals/<int:pk>/accept/", workbench.accept_proposal, name="accept_proposal"),
    path("bank/proposals/<int:pk>/reject/", workbench.reject_proposal, name="reject_proposal"),
    path("bank/proposals/<int:pk>/undo/", workbench.undo_match, name="undo_match"),
    path("bank/quarantine/", guarding.quarantines, name="quarantines"),
    path("bank/quarantine/<int:pk>/ask/", guarding.ask_release, name="ask_release"),
    path("bank/quarantine/<int:pk>/release/", guarding.release_quarantine, name="release_quarantine"),
    path("bank/quarantine/<int:pk>/keep/", guarding.keep_quarantine, name="keep_quarantine"),
    path("bank/checks/<int:pk>/", guarding.check_rules, name="check_rules"),
    path("bank/payers/<int:pk>/forget/", matching.forget_payer, name="forget_payer"),
    path("receipts/<int:pk>/return/", cash.return_receipt, name="return_receipt"),
    path("items/<int:pk>/write-off/", cash.write_off_item, name="write_off_item"),
    path("items/<int:pk>/deduct/", cash.deduct_item, name="deduct_item"),
    path("items/<int:pk>/refund/", cash.refund_item, name="refund_item"),
    path("items/<int:pk>/move/", cash.move_item, name="move_item"),
    path("items/<int:pk>/exchange/", cash.exchange_item, name="exchange_item"),
    path("deductions/<int:pk>/settle/", cash.settle_deduction, name="settle_deduction"),
    path("write-offs/<int:pk>/reverse/", cash.reverse_write_off, name="reverse_write_off"),
    path("transfers/<int:pk>/undo/", cash.undo_transfer, name="undo_transfer"),
    path("customers/<int:pk>/bank-details/new/", cash.ask_bank_details, name="ask_bank_details"),
    path("approvals/", cash.approvals, name="approvals"),
    path("approvals/bank-details/<int:pk>/call/", cash.call_back, name="call_back"),
    path("approvals/refunds/export/", cash.export_refunds, name="export_refunds"),
    path("approvals/refunds/files/<int:pk>/", cash.refund_file, name="refund_file"),
    path("approvals/refunds/<int:pk>/cancel/", cash.cancel_refund, name="cancel_refund"),
    path("approvals/<slug:kind>/<int:pk>/approve/", cash.approve_request, name="approve_request"),
    path("approvals/<slug:kind>/<int:pk>/refuse/", cash.refuse_request, name="refuse_request"),
    path("approvals/<slug:kind>/<int:pk>/withdraw/", cash.withdraw_request, name="withdraw_request"),
    path("bank/", bank.bank_lines, name="bank_lines"),
    path("bank/lines/<int:pk>/", bank.bank_line, name="bank_line"),
    path("bank/lines/<int:pk>/set-aside/", bank.set_aside_line, name="set_aside_line"),
    path("bank/uses/<int:pk>/undo/", bank.undo_line_use, name="undo_line_use"),
    path("bank/statements/", bank.bank_statements, name="bank_statements"),
    path("bank/statements/<int:pk>/", bank.bank_statement, name="bank_statement"),
    path("bank/statements/<int:pk>/file", bank.bank_statement_file, name="bank_statement_file"),
    path("bank/reconciliation/", reconciliation_page.reconciliation, name="reconciliation"),
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
