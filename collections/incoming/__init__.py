"""Mail that comes in: fetched from mailboxes, read, laid to its customer, and acted upon."""
