"""What the public board shows: read models, and nothing in them that is not for everybody.

No account, no name of a resident, no doorway below the courtyard, no author of an opinion. Whoever
acts for the public is named by their post.
"""
