"""Buttons: callback data beside the keyboards that carry it."""
