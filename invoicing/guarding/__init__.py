"""What speaks against a payment, before it is taken: `checks` finds it, `quarantine` holds the money back."""
