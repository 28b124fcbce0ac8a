"""A believable book out of nothing but a seed: for the demo company, the tests and the benchmarks.

    rates        exchange rates that wander around a typical level
    banking      the last weeks at the bank of a living demo
    mailing      what its customers wrote back
    planning     what they pay in instalments: a plan that runs, one that is late, one that was broken
    parties      customers that do not exist: names, addresses, VAT ids, IBANs
    behaviours   how each kind of customer pays
    agreements   who buys from which legal entity, on which terms, how much
    book         the story of a group of customers: invoices, receipts, credits, disputes, promises
    writing      the same in COPY, through the real tables with every trigger on
    trying       a trial of two policies
    asking       what customers ask: inquiries at each point of their way
    listing      persistent late payers, and what holds for some
    offering     discounts for early payment: offered, taken, and a run that waits
    pricing      what is sold at which prices, and contracts with some customers
    disputing    reasons, causes and ends of disputes, and some at each point of their way
    living       what makes a demo of it: people, a history of dunning, today's figures

All of it is simulated, the exchange rates too. Mail addresses end in .example, which can never be delivered to.
"""
