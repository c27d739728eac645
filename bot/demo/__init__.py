"""`python -m bot demo deliberation`: deliberations by simulated residents, one in every state.

They are played through the workflows, in order, from some forty days ago to now, so that every
screen of the chat and the board can be seen filled. Nothing is sent: see `stage.Quiet`.
"""
