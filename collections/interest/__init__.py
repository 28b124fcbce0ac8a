"""Interest and compensation for late payment: what the law or a contract gives, worked out, charged, and let go again.

packs and rates ─▶ rules (pure) ─▶ working out (who owes what) ─▶ a person charges ─▶ a note in the books
"""
