"""What people decide about money, in the API: write-offs, refunds, bank details, deductions, returns, transfers.

Programs may ask; only a signed-in person approves or refuses, and never who asked.
"""

from o2c.invoicing.cash.api import deductions, details, refunds, transfers, writeoffs

urlpatterns = [
    *writeoffs.urlpatterns,
    *refunds.urlpatterns,
    *details.urlpatterns,
    *deductions.urlpatterns,
    *transfers.urlpatterns,
]
