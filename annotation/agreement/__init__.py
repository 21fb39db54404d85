"""How agreed and how sure: consensus and quality mathematics. numpy in, numpy out; no Django, no database.

votes.py        what goes into a method and what comes out
methods.py      the methods by name (majority.py, one_coin.py, dawid_skene.py, hierarchy.py, auto.py)
spaces.py       the shapes an answer can have (one of, any of)
online.py       the estimate that follows every answer
resolve.py      a whole schema: from answers to decided values, and the state that is kept with an item
stored.py       standings and crowds as the JSON of their rows
policy.py       whom to ask about which item;  economy.py  adaptive collection over a recorded crowd
spam.py         who tells nothing;  rings.py  who copies whom;  fraud.py  both, as flags
spans.py        spans of a text (tags.py, chain.py, span_crowd.py, span_choice.py; span_vote.py to compare with)
transcripts.py  free text (words.py, alignment.py, transcript_errors.py, lattice.py, readings.py)
numbers.py      numbers (raters.py, number_methods.py, number_agreement.py)
comparisons.py  pairs and rankings (judges.py);  paths.py  places in a tree;  set_distance.py  label sets and paths
drawings.py     boxes and polygons (shapes.py, clusters.py, outlines.py, drawing_methods.py, drawing_agreement.py)
sets/           recorded crowds as folders of CSV files, a module per kind;  __main__.py  the command line
refit.py        a whole project: the batch fit that replaces the online estimate
coefficients.py Krippendorff's alpha;  distance_alpha.py  for any distance;  intervals.py  Wilson and beta intervals
"""
