"""What a person has to put right before the stack can go on."""


class Trouble(Exception):
    """One line that says what is wrong and what to do. Shown as it is, without a traceback."""
