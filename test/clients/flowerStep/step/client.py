"""Flower wants one. No node of ours runs it."""

from flwr.clientapp import ClientApp
app = ClientApp()
