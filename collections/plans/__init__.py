"""Payment plans: agreed over open items in instalments, judged by what is settled, reminded of, and withdrawn."""
