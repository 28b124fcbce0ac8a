"""Who may open what: every address of the product for every role and for a visitor, and no row of a legal entity that
the user does not see."""

import pytest
from django.contrib import admin
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from o2c.core.models import Role
from o2c.core.rights import RIGHTS
from tests.web.company import company

# Every page: the right it needs, and the methods it answers. None: for everybody, also visitors.
READ, FORM, POST = "GET", "GET POST", "POST"
PAGES = {
    "dashboard": ("book.read", READ),
    "customers": ("book.read", READ),
    "customer": ("book.read", READ),
    "statement": ("book.read", READ),
    "statement_paper": ("book.read", READ),
    "ask_statement": ("book.read", FORM),
    "send_invoice": ("invoices.issue", FORM),
    "orders": ("book.read", READ),
    "order": ("book.read", READ),
    "new_order": ("orders.edit", FORM),
    "edit_order": ("orders.edit", FORM),
    "validate_order": ("orders.edit", POST),
    "confirm_order": ("orders.confirm", POST),
    "confirm_orders": ("orders.confirm", FORM),
    "cancel_order": ("orders.edit", FORM),
    "waive_problem": ("orders.waive", FORM),
    "product_choices": ("book.read", READ),
    "products": ("book.read", READ),
    "product": ("book.read", READ),
    "new_product": ("products.edit", FORM),
    "edit_product": ("products.edit", FORM),
    "price_lists": ("book.read", READ),
    "price_list": ("book.read", READ),
    "new_price_list": ("prices.edit", FORM),
    "edit_price_list": ("prices.edit", FORM),
    "say_list_price": ("prices.edit", FORM),
    "end_list_price": ("prices.edit", FORM),
    "choose_price_list": ("prices.edit", FORM),
    "credit_list": ("book.read", READ),
    "held_order": ("book.read", READ),
    "customer_exposure": ("book.read", READ),
    "release_order": ("credit.release", FORM),
    "reject_order": ("credit.release", FORM),
    "credit_reviews": ("book.read", READ),
    "credit_review": ("book.read", READ),
    "new_review": ("credit.apply", FORM),
    "tell_review": ("credit.apply", FORM),
    "withdraw_review": ("credit.apply", FORM),
    "approve_review": ("credit.decide", FORM),
    "refuse_review": ("credit.decide", FORM),
    "credit_policies": ("book.read", READ),
    "credit_policy": ("credit.rules", FORM),
    "credit_limits": ("book.read", READ),
    "say_limit": ("credit.edit", FORM),
    "end_limit": ("credit.edit", FORM),
    "deliveries": ("book.read", READ),
    "delivery": ("book.read", READ),
    "delivery_proof": ("book.read", READ),
    "customs_invoice": ("book.read", READ),
    "plan_delivery": ("deliveries.work", FORM),
    "edit_delivery": ("deliveries.work", FORM),
    "ship_delivery": ("deliveries.work", FORM),
    "deliver_delivery": ("deliveries.work", FORM),
    "prove_delivery": ("deliveries.work", FORM),
    "cancel_delivery": ("deliveries.work", FORM),
    "carriers": ("book.read", READ),
    "carrier": ("book.read", READ),
    "new_carrier_secret": ("carriers.secrets", FORM),
    "end_carrier_secrets": ("carriers.secrets", FORM),
    "new_carrier": ("carriers.edit", FORM),
    "edit_carrier": ("carriers.edit", FORM),
    "billing": ("book.read", READ),
    "run_billing": ("billing.run", FORM),
    "billing_rules": ("billing.rules", FORM),
    "billing_tolerance": ("billing.rules", FORM),
    "discrepancies": ("book.read", READ),
    "accept_difference": ("differences.accept", FORM),
    "metrics": ("metrics.read", READ),
    "metric": ("metrics.read", READ),
    "snapshots": ("metrics.read", READ),
    "snapshot": ("metrics.read", READ),
    "serving": ("serving.read", READ),
    "customer_serving": ("serving.read", READ),
    "record_work": ("serving.record", FORM),
    "take_back_work": ("serving.record", POST),
    "cost_rates": ("serving.read", READ),
    "set_cost_rate": ("serving.rates", FORM),
    "contracts": ("book.read", READ),
    "contract": ("book.read", READ),
    "customer_prices": ("book.read", READ),
    "new_contract": ("contracts.draft", FORM),
    "edit_contract": ("contracts.draft", FORM),
    "activate_contract": ("contracts.agree", FORM),
    "end_contract": ("contracts.agree", FORM),
    "renew_contract": ("contracts.draft", FORM),
    "discard_contract": ("contracts.draft", FORM),
    "say_contract_price": ("contracts.draft", FORM),
    "end_contract_price": ("contracts.draft", FORM),
    "statements": ("book.read", READ),
    "new_statement_run": ("statements.run", FORM),
    "statement_run": ("book.read", READ),
    "cancel_statement_run": ("statements.run", FORM),
    "new_statement_schedule": ("statements.schedule", FORM),
    "edit_statement_schedule": ("statements.schedule", FORM),
    "stop_statement_schedule": ("statements.schedule", POST),
    "resume_statement_schedule": ("statements.schedule", POST),
    "statement_document": ("book.read", READ),
    "send_statement": ("statements.run", POST),
    "timeline": ("book.read", READ),
    "customer_habit": ("book.read", READ),
    "invoices": ("book.read", READ),
    "invoice": ("book.read", READ),
    "invoice_document": ("book.read", READ),
    "invoice_einvoice": ("book.read", READ),
    "new_invoice": ("invoices.edit", FORM),
    "edit_invoice": ("invoices.edit", FORM),
    "invoice_customers": ("invoices.edit", READ),
    "discard_invoice": ("invoices.edit", FORM),
    "issue_invoice": ("invoices.issue", FORM),
    "issue_invoices": ("invoices.issue", POST),
    "credit_invoice": ("invoices.correct", FORM),
    "cancel_invoice": ("invoices.correct", FORM),
    "close_books": ("books.close", FORM),
    "workbench": ("bank.read", READ),
    "match_line": ("bank.read", READ),
    "split_line": ("cash.book", POST),
    "accept_proposal": ("cash.book", POST),
    "reject_proposal": ("cash.book", POST),
    "undo_match": ("cash.book", POST),
    "quarantines": ("quarantine.read", READ),
    "ask_release": ("quarantine.ask", FORM),
    "release_quarantine": ("quarantine.release", FORM),
    "keep_quarantine": ("quarantine.ask", FORM),
    "check_rules": ("quarantine.rules", FORM),
    "forget_payer": ("cash.book", FORM),
    "items": ("book.read", READ),
    "item": ("book.read", READ),
    "aging": ("book.read", READ),
    "bank_lines": ("bank.read", READ),
    "bank_line": ("bank.read", READ),
    "set_aside_line": ("bank.set_aside", FORM),
    "undo_line_use": ("bank.set_aside", POST),
    "bank_statements": ("bank.read", READ),
    "bank_statement": ("bank.read", READ),
    "bank_statement_file": ("bank.read", READ),
    "reconciliation": ("bank.read", READ),
    "match_rate": ("bank.read", READ),
    "remittances": ("bank.read", READ),
    "remittance": ("bank.read", READ),
    "remittance_file": ("bank.read", READ),
    "load_remittance": ("bank.load", FORM),
    "load_orders": ("imports.orders", FORM),
    "load_invoices": ("imports.invoices", FORM),
    "load_despatches": ("imports.deliveries", FORM),
    "join_remittance": ("cash.book", POST),
    "part_remittance": ("cash.book", POST),
    "drop_remittance": ("cash.book", POST),
    "take_up_remittance": ("cash.book", POST),
    "load_bank_file": ("bank.load", FORM),
    "bank_load": ("bank.load", READ),
    "receipts": ("book.read", READ),
    "receipt": ("book.read", READ),
    "worklist": ("book.read", READ),
    "tasks": ("book.read", READ),
    "task": ("book.read", READ),
    "promises": ("book.read", READ),
    "hand_overs": ("book.read", READ),
    "hand_over": ("debts.hand_over", FORM),
    "placement": ("book.read", READ),
    "placement_file": ("debts.hand_over", READ),
    "send_placement": ("debts.hand_over", POST),
    "recall_placement": ("debts.hand_over", FORM),
    "give_back_placement": ("debts.hand_over", FORM),
    "agencies": ("book.read", READ),
    "new_agency": ("agencies.edit", FORM),
    "edit_agency": ("agencies.edit", FORM),
    "plans": ("book.read", READ),
    "plan": ("book.read", READ),
    "agree_plan": ("plans.agree", FORM),
    "dispute_items": ("disputes.open", FORM),
    "hold_items": ("holds.set", FORM),
    "send_items": ("tasks.work", FORM),
    "write_off_items": ("cash.book", FORM),
    "withdraw_plan": ("plans.agree", FORM),
    "plan_rules": ("policies.activate", FORM),
    "interest": ("book.read", READ),
    "interest_of": ("book.read", READ),
    "interest_notes": ("book.read", READ),
    "interest_note": ("book.read", READ),
    "interest_document": ("book.read", READ),
    "send_interest": ("interest.charge", FORM),
    "interest_packs": ("book.read", READ),
    "charge_interest": ("interest.charge", POST),
    "waive_interest": ("interest.waive", FORM),
    "reverse_interest": ("interest.waive", FORM),
    "new_interest_pack": ("interest.rules", FORM),
    "enter_interest_rate": ("interest.rules", FORM),
    "interest_rules": ("interest.rules", FORM),
    "agree_interest": ("interest.rules", FORM),
    "forget_interest": ("interest.rules", POST),
    "runs": ("book.read", READ),
    "run": ("book.read", READ),
    "run_decisions": ("book.read", READ),
    "notice": ("book.read", READ),
    "messages": ("book.read", READ),
    "letters": ("book.read", READ),
    "print_letters": ("letters.print", FORM),
    "letter_batch": ("book.read", READ),
    "letter_file": ("letters.print", READ),
    "print_again": ("letters.print", POST),
    "post_letters": ("letters.print", POST),
    "leave_out_letter": ("letters.print", POST),
    "mails": ("book.read", READ),
    "mail": ("book.read", READ),
    "mail_file": ("book.read", READ),
    "mail_source": ("book.read", READ),
    "lay_mail": ("mail.work", FORM),
    "answer_mail": ("mail.work", FORM),
    "settle_mail": ("mail.work", POST),
    "judge_mail": ("mail.work", POST),
    "use_address": ("customers.edit", POST),
    "message": ("book.read", READ),
    "message_file": ("book.read", READ),
    "imports": ("book.read", READ),
    "import_run": ("book.read", READ),
    "import_errors": ("book.read", READ),
    "new_import": ("imports.load", FORM),
    "import_upload": ("imports.load", READ),
    "map_import": ("imports.load", FORM),
    "load_import": ("imports.load", POST),
    "stop_import": ("imports.load", POST),
    "discard_import": ("imports.load", FORM),
    "undo_import": ("imports.load", FORM),
    "new_customer": ("customers.edit", FORM),
    "edit_customer": ("customers.edit", FORM),
    "new_account": ("customers.edit", FORM),
    "edit_account": ("customers.edit", FORM),
    "new_contact": ("customers.edit", FORM),
    "edit_contact": ("customers.edit", FORM),
    "edit_credit": ("credit.edit", FORM),
    "profile": ("self.manage", FORM),
    "home": ("book.read", READ),
    "corrections": ("corrections.read", READ),
    "correct": ("corrections.act", FORM),
    "audit": ("audit.read", READ),
    "audit_export": ("audit.export", READ),
    "password": ("self.manage", FORM),
    "account_change_password": ("self.manage", FORM),
    "account_set_password": ("self.manage", FORM),
    "account_reauthenticate": ("self.manage", FORM),
    "mfa_reauthenticate": ("self.manage", FORM),
    "mfa_reauthenticate_webauthn": ("self.manage", FORM),
    "mfa_index": ("self.manage", FORM),
    "mfa_list_webauthn": ("self.manage", FORM),
    "mfa_activate_totp": ("self.manage", FORM),
    "mfa_deactivate_totp": ("self.manage", FORM),
    "mfa_view_recovery_codes": ("self.manage", READ),
    "mfa_generate_recovery_codes": ("self.manage", FORM),
    "mfa_add_webauthn": ("self.manage", FORM),
    "mfa_edit_webauthn": ("self.manage", FORM),
    "mfa_remove_webauthn": ("self.manage", FORM),
    "second_factor": ("self.manage", READ),
    "end_session": ("self.manage", POST),
    "end_other_sessions": ("self.manage", POST),
    "claim_next": ("tasks.work", POST),
    "claim_task": ("tasks.work", POST),
    "release_task": ("tasks.work", POST),
    "snooze_task": ("tasks.work", FORM),
    "finish_task": ("tasks.work", FORM),
    "new_task": ("tasks.work", FORM),
    "log_call": ("tasks.work", FORM),
    "add_note": ("tasks.work", FORM),
    "called": ("tasks.work", POST),
    "snooze_many": ("tasks.work", FORM),
    "finish_many": ("tasks.work", FORM),
    "remind_many": ("tasks.work", FORM),
    "give_many": ("tasks.assign", FORM),
    "undo_many": ("tasks.work", POST),
    "assign_task": ("tasks.assign", FORM),
    "record_promise": ("promises.record", FORM),
    "withdraw_promise": ("promises.record", FORM),
    "place_hold": ("holds.set", FORM),
    "lift_hold": ("holds.set", FORM),
    "inquiries": ("book.read", READ),
    "inquiry": ("book.read", READ),
    "inquiry_figures": ("book.read", READ),
    "inquiry_rules": ("book.read", READ),
    "inquiry_hours": ("inquiries.rules", FORM),
    "inquiry_rule": ("inquiries.rules", FORM),
    "open_inquiry": ("inquiries.work", FORM),
    "answer_inquiry": ("inquiries.work", POST),
    "try_answer": ("inquiries.work", POST),
    "change_inquiry": ("inquiries.work", FORM),
    "note_inquiry": ("inquiries.work", FORM),
    "close_inquiry": ("inquiries.work", FORM),
    "reopen_inquiry": ("inquiries.work", POST),
    "dispute_inquiry": ("disputes.open", FORM),
    "disputes": ("book.read", READ),
    "dispute": ("book.read", READ),
    "dispute_of": ("disputes.open", FORM),
    "change_dispute": ("disputes.open", FORM),
    "note_dispute": ("disputes.open", FORM),
    "resolve_dispute": ("disputes.open", FORM),
    "take_back_dispute": ("disputes.open", POST),
    "attach_dispute": ("disputes.open", FORM),
    "dispute_causes": ("book.read", READ),
    "dispute_suggestion": ("book.read", READ),
    "accept_suggestion": ("disputes.decide", FORM),
    "dismiss_suggestion": ("disputes.decide", FORM),
    "dispute_file": ("book.read", READ),
    "remove_dispute_file": ("disputes.open", POST),
    "dispute_rule": ("setup.manage", FORM),
    "open_dispute": ("disputes.open", FORM),
    "close_dispute": ("disputes.open", FORM),
    "propose_run": ("dunning.propose", FORM),
    "approve_run": ("dunning.approve", FORM),
    "leave_out": ("dunning.approve", FORM),
    "waiting_notices": ("book.read", READ),
    "approve_notice": ("dunning.approve", FORM),
    "approve_notices": ("dunning.approve", FORM),
    "pilot": ("book.read", READ),
    "pilot_file": ("book.read", READ),
    "begin_pilot": ("policies.activate", FORM),
    "end_pilot": ("policies.activate", FORM),
    "board": ("board.read", READ),
    "move_tasks": ("tasks.assign", FORM),
    "targets": ("board.read", READ),
    "new_target": ("targets.set", FORM),
    "absences": ("tasks.work", READ),
    "new_absence": ("tasks.work", FORM),
    "end_absence": ("tasks.work", FORM),
    "strategies": ("book.read", READ),
    "strategy": ("book.read", READ),
    "edit_strategy": ("strategies.edit", FORM),
    "chronic_accounts": ("book.read", READ),
    "chronic_account": ("book.read", READ),
    "accept_chronic": ("chronic.decide", FORM),
    "keep_chronic": ("chronic.decide", FORM),
    "chronic_rules": ("chronic.rules", FORM),
    "nettings": ("netting.read", READ),
    "payables": ("netting.read", READ),
    "customer_payables": ("netting.read", READ),
    "netting": ("netting.read", READ),
    "netting_agreements": ("netting.read", READ),
    "netting_paper": ("netting.read", READ),
    "agree_netting": ("netting.agree", FORM),
    "change_netting_agreement": ("netting.agree", FORM),
    "end_netting_agreement": ("netting.agree", FORM),
    "new_netting": ("netting.ask", FORM),
    "withdraw_netting": ("netting.ask", POST),
    "approve_netting": ("approvals.decide", FORM),
    "refuse_netting": ("approvals.decide", FORM),
    "undo_netting": ("approvals.decide", FORM),
    "netting_taken_over": ("netting.hand_over", FORM),
    "netting_taken_back": ("netting.hand_over", FORM),
    "nettings_file": ("netting.hand_over", READ),
    "early_offers": ("book.read", READ),
    "early_offer": ("book.read", READ),
    "withdraw_offer": ("offers.decide", POST),
    "offer_run": ("book.read", READ),
    "approve_offers": ("offers.decide", POST),
    "cancel_offers": ("offers.decide", POST),
    "propose_offers": ("offers.decide", POST),
    "offer_rule": ("offers.rules", FORM),
    "late_payers": ("book.read", READ),
    "late_payer": ("book.read", READ),
    "late_payer_rule": ("late_payers.rules", FORM),
    "apply_consequence": ("late_payers.decide", POST),
    "end_consequence": ("late_payers.decide", POST),
    "release_late_payer": ("late_payers.decide", FORM),
    "trials": ("book.read", READ),
    "trial": ("book.read", READ),
    "new_trial": ("policies.activate", FORM),
    "end_trial": ("policies.activate", FORM),
    "dunning_settings": ("policies.activate", FORM),
    "cancel_run": ("dunning.approve", FORM),
    "send_run": ("dunning.approve", FORM),
    "customer_dunning": ("book.read", READ),
    "ask_backtest": ("dunning.propose", FORM),
    "backtest": ("book.read", READ),
    "wordings": ("book.read", READ),
    "wording": ("book.read", READ),
    "try_wording": ("book.read", POST),
    "save_wording": ("policies.edit", POST),
    "policies": ("book.read", READ),
    "policy": ("book.read", READ),
    "new_policy": ("policies.edit", FORM),
    "edit_policy": ("policies.edit", FORM),
    "discard_policy": ("policies.edit", FORM),
    "activate_policy": ("policies.activate", FORM),
    "use_policy": ("policies.activate", FORM),
    "forget_choice": ("policies.activate", POST),
    "item_policy": ("policies.activate", FORM),
    "retry_message": ("messages.resolve", POST),
    "resolve_message": ("messages.resolve", FORM),
    "new_receipt": ("cash.book", FORM),
    "apply_receipt": ("cash.book", POST),
    "reverse_receipt": ("cash.book", FORM),
    "undo_allocation": ("cash.book", POST),
    "return_receipt": ("cash.book", FORM),
    "write_off_item": ("cash.book", FORM),
    "deduct_item": ("cash.book", FORM),
    "refund_item": ("cash.book", FORM),
    "move_item": ("cash.book", FORM),
    "exchange_item": ("cash.book", FORM),
    "settle_deduction": ("cash.book", POST),
    "reverse_write_off": ("cash.book", POST),
    "undo_transfer": ("cash.book", POST),
    "ask_bank_details": ("cash.book", FORM),
    "call_back": ("cash.book", FORM),
    "approvals": ("approvals.read", READ),
    "approve_request": ("approvals.decide", FORM),
    "refuse_request": ("approvals.decide", FORM),
    "withdraw_request": ("cash.book", POST),
    "export_refunds": ("refunds.export", FORM),
    "refund_file": ("refunds.export", READ),
    "pay_refund": ("refunds.export", FORM),
    "cancel_refund": ("refunds.export", FORM),
    "mandates": ("debits.read", READ),
    "new_mandate": ("mandates.edit", FORM),
    "activate_mandate": ("mandates.edit", FORM),
    "amend_mandate": ("mandates.edit", FORM),
    "cancel_mandate": ("mandates.edit", FORM),
    "direct_debits": ("debits.read", READ),
    "propose_debits": ("debits.propose", FORM),
    "debit_run": ("debits.read", READ),
    "approve_debits": ("debits.approve", FORM),
    "refuse_debits": ("debits.approve", FORM),
    "withdraw_debits": ("debits.propose", FORM),
    "export_debits": ("debits.export", FORM),
    "debit_file": ("debits.export", READ),
    "reject_debit": ("debits.approve", FORM),
    "people": ("users.manage", READ),
    "new_person": ("users.manage", FORM),
    "person": ("users.manage", FORM),
    "deactivate_person": ("users.manage", POST),
    "activate_person": ("users.manage", POST),
    "send_password_link": ("users.manage", POST),
    "remove_factors": ("users.manage", POST),
    "end_person_sessions": ("users.manage", POST),
    "api_keys": ("keys.manage", READ),
    "new_api_key": ("keys.manage", FORM),
    "rotate_api_key": ("keys.manage", FORM),
    "revoke_api_key": ("keys.manage", FORM),
    "setup": ("setup.manage", READ),
    "checklist": ("setup.manage", READ),
    "new_entity": ("setup.manage", FORM),
    "entity": ("setup.manage", FORM),
    "bank_accounts": ("setup.manage", READ),
    "new_bank_account": ("setup.manage", FORM),
    "bank_account": ("setup.manage", FORM),
    "entity_calendar": ("setup.manage", FORM),
    "new_closing_day": ("setup.manage", FORM),
    "remove_closing_day": ("setup.manage", POST),
    "numbering": ("setup.manage", READ),
    "number_series": ("setup.manage", FORM),
    "chart": ("setup.manage", FORM),
    "keepers": ("setup.manage", FORM),
    "cash_rules": ("setup.manage", FORM),
    "direct_debit_rules": ("setup.manage", FORM),
    "matching_rules": ("setup.manage", FORM),
    "reasons": ("setup.manage", READ),
    "new_reason": ("setup.manage", FORM),
    "edit_reason": ("setup.manage", FORM),
    "terms": ("setup.manage", READ),
    "new_terms": ("setup.manage", FORM),
    "edit_terms": ("setup.manage", FORM),
    "teams": ("setup.manage", READ),
    "new_team": ("setup.manage", FORM),
    "team": ("setup.manage", FORM),
    "dissolve_team": ("setup.manage", POST),
    "new_queue": ("setup.manage", FORM),
    "queue": ("setup.manage", FORM),
    "journal": ("journal.export", FORM),
    "journal_file": ("journal.export", READ),
    "first_administrator": (None, FORM),
    "theme": (None, POST),
    "mail_hook": (None, POST),
    "carrier_hook": (None, POST),
    "login": (None, FORM),
    "account_login": (None, FORM),
    "account_inactive": (None, READ),
    "mfa_authenticate": (None, FORM),
    "mfa_login_webauthn": (None, FORM),
    "openid_connect_login": (None, POST),
    "openid_connect_callback": (None, READ),
    "logout": (None, POST),
    "account_logout": (None, POST),
    "password_reset": (None, FORM),
    "password_reset_done": (None, READ),
    "password_reset_confirm": (None, FORM),
    "password_reset_complete": (None, READ),
    "account_reset_password": (None, FORM),
    "account_reset_password_done": (None, READ),
    "account_reset_password_from_key": (None, FORM),
    "account_reset_password_from_key_done": (None, READ),
}
FIXED = {
    "carrier_hook": {"pk": 1},
    "mail_hook": {"name": "nobody"},
    "password_reset_confirm": {"uidb36": "1", "key": "set-password"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "set-password"},
}
# What is not there for whoever asks here: factors and sessions of their own, a single sign-on, what is to be signed.
ABSENT = {
    "mail_hook",
    "carrier_hook",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_remove_webauthn",
    "end_session",
    "openid_connect_login",
    "openid_connect_callback",
}
# No session acts there: what is sent bears a signature of its own.
SIGNED = {"mail_hook", "carrier_hook"}
# What is in an uploaded file needs a right of its own.
OF_ITS_KIND = {"import_upload", "map_import", "load_import", "stop_import", "discard_import", "undo_import"}


def named_addresses(patterns=None) -> dict[str, object]:
    """Every page's name and view, read from the resolver; Django's admin and the API have tests of their own."""
    found = {}
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        if isinstance(pattern, URLResolver):
            if pattern.app_name == "admin" or str(pattern.pattern).startswith("api/"):
                continue
            found |= named_addresses(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern.pattern} has no name"
            found[pattern.name] = pattern.callback
    return found


def address(name: str, arguments: dict) -> str:
    return reverse(name, kwargs=FIXED.get(name) or arguments.get(name, {}))


def signed_in(user) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def ask(client: Client, method: str, url: str, data=None):
    """The answer, with everything it changed taken back."""
    with transaction.atomic():
        answer = getattr(client, method.lower())(url, data or {})
        transaction.set_rollback(True)
    return answer


def test_every_address_is_in_the_table():
    assert set(named_addresses()) == set(PAGES)


def test_every_view_guards_itself_with_the_right_of_the_table():
    guarded = {name: getattr(view, "right", None) for name, view in named_addresses().items()}
    assert guarded == {name: right for name, (right, _) in PAGES.items()}


@pytest.mark.parametrize("role", [*Role, None])
def test_each_role_opens_what_its_rights_allow_and_nothing_else(given, role, tmp_path, settings):
    settings.O2C_RUN_DIR = tmp_path
    arguments = company(given, folder=tmp_path).arguments()
    user = given.user("asker", role) if role else None
    wrong = []
    for name, (right, methods) in PAGES.items():
        url = address(name, arguments)
        for method in ("GET", "POST"):
            client = signed_in(user)
            answer = ask(client, method, url)
            if right is None:
                expected = {200, 302, 422} if method in methods.split() else {405}
            elif user is None:
                expected = {302}
                if answer.status_code == 302 and not answer.url.startswith("/login/?next="):
                    wrong.append((name, method, answer.url))
            elif role not in RIGHTS[right]:
                expected = {403}
            elif method not in methods.split():
                expected = {405}
            elif name in OF_ITS_KIND and role not in RIGHTS["imports.open-items"]:
                expected = {403}
            else:
                expected = {200, 302, 409, 422}
            if name in ABSENT and expected & {200}:
                expected = {404}
            if answer.status_code not in expected:
                wrong.append((name, method, answer.status_code))
    assert wrong == []


def test_the_auditor_changes_nothing(given, tmp_path):
    """Whatever an auditor sends to whatever address, no row of the book changes."""
    arguments = company(given).arguments()
    client = signed_in(given.user("auditor", Role.AUDITOR))
    tables = [
        table
        for table in connection.introspection.table_names()
        if table.startswith(("core_", "orders_", "invoicing_", "collections_", "analytics_"))
    ]

    def fingerprint() -> dict[str, str]:
        with connection.cursor() as cursor:
            found = {}
            for table in tables:
                cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
                found[table] = cursor.fetchone()[0]
        return found

    before = fingerprint()
    book = {
        name for name, (right, _) in PAGES.items() if right not in (None, "self.manage")
    }  # but for one's own things
    for name in book:
        client.post(address(name, arguments), {"entity": "DE1", "text": "x", "reason": "x", "outcome": "reached"})
    assert fingerprint() == before


@pytest.mark.parametrize("role", [*Role, None])
def test_master_data_is_open_to_administrators_only(given, role):
    client = signed_in(given.user("asker", role) if role else None)
    expected = {Role.ADMINISTRATOR: 200, None: 302}.get(role, 403)
    pages = [reverse("admin:index")]
    for model in admin.site._registry:
        pages.append(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, expected)


def test_money_cannot_be_changed_in_the_master_data(given):
    shown = company(given)
    client = signed_in(given.user("boss", Role.ADMINISTRATOR))
    pages = {
        "admin:invoicing_openitem_change": shown.item,
        "admin:invoicing_receipt_change": shown.receipt,
        "admin:invoicing_writeoff_change": shown.write_off,
        "admin:invoicing_refund_change": shown.refund,
        "admin:invoicing_bankdetailchange_change": shown.bank_details,
        "admin:core_message_change": shown.message,
        "admin:collections_dunningrun_change": shown.run,
    }
    for name, row in pages.items():
        url = reverse(name, args=[row.pk])
        assert client.get(url).status_code == 200
        assert client.post(url, {"number": "changed"}).status_code == 403
        assert client.post(url.replace("/change/", "/delete/"), {"post": "yes"}).status_code == 403
    assert client.get(reverse("admin:invoicing_openitem_add")).status_code == 403


# --- Legal entities

# Payment terms, dunning policies, teams and queues are shared by the legal entities, as customers are.
SHARED = {"policy", "edit_policy", "discard_policy", "activate_policy", "use_policy", "ask_backtest"}
SHARED |= {"enter_interest_rate", "product", "edit_product", "edit_carrier", "carrier"}
SHARED |= {"new_carrier_secret", "end_carrier_secrets"}
SHARED |= {"edit_terms", "edit_reason", "dispute_rule", "team", "dissolve_team", "queue"}
# A button names a kind in its address and the row beside it: tests/corrections tries those.
SHARED |= {"correct"}
# A metric is of what the user sees, as the list of them.
SHARED |= {"metric"}
ASKING_FOR_HIDDEN = {
    **{name: ["?entity=ELSEWHERE"] for name in ("metrics", "snapshots")},
    "metric": ["?entity=ELSEWHERE", "?by=customer", "?by=segment"],
    "customers": ["?q=Hidden", "?q=ap@hidden", "?q=Hidden-late", "?entity=ELSEWHERE", "?order=name"],
    "items": ["?entity=ELSEWHERE", "?customer=Hidden-ELSEWHERE", "?order=newest", "?overdue=on"],
    "aging": ["?entity=ELSEWHERE", "?by=collector", "?by=entity"],
    "invoices": ["?entity=ELSEWHERE", "?customer=Hidden-ELSEWHERE", "?show=drafts", "?number=INV", "?show=issued"],
    "invoice_customers": ["?customer=Hidden"],
    "new_invoice": ["?customer=Hidden-ELSEWHERE"],
    "bank_lines": ["?show=all", "?show=pending", "?q=Hidden", "?age=1"],
    "bank_statements": ["?kind=statement", "?flagged=on"],
    "reconciliation": ["?wrong=on"],
    "receipts": ["?customer=Hidden-ELSEWHERE", "?left=1"],
    "approvals": ["?show=to_pay", "?show=decided"],
    "mandates": ["?q=Hidden", "?state=draft"],
    "direct_debits": ["?state=proposed"],
    "debit_run": ["?left=under_way", "?state=proposed"],
    "deliveries": ["?lane=all", "?lane=bill", "?lane=all&q=Hidden"],
    "billing": ["?entity=ELSEWHERE"],
    "discrepancies": ["?entity=ELSEWHERE", "?which=all"],
    "orders": ["?entity=ELSEWHERE", "?q=Hidden", "?state=draft", "?wrong=yes"],
    "new_order": ["?customer=Hidden-ELSEWHERE"],
    "contracts": ["?entity=ELSEWHERE", "?customer=Hidden", "?life=draft"],
    "worklist": ["?show=queue", "?show=snoozed"],
    "tasks": ["?entity=ELSEWHERE"],
    "hand_overs": ["?entity=ELSEWHERE", "?show=placed", "?show=ended"],
    "wordings": ["?entity=ELSEWHERE"],
    "messages": ["?state=unsure"],
    "audit": [
        "?entity=ELSEWHERE",
        "?customer=Hidden-ELSEWHERE",
        "?what=money",
        "?what=master",
        "?what=access",
        "?who=system",
    ],
    "audit_export": ["?what=money", "?what=approval"],
    "new_task": ["?customer=Hidden-ELSEWHERE&entity=ELSEWHERE"],
    "new_receipt": ["?customer=Hidden-ELSEWHERE&entity=ELSEWHERE"],
}


def test_no_page_shows_a_row_of_a_legal_entity_that_the_user_does_not_see(given, tmp_path, settings):
    settings.O2C_RUN_DIR = tmp_path
    shown = company(given, "DE1", "Shown", folder=tmp_path)
    # a code so long that no random token of a page has it in it
    company(given, "ELSEWHERE", "Hidden", folder=tmp_path)
    given.open_item("77.00 EUR", customer=shown.customer, entity=given.entity("ELSEWHERE"), number="Hidden-shared")
    client = signed_in(given.user("everything", *Role, entities=[shown.entity]))
    user = given.user("manager", Role.FINANCE_MANAGER, Role.CASH_CLERK, Role.AUDITOR, entities=[shown.entity])
    client = signed_in(user)
    asked = 0
    for name, (right, methods) in PAGES.items():
        if right is None or "GET" not in methods:
            continue
        queries = ["", *ASKING_FOR_HIDDEN.get(name, [])]
        for query in queries:
            answer = client.get(address(name, shown.arguments()) + query)
            content = b"".join(answer.streaming_content) if answer.streaming else answer.content
            # what was asked for is said again by the page; nothing else may name it
            for said in (b"Hidden-ELSEWHERE", b"ap@hidden", b"Hidden", b"ELSEWHERE"):
                if said.decode() in query:
                    content = content.replace(said, b"")
            assert b"Hidden" not in content, (name, query)
            assert b"ELSEWHERE" not in content, (name, query)
            asked += 1
    assert asked > 45


def test_a_row_of_a_legal_entity_that_the_user_does_not_see_is_not_there(given, tmp_path, settings):
    settings.O2C_RUN_DIR = tmp_path
    shown = company(given, "DE1", "Shown")
    hidden = company(given, "ELSEWHERE", "Hidden", folder=tmp_path)
    client = signed_in(given.user("everything", *Role, entities=[shown.entity]))
    found = {}
    for name in set(hidden.arguments()) - SHARED:
        for method in PAGES[name][1].split():
            found[name, method] = ask(client, method, address(name, hidden.arguments())).status_code
    assert found == dict.fromkeys(found, 404)
    assert len(found) > 35


def test_a_hold_with_every_legal_entity_is_lifted_only_by_who_sees_them_all(given):
    from o2c.collections import holds
    from o2c.core.actors import SYSTEM

    shown = company(given)
    hold = holds.place(customer=shown.customer, reason="Group-wide", from_on=shown.today, actor=SYSTEM)
    some = signed_in(given.user("some", Role.COLLECTOR, entities=[shown.entity]))
    every = signed_in(given.user("every", Role.COLLECTOR))
    assert b"Group-wide" in some.get(reverse("customer", args=[shown.customer.pk])).content
    assert some.post(reverse("lift_hold", args=[hold.pk])).status_code == 404
    assert every.post(reverse("lift_hold", args=[hold.pk])).status_code == 302


# --- Forms from elsewhere


def test_no_form_is_taken_without_its_token(given):
    shown = company(given)
    client = Client(enforce_csrf_checks=True)
    client.force_login(given.user("all", *Role))
    refused = {}
    for name, (_, methods) in PAGES.items():
        if "POST" in methods and name not in SIGNED:
            refused[name] = client.post(address(name, shown.arguments())).status_code
    assert refused == dict.fromkeys(refused, 403)
    assert len(refused) > 30


def test_a_deactivated_person_is_out_at_once(given):
    user = given.user("gone", Role.COLLECTOR)
    client = signed_in(user)
    assert client.get("/").status_code == 200
    user.is_active = False
    user.save()
    assert client.get("/").status_code == 302
