"""Matching: which customer a bank line is from and which items it pays, with the reasons, and the acts that follow."""
