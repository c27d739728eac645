"""Opinion groups of a deliberation, as pol.is computes them; knows nothing above `models`.

`picture` holds what is found out, `process` runs the computation outside the process that
answers, `drawing` turns a picture into an image. Importing these three stays cheap.
"""
