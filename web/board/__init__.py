"""The public board: what a neighbourhood deliberates on, for everybody, without an account."""

from web.board.router import create_board

__all__ = ["create_board"]
