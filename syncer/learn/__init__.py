"""Wire profiles from recordings: what a Devices App sent, what came back, and what can be concluded of it.

A recording is somebody else's data: nothing in it is trusted, and nothing is copied but the spelling of messages.
"""
