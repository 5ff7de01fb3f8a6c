"""Where student code runs. `box/` is the code on the inside, `host.py` the trusted side."""
