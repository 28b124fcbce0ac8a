"""Orders and despatch advices of trading partners, read into one shape whatever they are written in."""
