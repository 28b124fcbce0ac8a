"""Who did what, when and from where: one reading of every history, of the books and of the comings and goings."""
