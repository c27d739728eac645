"""Conversations: aiogram routers, one module for each conversation."""
