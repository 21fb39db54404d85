"""Recorded crowds as folders of CSV files, resolved and replayed without a database.

contract.py     what a kind of set must be able to do, and the plain values that go in and out
files.py        labels.csv, meta.json and probes in; resolved.csv, workers.csv, bought.csv out
registry.py     the kinds by name: a new kind is a module here and a line there
numbering.py    rows of labels.csv as arrays
rounds.py       adaptive collection for any kind
sureness.py     the stated confidence, made true by probes
categorical.py  one of several classes
numeric.py      numbers, and levels of a scale
comparing.py    which of two is better; several in order
boxes.py        boxes and polygons on pictures
multi_label.py  any number of labels
hierarchical.py places in a tree
spans.py        stretches of a text
transcription.py  what was said
"""
