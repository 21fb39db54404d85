"""Recorded crowds as folders of CSV files, resolved and replayed without a database.

contract.py     what a kind of set must be able to do, and the plain values that go in and out
files.py        labels.csv, meta.json and probes in; resolved.csv, workers.csv, bought.csv out
registry.py     the kinds by name: a new kind is a module here and a line there
categorical.py  one of several classes
"""
