"""Reading files from outside: what every format shares, of whatever business it is."""
