"""How likely each open item is to be paid late, and when: from how customers have paid, and nothing else.

`facts` reads what was known before a day, `cohorts` makes spreads of payment days of it, `spreads` is what such a
spread answers, `items` scores what is open. docs/scoring.md has the formulas.
"""
