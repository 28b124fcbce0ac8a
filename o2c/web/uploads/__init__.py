"""Files sent from a browser: received, mapped, checked, loaded. `acts` is what may be done with one."""
