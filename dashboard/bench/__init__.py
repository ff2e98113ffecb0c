"""How the screens hold when many look at once: streams, callbacks and fresh events against a running house.

Who may import it: run.py, which starts what is measured. It is a client over HTTP and knows no Dash.
"""
