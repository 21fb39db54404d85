import json

from annotation.agreement.crowd import Standing
from annotation.agreement.online import Crowd
from annotation.agreement.stored import crowds_of, standings_of, with_credits, with_crowds


def test_credits_add_up_in_the_stored_state():
    state = with_credits({}, {"mood": Standing(0.5, 1)})
    state = json.loads(json.dumps(with_credits(state, {"mood": Standing(-0.25, 0.5), "why": Standing(1, 1)})))

    assert standings_of(state) == {"mood": Standing(0.25, 1.5), "why": Standing(1, 1)}


def test_compared_pairs_add_up_in_the_stored_state():
    state = with_crowds({"mood": [1.0, 2.0]}, {"mood": Crowd(1, 1)})

    assert crowds_of(state) == {"mood": Crowd(2, 3)}


def test_adding_leaves_the_state_that_was_read_as_it_was():
    read = {"mood": [1.0, 2.0]}

    with_credits(read, {"mood": Standing(1, 1)})

    assert read == {"mood": [1.0, 2.0]}
